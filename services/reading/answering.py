"""Answers one question: what whoever asks may read now, or a list that is made of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Final

import psycopg
from psycopg.errors import QueryCanceled, UndefinedTable

from events.calendar import local_day
from projections.catalogue import LISTS
from services.engines.connections import KeptConnections
from services.identity.comers import Comer
from services.log.log import head_of_log
from services.patience import NO_END
from services.read_models.builds import shown_positions
from services.reading.askers import Askers, WhoAsks
from services.reading.cells import Readable
from services.reading.cursors import cursor_in, cursor_text
from services.reading.listing import Asking, list_of, must_be_for
from services.reading.pages import Page
from services.reading.people import first_missing
from services.reading.questions import KEY, NamedQuery, Query
from services.reading.refusals import (
    NoSuchChoice,
    NotThereYet,
    NotYoursToRead,
    TookTooLong,
)
from services.reading.replies import ReadingReply
from services.reading.table import FIND, TABLE
from services.vault.vault import Vault

LONGEST: Final = 3.0  # seconds for which rows are looked at for one answer


class Reader:
    """Answers questions. Safe for threads."""

    def __init__(
        self,
        connections: KeptConnections,
        askers: Askers,
        vault: Vault,
        table: Mapping[str, Readable] = TABLE,
    ) -> None:
        """`connections` are to the database of the programme; `table` says who may read what."""
        self._connections, self._askers = connections, askers
        self._vault, self._table = vault, table

    def position(self, name: str) -> int:
        """How far the log is to be read under a name. Raises psycopg.Error."""
        with self._connections.connection() as connection:
            return self._reached(connection, name)

    def awaited(self, asked: NamedQuery, comer: Comer, now: datetime) -> int:
        """The position that somebody waits for, once it is known that they may ask this at a moment
        (aware). Raises NotToBeRead, NotTied, and psycopg.Error.
        """
        with _in_time():
            self._who(asked, comer, now)
            wanted = asked.question.position or 0
            if isinstance(wanted, int):
                return wanted
            with self._connections.connection() as connection:
                return head_of_log(connection)

    def answer(
        self, asked: NamedQuery, comer: Comer, now: datetime, until: float = NO_END
    ) -> ReadingReply:
        """The answer at a moment (aware); `until` says how long anybody waits for it, in seconds of
        the monotonic clock. Raises NotToBeRead, NotTied, and psycopg.Error.
        """
        until = min(until, monotonic() + LONGEST)
        with _in_time():
            who = self._who(asked, comer, now)
            with self._connections.connection() as connection:
                asking = Asking(connection, self._vault, self._table, comer, who, until)
                position = self._reached(connection, asked.name)
                if made := LISTS.get(asked.name):
                    page = list_of(asking, made, asked.question)
                else:
                    start = cursor_in(self._vault, asked, comer.sender)
                    page = asking.answering(asked, start, position).page()
                return self._answered(asked, comer, page, position)

    def _answered(self, asked: NamedQuery, comer: Comer, page: Page, position: int) -> ReadingReply:
        """A page, and where it goes on."""
        vault, last = self._vault, page.last
        return ReadingReply(
            status="answered",
            rows=page.rows,
            position=position,
            after=cursor_text(vault, asked, comer.sender, last) if last else None,
            cut=page.cut or None,
        )

    def _who(self, asked: NamedQuery, comer: Comer, now: datetime) -> WhoAsks:
        who = self._askers.who(comer, local_day(now))
        if made := LISTS.get(asked.name):
            must_be_for(made, self._table[made.of[0]], who, asked.question)
            return who
        readable = self._table[asked.name]
        if not any(map(who.may_have, readable.columns)):
            raise NotYoursToRead
        _must_be_theirs(readable, who, asked.question)
        return who

    def _reached(self, connection: psycopg.Connection, name: str) -> int:
        """How far all is folded, and people can be found, on which an answer rests."""
        made = LISTS.get(name)
        of = [self._table[one] for one in (made.of if made else (name,))]
        reached = shown_positions(
            connection, [*dict.fromkeys(it for one in of for it in one.models)]
        )
        if name == FIND:
            reached += first_missing(connection, self._vault)
        return min(reached) if reached else head_of_log(connection)


@contextmanager
def _in_time() -> Iterator[None]:
    """What the database, or the time that there is, cuts short is refused."""
    try:
        yield
    except (QueryCanceled, TimeoutError) as error:
        raise TookTooLong from error
    except UndefinedTable as error:
        raise NotThereYet from error


def _must_be_theirs(readable: Readable, who: WhoAsks, question: Query) -> None:
    """Refuses to choose or sort by what somebody reads nowhere, in the same words as by nothing."""
    mine = {KEY}
    for relation in filter(who.may_have, readable.columns):
        mine |= {name.partition(".")[0] for name in readable.cells[relation.name]}
    sort = (question.sort or KEY).removeprefix("-")
    named = {*question.where, *question.fields}
    if not mine.issuperset(named) or sort not in {KEY, *readable.chosen_by}:
        raise NoSuchChoice
