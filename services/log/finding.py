"""Where facts are found that a memory has not at hand: in the log, by their tags."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypedDict

import psycopg

from events.envelope import data_of, position_of
from events.event import Event
from events.one_person import JOINING
from services.engines import together
from services.log.statements import FACTS, LOG, LOOK_UP, LOOK_UP_HERE, OF_TYPE, Schema

MOST: Final = 10_000  # facts of one kind about one thing
FoundRow = tuple[int, str, int, str, list[str], bytes]
"""For which number, by which tag; then position, type, tags and document, as in the log."""


class Needed(TypedDict):
    """Facts that are looked for: of these types, under this tag, after a position; `number` tells
    what for.
    """

    number: int
    after: int
    tag: str
    types: tuple[str, ...]


class Source(Protocol):
    """A log in which facts can be found."""

    def find(self, needed: Sequence[Needed], upto: int, most: int) -> Iterable[FoundRow]:
        """What is needed, as far as a position and in the order of positions: of each type under
        each tag the first `most`.
        """

    def of_type(self, wire_name: str, upto: int) -> Iterable[bytes]:
        """The documents of all facts of a type, as far as a position."""


def joinings(source: Source, upto: int) -> list[tuple[int, Event]]:
    """The facts by which people became one, or two again, by position, as far as one."""
    found = [
        (position_of(document), kind.model_validate_json(data_of(document)))
        for kind in JOINING
        for document in source.of_type(kind.wire_name(), upto)
    ]
    return sorted(found, key=lambda one: one[0])


def prepare_to_find(connection: psycopg.Connection) -> None:
    """Have the database always look up on this connection, and never scan."""
    connection.execute(LOOK_UP)


@contextmanager
def prepared_to_find(connection: psycopg.Connection) -> Iterator[None]:
    """The same for a moment, on a connection that does other things as well."""
    with connection.transaction():
        connection.execute(LOOK_UP_HERE)
        yield


class DatabaseSource:
    """Looks facts up in the database, on a cursor with binary results, of a connection that was
    prepared for it. Raises psycopg.Error.

    What is asked `along` travels with the first look, or alone if there is none (`came_along`).
    """

    __slots__ = ("_along", "_came", "_cursor", "_of")

    def __init__(
        self,
        cursor: psycopg.Cursor[Any],
        of: Schema = LOG,
        along: together.WithValues | None = None,
    ) -> None:
        self._cursor, self._of = cursor, of
        self._along, self._came = along, list[tuple[Any, ...]]()

    def find(self, needed: Sequence[Needed], upto: int, most: int) -> list[FoundRow]:
        """As `Source`, at one look."""
        numbers, tags = [one["number"] for one in needed], [one["tag"] for one in needed]
        types, after = [" ".join(one["types"]) for one in needed], [one["after"] for one in needed]
        return self._ask(self._of.together(FACTS)(numbers, tags, types, after, upto, most))

    def came_along(self) -> list[tuple[Any, ...]]:
        """What was asked along."""
        if self._along:
            self._ask()
        return self._came

    def _ask(self, *asked: together.WithValues) -> list[Any]:
        connection, along = self._cursor.connection, self._along
        results = together.ask(connection, *([along] if along else []), *asked)
        rows = [together.rows(connection, one) for one in results]
        if along:
            self._along, self._came = None, rows[0]
        return rows[-1]

    def of_type(self, wire_name: str, upto: int) -> list[bytes]:
        """As `Source`."""
        self._cursor.execute(self._of(OF_TYPE), {"type": wire_name, "upto": upto})
        return [document for (document,) in self._cursor.fetchall()]
