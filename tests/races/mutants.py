"""Faults that somebody might build into the log one day, one by one: the suite must notice each."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent

from services.engines.addresses import Engines
from services.engines.connections import KeptConnections
from services.engines.together import _name, _prepared
from services.log.log import Stored, Turn
from services.log.recorder import Recorder, _must_not_match
from services.log.rows import LogShortened
from services.log.statements import TAKE_TURN
from services.log.wishes import Answer, Wish
from services.log.writer import Writer
from tests.races.ours import mutant

NO_ORDER: Final = """
    CREATE SEQUENCE log.unordered;
    GRANT USAGE ON SEQUENCE log.unordered TO commands;
    ALTER TABLE log.events DISABLE TRIGGER in_order;
    GRANT INSERT ON log.tags TO commands;
"""

UNORDERED: Final = """
    WITH one AS (
        INSERT INTO log.events VALUES (nextval('log.unordered'), %s, %s, %s)
        RETURNING type, tags, position
    ) INSERT INTO log.tags SELECT unnest(tags), type, position FROM one
"""


def with_a_sequence(engines: Engines) -> None:
    """A sequence gives positions out, as most logs on PostgreSQL do it."""
    _as_owner(engines, NO_ORDER)


def _as_owner(engines: Engines, statements: str) -> None:
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute(statements.encode())


def _without_a_turn(connection: psycopg.Connection) -> None:
    """Have nothing stand, on this connection, for the statement that waits for the turn."""
    name, known = _name(TAKE_TURN.text), _prepared.setdefault(connection, set())
    if name not in known:
        connection.pgconn.prepare(name, b"SELECT")
        known.add(name)


class Unlocked(KeptConnections):
    """Connections on which nobody waits for the turn."""

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        with super().connection() as mine:
            _without_a_turn(mine)
            yield mine


class AppendsUnlocked(Recorder):
    """Takes no turn."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        super().__init__(url, connections=connections)
        self._pool = Unlocked(url, connections, settings={"autocommit": True})


class DecidesUnlocked(Writer):
    """Takes no turn."""

    def _begin(self, connection: psycopg.Connection) -> None:
        _without_a_turn(connection)
        super()._begin(connection)


class Unordered(Recorder):
    """Positions from a sequence: they become visible in another order than they were given."""

    def append(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None
    ) -> int:
        rows = [(event.type, event.tags, event.data) for event in events]
        with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            if condition:
                _must_not_match(cursor, condition)
            cursor.executemany(UNORDERED, rows)
        return 0


class NoSecondLook(Writer):
    """Takes over the head inside its turn, and not what led there."""

    def _look_again(self, my: Turn, group: Sequence[Wish]) -> None:
        del group
        self._memory.head = my.head


class AnswersBeforeCommit(Writer):
    """What it has decided is answered, whatever becomes of the commit."""

    _answers: Sequence[Answer | None] = (None,)

    def decide(self, group: Sequence[Wish]) -> None:
        self._answers = [None] * len(group)
        try:
            super().decide(group)
        except psycopg.Error:
            for wish, answer in zip(group, self._answers, strict=True):
                wish.answer = answer
            if None in self._answers:
                raise

    def _take_turn(self, connection: psycopg.Connection, group: Sequence[Wish]) -> Any:
        try:
            return super()._take_turn(connection, group)
        finally:
            self._answers = [wish.answer for wish in group]


class KeepsWhatFailed(Writer):
    """Goes on after an error with what it knew."""

    def _begin_at(self, cursor: psycopg.Cursor[Any], head: int) -> None:
        if not self._memory.head:
            super()._begin_at(cursor, head)

    def _catch_up(self, cursor: psycopg.Cursor[Any], head: int, last: bytes | None = None) -> None:
        """Where the end of the log tells that it knows what never was, it begins anew: else it
        would be asked for ever, and refuse.
        """
        try:
            super()._catch_up(cursor, head, last)
        except LogShortened:
            self.shortened = False
            super()._begin_at(cursor, head)


class KnowsNoIds(Writer):
    """Does not look whether a command was recorded before."""

    def _recognise(
        self, found: Iterable[tuple[Any, ...]], group: Sequence[Wish]
    ) -> tuple[int, bytes | None]:
        del group
        return super()._recognise(found, [])


class ForgetsWhatHadNoEffect(Writer):
    """Remembers a command only by what it brought about."""

    def _positioned(self, my: Turn, wish: Wish, head: int) -> list[Stored]:
        rows = super()._positioned(my, wish, head)
        my.settled.clear()
        return rows


class LooksForFactsOnly(Writer):
    """Looks again if the log grew, and not if a command was settled that had no effect."""

    def _look_again(self, my: Turn, group: Sequence[Wish]) -> None:
        self._last_settled = my.last_settled
        super()._look_again(my, group)


class KnowsIdsTooEarly(Writer):
    """Looks for repeated commands before its turn, and not in it."""

    def _look_again(self, my: Turn, group: Sequence[Wish]) -> None:
        del group
        self._catch_up(my.cursor, my.head)


MUTANTS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            mutant("no lock", log=AppendsUnlocked, writer=DecidesUnlocked),
            mutant("no second look", writer=NoSecondLook),
            mutant("answers before commit", writer=AnswersBeforeCommit),
            mutant("keeps what failed", writer=KeepsWhatFailed),
            mutant("knows no ids", writer=KnowsNoIds),
            mutant("knows ids too early", writer=KnowsIdsTooEarly),
            mutant("forgets what had no effect", writer=ForgetsWhatHadNoEffect),
            mutant("looks for facts only", writer=LooksForFactsOnly),
            mutant("unordered", log=Unordered, prepare=with_a_sequence),
        )
    }
)
