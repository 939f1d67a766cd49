"""The log on PostgreSQL: one ordered writer at a time, gapless positions, pages for readers.

It implements the `DCBRecorder` interface of the eventsourcing library. Commands come in by
`turn` and `write`, which `append` uses too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString, NamedTuple

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
from psycopg_pool import ConnectionPool

WRITERS_TURN: Final = 0x4C6F67  # "Log": the advisory lock of the one writer
PAGE: Final = 1000
CHANNEL: Final = "log"


class Stored(NamedTuple):
    """One row of the log."""

    position: int
    type: str
    tags: list[str]
    document: bytes


# A round trip to the database costs more than most statements, so what can travel together does.
# Each statement sees what was committed when it began: the head is read under the lock.
TAKE: Final = f"SELECT pg_advisory_xact_lock({WRITERS_TURN})"
HEAD: Final[LiteralString] = "SELECT max(position) FROM log.events"
BEGIN: Final = f"BEGIN; {TAKE}; {HEAD}"
NOTIFY: Final = f"NOTIFY {CHANNEL}"
FEW: Final = 8  # up to so many rows go in with the commit; COPY is faster for more
INSERT: Final[LiteralString] = (
    "WITH placed AS (INSERT INTO log.events (position, type, tags, document)"
    " VALUES (%b, %b, %b, %b) RETURNING position, type, tags)"
    " INSERT INTO log.tags (tag, type, position)"
    " SELECT tag, type, position FROM placed, unnest(tags) AS tag"
)
COPY: Final = "COPY log.events (position, type, tags, document) FROM STDIN (FORMAT BINARY)"
# The tags are copied where they are already, in the database.
TAG: Final = (
    "INSERT INTO log.tags (tag, type, position) SELECT tag, type, position"
    " FROM log.events, unnest(tags) AS tag WHERE position > {head}"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A writer's turn: nobody else writes until the transaction ends, and `head` is the last.

    `rows` is what will have been written when it ends.
    """

    cursor: psycopg.Cursor[Any]
    head: int
    rows: list[Stored] = field(default_factory=list)


@contextmanager
def turn(connection: psycopg.Connection) -> Iterator[Turn]:
    """A transaction in which positions may be given out, on a connection in autocommit.

    What was written is committed when the block ends, and rolled back if it raises.
    """
    try:
        with connection.cursor(binary=True) as cursor:
            my = Turn(cursor, _begin(connection))
            yield my
            _commit(my)
    except BaseException:
        with suppress(psycopg.Error):
            connection.rollback()
        raise


def write(my: Turn, rows: Sequence[Stored]) -> None:
    """Put rows at their positions, which follow the head without a gap, as the turn ends."""
    my.rows.extend(rows)


def _begin(connection: psycopg.Connection) -> int:
    """Take the writer's turn; the head."""
    cursor = _last(connection.execute(BEGIN))
    row = cursor.fetchone()
    return (row and row[0]) or 0


def _commit(my: Turn) -> None:
    """Write, announce and commit. A transaction that failed is never taken for durable."""
    cursor = _copy(my) if len(my.rows) > FEW else _insert(my)
    if cursor.statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("the turn was rolled back")


def _insert(my: Turn) -> psycopg.Cursor[Any]:
    with my.cursor.connection.pipeline():
        for row in my.rows:
            my.cursor.execute(INSERT, row)
        if my.rows:
            my.cursor.execute(NOTIFY)
        my.cursor.execute("COMMIT")
    return my.cursor


def _copy(my: Turn) -> psycopg.Cursor[Any]:
    with my.cursor.copy(COPY) as copy:
        copy.set_types(("int8", "text", "text[]", "bytea"))
        for row in my.rows:
            copy.write_row(row)
    end = f"{TAG.format(head=my.head)}; {NOTIFY}; COMMIT"
    return _last(my.cursor.connection.execute(end.encode()))


def _last(cursor: psycopg.Cursor[Any]) -> psycopg.Cursor[Any]:
    """The cursor at the result of the last of several statements."""
    while cursor.nextset():
        pass
    return cursor


def head_seen_by(cursor: psycopg.Cursor[Any]) -> int:
    """The last position, 0 if the log is empty."""
    row = cursor.execute(HEAD).fetchone()
    return (row and row[0]) or 0


