"""The log as the `DCBRecorder` of the eventsourcing library: its conformance tests, and whoever
brings code that speaks that interface, use it. Commands come in by the writer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.persistence import IntegrityError

from services.engines.connecting import connect
from services.log.log import PAGE_SIZE, Log, Stored, turn, write
from services.log.statements import (
    ANY_AFTER,
    CHANNEL,
    MATCHING,
    OF_TYPES,
    TAGGED,
    TAGGED_OF_TYPES,
)


class Recorder(Log, DCBRecorder):
    """The log behind one database URL, with the library's four verbs. Safe for threads."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        """As `Log`."""
        super().__init__(url, connections=connections)
        self._url = url

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """See `DCBRecorder.read`: pages through what matches, up to the head at the call."""
        return _Response(self, query, after or 0, limit)

    def matching(self, query: DCBQuery | None, after: int, limit: int, upto: int) -> list[Stored]:
        """The rows between two positions that match, at most `limit` of them."""
        condition, values = _where(query)
        statement = MATCHING.format(condition=condition)
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(statement.encode(), (*values, after, upto, limit))
            return [Stored(*row) for row in cursor]

    def append(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None
    ) -> int:
        """See `DCBRecorder.append`. Opaque bytes go in as they are, in a writer's turn."""
        with self._pool.connection() as connection, turn(connection) as my:
            if condition:
                _must_not_match(my.cursor, condition)
            rows = [
                Stored(position, event.type, list(dict.fromkeys(event.tags)), event.data)
                for position, event in enumerate(events, my.head + 1)
            ]
            write(my, rows)
        return my.head + len(rows)

    def subscribe(
        self, query: DCBQuery | None = None, *, after: int | None = None
    ) -> "Subscription":
        """See `DCBRecorder.subscribe`: woken by notifications, stopped from any thread."""
        return Subscription(self, query, after)

    @contextmanager
    def listening(self) -> Iterator[psycopg.Connection]:
        """A connection of its own that is notified of every commit to the log."""
        with connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            yield connection


def _where(query: DCBQuery | None) -> tuple[str, list[Any]]:
    """A condition over log.events that the tag index or the type index serves."""
    if query is None or not query.items:
        return "true", []
    parts, values = [], []
    for item in query.items:
        part, given = _where_item(item)
        parts.append(part)
        values += given
    return f"({' OR '.join(parts)})", values


def _where_item(item: DCBQueryItem) -> tuple[str, list[Any]]:
    if not item.tags:
        return (OF_TYPES, [item.types]) if item.types else ("true", [])
    inner = TAGGED_OF_TYPES if item.types else TAGGED
    given = [item.tags[0], item.types] if item.types else [item.tags[0]]
    return f"(position IN ({inner}) AND tags @> %s)", [*given, item.tags]


def _must_not_match(cursor: psycopg.Cursor[Any], condition: DCBAppendCondition) -> None:
    where, values = _where(condition.fail_if_events_match)
    statement = ANY_AFTER.format(condition=where)
    row = cursor.execute(statement.encode(), (*values, condition.after or 0)).fetchone()
    if row and row[0]:
        raise IntegrityError("events that match the condition were appended meanwhile")


def _sequenced(row: Stored) -> DCBSequencedEvent:
    return DCBSequencedEvent(DCBEvent(row.type, row.document, row.tags), row.position)


class _Response(DCBReadResponse):
    """Pages through the log; with a limit, `head` is the last position that was returned."""

    def __init__(
        self, log: Recorder, query: DCBQuery | None, after: int, limit: int | None
    ) -> None:
        self._log, self._query, self._after, self._left = log, query, after, limit
        self._upto = log.head()
        self._page: list[Stored] = []
        self._last: int | None = None

    @property
    def head(self) -> int | None:
        """The head at the time of the call, or the last returned if a limit was set."""
        return (self._upto or None) if self._left is None else self._last

    def __next__(self) -> DCBSequencedEvent:
        if not self._page and not self._next_page():
            raise StopIteration
        row = self._page.pop(0)
        self._last = row.position
        return _sequenced(row)

    def _next_page(self) -> bool:
        limit = PAGE_SIZE if self._left is None else min(self._left, PAGE_SIZE)
        if limit:
            self._page = self._log.matching(self._query, self._after, limit, self._upto)
        if self._left is not None:
            self._left -= len(self._page)
        if self._page:
            self._after = self._page[-1].position
        return bool(self._page)


class Subscription(DCBSubscription[Recorder]):
    """Blocks for new rows until it is stopped; notices a stop within a second."""

    def __init__(self, log: Recorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(log, query, after)
        self._rows: list[Stored] = []

    def __next__(self) -> DCBSequencedEvent:
        while not self._rows:
            if self._has_been_stopped:
                raise StopIteration
            self._rows = self._fetch() or self._wait()
        row = self._rows.pop(0)
        return _sequenced(row)

    def _fetch(self) -> list[Stored]:
        upto = self._recorder.head()
        rows = self._recorder.matching(self._query, self._last_position, PAGE_SIZE, upto)
        self._last_position = rows[-1].position if rows else upto
        return rows

    def _wait(self) -> list[Stored]:
        with self._recorder.listening() as connection:
            if rows := self._fetch():  # what came before we listened
                return rows
            for _ in connection.notifies(timeout=1, stop_after=1):
                break
        return []
