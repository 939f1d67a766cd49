"""The log on PostgreSQL: one ordered writer at a time, gapless positions, pages for readers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import psycopg

from events.envelope import HEAD_BYTES, recorded_time
from events.event import Event
from events.ids import Id, PersonId
from events.people import PersonRegistered
from services.engines import together
from services.engines.connections import KeptConnections
from services.log.finding import prepared_to_find
from services.log.lost import LostPart
from services.log.statements import (
    ACCEPTED,
    BEARING,
    BEGINNINGS,
    BORNE_AT,
    DOCUMENT,
    DOCUMENTS,
    HEAD,
    INSERT,
    LAST,
    LAST_OF_EACH,
    LAST_OF_TYPES,
    LOG,
    MISPLACED,
    NEWEST,
    NEXT_OF_KIND,
    NEXT_ROWS,
    NOTIFY,
    PART,
    SEALED_PART,
    SETTLE,
    TAGS_AT,
    TAKE_TURN,
    Schema,
)

PAGE_SIZE: Final = 1000
BEHIND_ALL: Final = 2**62  # a position that no event has, behind those of all

OneId = TypeVar("OneId", bound=Id)


class Stored(NamedTuple):
    """One row of the log."""

    position: int
    type: str
    tags: list[str]
    document: bytes


class Settled(NamedTuple):
    """A command that was accepted and brought about nothing: its id, its sender (keyed), a digest,
    and the people by whom that is keyed, sealed.
    """

    command: str
    sender: str
    digest: str
    people: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """A writer's turn: nobody else writes until the transaction ends, and `head` is the last.

    `last_settled` is the number of the last command that brought about nothing.

    `rows` is what will have been written when it ends, `parts` what is kept beside them, by its
    digest (SHA-256), and `settled` the commands that brought about nothing.
    """

    cursor: psycopg.Cursor[Any]
    head: int
    last_settled: int = 0
    of: Schema = LOG
    rows: list[Stored] = field(default_factory=list)
    parts: dict[str, bytes] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)


@contextmanager
def turn(connection: psycopg.Connection, of: Schema = LOG) -> Iterator[Turn]:
    """A transaction in which positions may be given out, on a connection in autocommit.

    What was written is committed when the block ends, and rolled back if it raises.
    """
    asked = of.together(TAKE_TURN)(), of.together(LAST)()
    with (
        connection.cursor(binary=True) as cursor,
        together.begun(connection, *asked) as (_, last),
    ):
        ((head, settled),) = together.rows(connection, last)
        my = Turn(cursor, head or 0, settled or 0, of)
        yield my
        _commit(my)


def write(my: Turn, rows: Sequence[Stored]) -> None:
    """Put rows at their positions, which follow the head without a gap, as the turn ends."""
    my.rows.extend(rows)


def _commit(my: Turn) -> None:
    """Write, announce and commit. A transaction that failed is never taken for durable."""
    *_, last = together.ask(my.cursor.connection, *_to_be_written(my), together.COMMIT)
    if last.command_status != b"COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("the turn was rolled back")


def _to_be_written(my: Turn) -> Iterator[together.WithValues]:
    for digest, sealed in my.parts.items():
        yield my.of.together(PART)(bytes.fromhex(digest), sealed)
    for one in my.settled:
        yield my.of.together(SETTLE)(*one)
    if my.rows:
        positions, kinds, tags, documents = zip(*my.rows, strict=True)
        yield my.of.together(INSERT)(positions, kinds, map(_as_text, tags), documents)
        if my.of.announced:
            yield NOTIFY()


def _as_text(tags: Iterable[str]) -> str:
    """A list of tags as PostgreSQL reads it."""
    escaped = [one.replace("\\", r"\\").replace('"', r"\"") for one in tags]
    quoted = ",".join([f'"{one}"' for one in escaped])
    return f"{{{quoted}}}"


def head_of_log(connection: psycopg.Connection, of: Schema = LOG) -> int:
    """The last position, 0 if the log is empty."""
    row = connection.execute(of(HEAD)).fetchone()
    return (row and row[0]) or 0


def document_at(connection: psycopg.Connection, position: int) -> bytes | None:
    """The stored bytes of one event; None if the log has no such position."""
    row = connection.execute(DOCUMENT, (position,)).fetchone()
    return bytes(row[0]) if row else None


def misplaced(connection: psycopg.Connection) -> list[int]:
    """The positions of whose tags the look-up by tags has too few or too many, in order; of events
    that are not there too.
    """
    return [position for (position,) in connection.execute(MISPLACED)]


def recorded_at(connection: psycopg.Connection, positions: Collection[int]) -> dict[int, datetime]:
    """When the events at these positions were recorded. One that the log has not, or of which it
    can't be read, is left out.
    """
    found: dict[int, datetime] = {}
    for position, beginning in connection.execute(BEGINNINGS, (HEAD_BYTES, list(positions))):
        with suppress(ValueError):
            found[position] = recorded_time(bytes(beginning))
    return found


def page(
    cursor: psycopg.Cursor[Any],
    after: int,
    limit: int,
    upto: int | None = None,
    of: Schema = LOG,
) -> list[Stored]:
    """The rows that follow position `after`, at most `limit` of them and none past `upto`."""
    cursor.execute(of(NEXT_ROWS), (after, BEHIND_ALL if upto is None else upto, limit))
    return [Stored(*row) for row in cursor]


def next_of_kind(
    connection: psycopg.Connection, kind: type[Event], after: int, limit: int = PAGE_SIZE
) -> list[Stored]:
    """The facts of one kind that follow position `after`, at most `limit` of them."""
    asked = {"type": kind.wire_name(), "after": after, "limit": limit}
    with connection.cursor(binary=True) as cursor:
        return [Stored(*row) for row in cursor.execute(NEXT_OF_KIND, asked)]


def last_of_kind(connection: psycopg.Connection, kind: type[Event]) -> Stored | None:
    """The last fact of one kind, if there is any."""
    with connection.cursor(binary=True) as cursor:
        ((_, position),) = cursor.execute(LAST_OF_TYPES, ([kind.wire_name()],)).fetchall()
    found = next_of_kind(connection, kind, position - 1, 1) if position else []
    return found[0] if found else None


def ids_at(
    connection: psycopg.Connection, kind: type[OneId], positions: Collection[int]
) -> dict[int, list[OneId]]:
    """The ids of a kind by which the events at these positions are found, also of an event that
    nobody can read.
    """
    rows = connection.execute(TAGS_AT, (list(positions),))
    return {at: [kind(tag) for tag in tags if kind.pattern.fullmatch(tag)] for at, tags in rows}


def last_of_each(
    connection: psycopg.Connection, of: type[Id], kinds: Collection[type[Event]]
) -> list[Stored]:
    """The last fact of these kinds about each thing that has such an id. All facts of the kinds are
    looked at, so it is for those of which there are few.
    """
    types = [one.wire_name() for one in kinds]
    rows = connection.execute(LAST_OF_EACH, (types, f"{of.prefix}_"))
    return [Stored(*row) for row in rows]


def sealed_part(connection: psycopg.Connection, digest: str, of: Schema = LOG) -> bytes:
    """The sealed bytes that are kept beside the log under a digest; LostPart if there are none.

    Whoever opens them holds them against the digest.
    """
    row = connection.execute(of(SEALED_PART), (bytes.fromhex(digest),)).fetchone()
    if row is None:
        raise LostPart(LostPart.__doc__)
    return bytes(row[0])


def recorded(connection: psycopg.Connection, commands: Sequence[str]) -> set[str]:
    """Which of these commands were accepted, by their recorded ids."""
    return {name for (name,) in together.found(connection, ACCEPTED(commands))}


def registered(connection: psycopg.Connection, people: Iterable[str]) -> set[str]:
    """Which of these people are registered."""
    rows = connection.execute(BEARING, (list(people), PersonRegistered.wire_name()))
    return {name for (name,) in rows}


class Borne(NamedTuple):
    """At which positions facts of some types bear a tag."""

    first: int
    last: int


def borne(
    connection: psycopg.Connection, tags: Iterable[str], kinds: Iterable[type[Event]]
) -> dict[str, Borne]:
    """Which of these tags facts of these kinds bear, and where."""
    types = [one.wire_name() for one in kinds]
    with prepared_to_find(connection):
        rows = connection.execute(BORNE_AT, (list(tags), types)).fetchall()
    return {tag: Borne(first, last) for tag, first, last in rows}


def newest_person(connection: psycopg.Connection) -> str | None:
    """Who was registered last, if anybody was."""
    row = connection.execute(NEWEST, {"type": PersonRegistered.wire_name()}).fetchone()
    return next((tag for tag in row[0] if tag.startswith(PersonId.prefix)), None) if row else None


def documents_behind(connection: psycopg.Connection, after: int, limit: int) -> list[Stored]:
    """As `documents_after`, on a connection of a thread."""
    rows = connection.cursor(binary=True).execute(DOCUMENTS, (after, limit)).fetchall()
    return [Stored(position, kind, [], document) for position, kind, document in rows]


async def documents_after(
    connection: psycopg.AsyncConnection, after: int, limit: int
) -> list[Stored]:
    """The next rows, without their tags, for those who only pass documents on."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(DOCUMENTS, (after, limit))
    rows = await cursor.fetchall()
    return [Stored(position, kind, [], document) for position, kind, document in rows]