SELECT: Final[LiteralString] = "SELECT position, type, tags, document FROM log.events e WHERE "


class Log(DCBRecorder):
    """The log behind one database URL. Safe for threads; `close` it when done."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        """`connections` is how many threads may read at once; one is opened at first."""
        self._url = url
        self._pool = ConnectionPool(
            url, min_size=1, max_size=connections, kwargs={"autocommit": True}, open=False
        )
        self._pool.open()

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def head(self) -> int:
        """The last position, 0 if the log is empty."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            return head_seen_by(cursor)

    def page(self, after: int, limit: int = PAGE, upto: int | None = None) -> list[Stored]:
        """The rows that follow position `after`, at most `limit` of them and none past `upto`."""
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            return page(cursor, after, limit, upto)

    def pages(self, after: int, upto: int) -> Iterator[Stored]:
        """All rows between two positions, in short transactions."""
        while after < upto and (rows := self.page(after, PAGE, upto)):
            yield from rows
            after = rows[-1].position

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """See `DCBRecorder.read`: pages through what matches, up to the head at the call."""
        return _Reading(self, query, after or 0, limit)

    def matching(self, query: DCBQuery | None, after: int, limit: int, upto: int) -> list[Stored]:
        """The rows between two positions that match, at most `limit` of them."""
        condition, values = _where(query)
        statement = (
            f"{SELECT}{condition} AND position > %s AND position <= %s ORDER BY position LIMIT %s"
        )
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(statement.encode(), (*values, after, upto, limit))
            return [Stored(*row) for row in cursor]

    def append(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None
    ) -> int:
        """See `DCBRecorder.append`. Opaque bytes go in as they are; commands use `turn`."""
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
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            yield connection


def page(
    cursor: psycopg.Cursor[Any], after: int, limit: int, upto: int | None = None
) -> list[Stored]:
    """The rows that follow position `after`, at most `limit` of them and none past `upto`."""
    cursor.execute(
        f"{SELECT} position > %s AND position <= %s ORDER BY position LIMIT %s",
        (after, 2**62 if upto is None else upto, limit),
    )
    return [Stored(*row) for row in cursor]


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
        return ("type = ANY(%s)", [item.types]) if item.types else ("true", [])
    inner, values = "SELECT t.position FROM log.tags t WHERE t.tag = %s", [item.tags[0]]
    if item.types:
        inner += " AND t.type = ANY(%s)"
        values.append(item.types)  # type: ignore[arg-type]  # a list of values of any kind
    return f"(position IN ({inner}) AND tags @> %s)", [*values, item.tags]


def _must_not_match(cursor: psycopg.Cursor[Any], condition: DCBAppendCondition) -> None:
    where, values = _where(condition.fail_if_events_match)
    # `where` is made of fixed parts, and the values are bound.
    statement = f"SELECT EXISTS (SELECT FROM log.events WHERE {where} AND position > %s)"  # noqa: S608
    row = cursor.execute(statement.encode(), (*values, condition.after or 0)).fetchone()
    if row and row[0]:
        raise IntegrityError("events that match the condition were appended meanwhile")


def _sequenced(row: Stored) -> DCBSequencedEvent:
    return DCBSequencedEvent(DCBEvent(row.type, row.document, row.tags), row.position)


class _Reading(DCBReadResponse):
    """Pages through the log; with a limit, `head` is the last position that was returned."""

    def __init__(self, log: Log, query: DCBQuery | None, after: int, limit: int | None) -> None:
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
        limit = PAGE if self._left is None else min(self._left, PAGE)
        if limit:
            self._page = self._log.matching(self._query, self._after, limit, self._upto)
        if self._left is not None:
            self._left -= len(self._page)
        if self._page:
            self._after = self._page[-1].position
        return bool(self._page)


class Subscription(DCBSubscription[Log]):
    """Blocks for new rows until it is stopped; notices a stop within a second."""

    def __init__(self, log: Log, query: DCBQuery | None, after: int | None) -> None:
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
        rows = self._recorder.matching(self._query, self._last_position, PAGE, upto)
        self._last_position = rows[-1].position if rows else upto
        return rows

    def _wait(self) -> list[Stored]:
        with self._recorder.listening() as connection:
            if rows := self._fetch():  # what came before we listened
                return rows
            for _ in connection.notifies(timeout=1, stop_after=1):
                break
        return []
