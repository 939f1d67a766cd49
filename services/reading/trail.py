"""The trail of openings: who opened whose values, when, and what for; never a value.

Here stands all SQL on `trail.openings` and on `trail.told`, which is what may be told of it. A line
is committed before what it tells of is opened; what can't be recorded is not opened.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, LiteralString, NamedTuple

import psycopg

from events.ids import PROGRAMME, PersonId
from events.personal import names_in
from services.identity.showing import Comer
from services.reading.by_the_log import without_forgotten
from services.vault.opening import audiences_in
from services.vault.vault import Vault

OWNER: Final = Comer(None, "", "", "system:command-line")
"""Whoever owns the data folder, at the command line: nobody vouches for them."""
BY_OWNER: Final = "owner of the data folder"
NOTE: Final[LiteralString] = (
    "INSERT INTO trail.openings"
    " (opener, issuer, credential, whose, query, purpose, position, told_as)"
    " SELECT opener, %s, %s, whose, %s, %s, %s, %s"
    " FROM unnest(%b::text[], %b::text[]) AS line(opener, whose)"
)
OF_THESE: Final[LiteralString] = (
    "SELECT number, at, opener, whose, query, purpose, position FROM trail.told"
    " WHERE whose = ANY(%s) AND (number, whose, query) > (%s, %s, %s)"
    " ORDER BY number, whose, query LIMIT %s"
)
HALF: Final = 8  # bytes of chance: as much as is kept of what is keyed
SEARCHED: Final = PROGRAMME
"""Whose values are opened while people are looked for: of whom, is known afterwards."""


def people_in(audience: str) -> tuple[str, ...]:
    """Under whose keys a value lies: the people whom its audience names, else what else it does."""
    names = names_in(audience)
    return tuple(one for one in names if one.startswith(PersonId.prefix)) or names


class Occasion(NamedTuple):
    """On what occasion something is opened: for whom, by which query, as whom, how far the log was
    seen, and what is told in the place of whom and as whom, if these are to be told to nobody.
    """

    comer: Comer
    query: str
    purpose: str
    position: int
    told_as: str = ""


class LineBefore(NamedTuple):
    """Behind which line of the trail it goes on."""

    number: int = -1
    whose: str = ""
    query: str = ""


class Opened(NamedTuple):
    """What is told of one line of the trail; one that does not tell who it was has the number 0,
    and neither a time nor a position.
    """

    number: int
    at: datetime | None
    opener: str
    whose: str
    query: str
    purpose: str
    position: int | None


def note(connection: psycopg.Connection, occasion: Occasion, whose: Iterable[str]) -> None:
    """Record that values of these are opened, on a connection in autocommit. Raises psycopg.Error:
    then nothing may be opened.
    """
    comer, *what = occasion
    people = sorted(set(whose))
    if people:
        openers = [comer.sender] * len(people)
        connection.execute(NOTE, (comer.issuer, comer.credential, *what, openers, people))


def note_concealed(
    connection: psycopg.Connection, vault: Vault, occasion: Occasion, whose: Iterable[str]
) -> None:
    """As `note`, but what is kept of the opener is keyed, and nothing of who vouched for them."""
    _, *what = occasion
    people = sorted(set(whose))
    if people:
        openers = [concealed(vault, occasion, one, token_hex(HALF)) for one in people]
        connection.execute(NOTE, ("", "", *what, openers, people))


def concealed(vault: Vault, occasion: Occasion, whose: str, chance: str) -> str:
    """What is kept of the opener in a line, behind the 16 digits of chance that it begins with:
    whoever has the vault's keys can tell by it whether it was somebody, and nobody whether two
    lines are the same one's.
    """
    bound = (occasion.query, occasion.purpose, whose, str(occasion.position))
    return chance + vault.sender("|".join(("trail", chance, *bound, occasion.comer.sender)))[:16]


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

    def rows(self, rows: Sequence[Any]) -> list[Any]:
        """Stored rows as they may be opened, once that is noted. Raises NotNoted."""
        open_to_them = without_forgotten(self._connection, rows)
        found = (one for row in open_to_them for one in audiences_in(row))
        self.people(name for one in found for name in people_in(one))
        return open_to_them

    def people(self, people: Iterable[str]) -> None:
        """Values of these are about to be shown. Raises NotNoted."""
        new = set(people) - self._noted
        try:
            note(self._connection, self._occasion, new)
        except psycopg.Error as error:
            raise NotNoted from error
        self._noted |= new


def openings_of(
    connection: psycopg.Connection, whose: Collection[str], after: LineBefore, limit: int
) -> Iterator[Opened]:
    """What was opened of any of these, in order, behind a line."""
    for row in connection.execute(OF_THESE, (list(whose), *after, limit)):
        yield Opened(*row)