async def document_at_async(connection: psycopg.AsyncConnection, position: int) -> bytes | None:
    """As `document_at`, on a connection of an event loop."""
    row = await (await connection.execute(DOCUMENT, (position,))).fetchone()
    return bytes(row[0]) if row else None


async def head_of_log_async(connection: psycopg.AsyncConnection) -> int:
    """As `head_of_log`, on a connection of an event loop."""
    row = await (await connection.execute(HEAD)).fetchone()
    return (row and row[0]) or 0


class Log:
    """The log behind one database URL, for reading. Safe for threads; `close` it when done."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        """`connections` is how many threads may read at once; none is opened before it is used."""
        self._pool = KeptConnections(url, connections, settings={"autocommit": True})

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def head(self) -> int:
        """The last position, 0 if the log is empty."""
        with self._pool.connection() as connection:
            return head_of_log(connection)

    def page(self, after: int, limit: int = PAGE_SIZE, upto: int | None = None) -> list[Stored]:
        """The rows that follow position `after`, at most `limit` of them and none past `upto`."""
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            return page(cursor, after, limit, upto)

    def pages(self, after: int, upto: int) -> Iterator[Stored]:
        """All rows between two positions, in short transactions."""
        while after < upto and (rows := self.page(after, PAGE_SIZE, upto)):
            yield from rows
            after = rows[-1].position
