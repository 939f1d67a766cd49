"""How a worker whose effects are not rows goes through the log: in order, nothing twice, and what
it can't do put aside. Policies and the notifier share it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, LiteralString

import psycopg
import structlog
from pydantic_core import from_json

from services.clock import Clock
from services.dead_letters.faults import Fault, passes
from services.dead_letters.mending import Mending
from services.dead_letters.parking import DeadLetter, Parked, blocked, park, queue
from services.engines.connections import KeptConnection
from services.log.log import Stored, page
from services.process.checkpoints import checkpoint_of, move

BATCH: Final = 500
logger = structlog.get_logger()

Do = Callable[[psycopg.Connection, Stored], None]


class InOrder:
    """One worker on the log behind `url`: its checkpoint, and its dead letters by subject.

    `do` does what follows from one event, within the transaction that moves the checkpoint. `begin`
    is given the checkpoint before a batch of events.
    """

    def __init__(
        self,
        worker: str,
        url: str,
        clock: Clock,
        do: Do,
        *,
        again: Do | None = None,
        begin: Callable[[int], None] = lambda _: None,
        aside: Callable[[Stored], None] = lambda _: None,
        setup: LiteralString = "",
    ) -> None:
        """`again` is for one event out of the row, from among the dead letters; `do` if not given.
        `aside` is called with each that is put aside. `setup` is run on each new connection.
        """
        self._worker, self._clock = worker, clock
        self._do, self._again, self._begin, self._aside = do, again or do, begin, aside
        self._connection = KeptConnection(url, partial(_set_up, setup=setup))
        self._mending = Mending(worker, self._held, self._retry, clock.now)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def checkpoint(self) -> int:
        """The last position whose effects are durable."""
        with self._connection.used() as connection:
            return checkpoint_of(connection, self._worker)

    def take(self, upto: int) -> None:
        """Do what follows from the events after the checkpoint, as far as the log has them."""
        at = -1
        while at < upto and (moved := self._batch(upto)) is not None:
            at = moved

    def mend(self) -> None:
        """Carry out what operators have ordered about our dead letters."""
        with self._connection.used() as connection:
            self._mending.step(connection)

    def _batch(self, upto: int) -> int | None:
        """One batch in one transaction; the new checkpoint, None if there is nothing to do."""
        with self._held() as connection:
            at = checkpoint_of(connection, self._worker)
            with connection.cursor(binary=True) as cursor:
                rows = page(cursor, at, BATCH) if at < upto else []
            if not rows:
                return None
            self._begin(at)
            self._each(connection, rows)
            move(connection, self._worker, rows[-1].position)
        return rows[-1].position

    def _each(self, connection: psycopg.Connection, rows: Sequence[Stored]) -> None:
        behind = blocked(connection, self._worker)
        for row in rows:
            if behind and subject(row) in behind:
                queue(connection, self._parked(row), self._clock.now())
                self._aside(row)
                continue
            try:
                self._do(connection, row)
            except Exception as error:
                if passes(error):
                    raise
                behind.add(subject(row))
                self._park(connection, row, error)
                self._aside(row)

    def _park(self, connection: psycopg.Connection, row: Stored, error: Exception) -> None:
        fault = Fault.of(error)
        park(connection, self._parked(row), fault, self._clock.now())
        logger.error("letter.dead", **self._parked(row)._asdict(), **fault._asdict())

    def _parked(self, row: Stored) -> Parked:
        return Parked(self._worker, subject(row), row.position, row.type)

    def _retry(self, connection: psycopg.Connection, letter: DeadLetter) -> None:
        with connection.cursor(binary=True) as cursor:
            (row,) = page(cursor, letter.position - 1, 1)
        self._again(connection, row)

    @contextmanager
    def _held(self) -> Iterator[psycopg.Connection]:
        """A transaction that holds the checkpoint: a second copy of this worker waits."""
        with self._connection.used() as connection, connection.transaction():
            checkpoint_of(connection, self._worker, lock=True)
            yield connection


def _set_up(connection: psycopg.Connection, setup: LiteralString) -> None:
    if setup:
        connection.execute(setup)


def subject(row: Stored) -> str:
    """What an event is mainly about; of one that can't be read, the rarest of its tags."""
    try:
        return str(from_json(row.document)["subject"])
    except (ValueError, KeyError, TypeError):
        return row.tags[0] if row.tags else "*"
