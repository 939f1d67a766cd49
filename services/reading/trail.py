"""The trail of openings: who opened whose values, when, and what for; never a value.

Here stands all SQL on `trail.openings`. A line is committed before what it tells of is opened; what
can't be recorded is not opened.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import psycopg

from events.ids import PersonId
from events.personal import names_in
from services.identity.comers import Comer
from services.vault.opening import audiences_in

OWNER: Final = Comer(None, "", "", "system:command-line")
"""Whoever owns the data folder, at the command line: nobody vouches for them."""
BY_OWNER: Final = "owner of the data folder"
NOTE: Final[LiteralString] = (
    "INSERT INTO trail.openings (opener, issuer, credential, whose, query, purpose, position)"
    " SELECT %s, %s, %s, whose, %s, %s, %s FROM unnest(%b::text[]) AS whose"
)
OF_A_PERSON: Final[LiteralString] = (
    "SELECT number, at, opener, whose, query, purpose, position FROM trail.openings"
    " WHERE whose = %s AND number > %s ORDER BY number LIMIT %s"
)


def people_in(audience: str) -> tuple[str, ...]:
    """Under whose keys a value lies: the people whom its audience names, else what else it does."""
    names = names_in(audience)
    return tuple(one for one in names if one.startswith(PersonId.prefix)) or names


class Occasion(NamedTuple):
    """On what occasion something is opened: for whom, by which query, as whom, and how far the log
    was seen.
    """

    comer: Comer
    query: str
    purpose: str
    position: int


class Opened(NamedTuple):
    """One line of the trail."""

    number: int
    at: datetime
    opener: str
    whose: str
    query: str
    purpose: str
    position: int


def note(connection: psycopg.Connection, occasion: Occasion, whose: Iterable[str]) -> None:
    """Record that values of these are opened, on a connection in autocommit. Raises psycopg.Error:
    then nothing may be opened.
    """
    comer, query, purpose, position = occasion
    people = sorted(set(whose))
    if people:
        who = (comer.sender, comer.issuer, comer.credential)
        connection.execute(NOTE, (*who, query, purpose, position, people))


class NotNoted(RuntimeError):
    """Nothing was opened, because it could not be recorded who opens it: run `leading-together
    status` to see what is the matter, and try again.
    """

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class Noting:
    """Notes what the command line opens for whoever owns the data folder."""

    def __init__(
        self, connection: psycopg.Connection, query: str, purpose: str, position: int
    ) -> None:
        """`connection` is in autocommit, and used for nothing else meanwhile."""
        self._connection = connection
        self._occasion = Occasion(OWNER, query, purpose, position)
        self._noted = set[str]()

    def rows(self, rows: Iterable[Any]) -> None:
        """Stored rows are about to be opened. Raises NotNoted."""
        found = (one for row in rows for one in audiences_in(row))
        self.people(name for one in found for name in people_in(one))

    def people(self, people: Iterable[str]) -> None:
        """Values of these are about to be shown. Raises NotNoted."""
        new = set(people) - self._noted
        try:
            note(self._connection, self._occasion, new)
        except psycopg.Error as error:
            raise NotNoted from error
        self._noted |= new

    def nothing(self, rows: Iterable[Any]) -> None:
        """Rows are shown as they stand: without keys, nothing is opened."""


def openings_of(
    connection: psycopg.Connection, person: str, after: int, limit: int
) -> Iterator[Opened]:
    """What was opened of somebody, in order, behind a line's number."""
    for row in connection.execute(OF_A_PERSON, (person, after, limit)):
        yield Opened(*row)
