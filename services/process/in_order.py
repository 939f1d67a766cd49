"""How a worker whose effects are not rows goes through the log: in order, nothing twice, and what
it can't do put aside. Policies and the notifier share it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, LiteralString

import psycopg
import structlog
from pydantic_core import from_json

from services.clock import Clock
from services.dead_letters.mending import Mending
from services.dead_letters.parking import Fault, Letter, Putting, blocked, park, passes, queue
from services.log.log import Stored, page
from services.process.checkpoints import move, place_of

BATCH: Final = 500
log = structlog.get_logger()

Do = Callable[[psycopg.Connection, Stored], None]


class InOrder:
    """One worker on the log behind `url`: its place, and its letters by subject.

    `do` does what follows from one event, within the transaction that moves the place. `begin` is
    told the place before a batch of events.
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
        """`again` is for one event out of the row, from among the letters; `do` if not given.
        `aside` is told of each that is put aside. `setup` is run on each new connection.
        """
        self._worker, self._url, self._clock = worker, url, clock
        self._do, self._again, self._begin, self._aside = do, again or do, begin, aside
        self._setup: LiteralString = setup or "SELECT"
        self._connection: psycopg.Connection | None = None
        self._mending = Mending(worker, self._held, self._retry, clock.now)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def place(self) -> int:
        """The last position whose effects are durable."""
        with self._connected() as connection:
            return place_of(connection, self._worker)

    def take(self, upto: int) -> None:
        """Do what follows from the events after the place, as far as the log has them."""
        place = -1
        while place < upto and (moved := self._batch(upto)) is not None:
            place = moved

    def mend(self) -> None:
        """Carry out what operators have ordered about our letters."""
        with self._connected() as connection:
            self._mending.step(connection)

    def _batch(self, upto: int) -> int | None:
        """One batch in one transaction; the new place, None if there is nothing to do."""
        with self._held() as connection:
            place = place_of(connection, self._worker)
            with connection.cursor(binary=True) as cursor:
                rows = page(cursor, place, BATCH) if place < upto else []
            if not rows:
                return None
            self._begin(place)
            self._each(connection, rows)
            move(connection, self._worker, rows[-1].position)
        return rows[-1].position

    def _each(self, connection: psycopg.Connection, rows: Sequence[Stored]) -> None:
        behind = blocked(connection, self._worker)
        for row in rows:
            if behind and subject(row) in behind:
                queue(connection, self._putting(row), self._clock.now())
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
        park(connection, self._putting(row), fault, self._clock.now())
        log.error("letter.dead", **self._putting(row)._asdict(), **fault._asdict())

    def _putting(self, row: Stored) -> Putting:
        return Putting(self._worker, subject(row), row.position, row.type)

    def _retry(self, connection: psycopg.Connection, letter: Letter) -> None:
        with connection.cursor(binary=True) as cursor:
            (row,) = page(cursor, letter.position - 1, 1)
        self._again(connection, row)

    @contextmanager
    def _held(self) -> Iterator[psycopg.Connection]:
        """A transaction that holds the place: a second copy of this worker waits."""
        with self._connected() as connection, connection.transaction():
            place_of(connection, self._worker, lock=True)
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        """The connection; after a fault of the database, a new one the next time."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
            self._connection.execute(self._setup)
        try:
            yield self._connection
        except psycopg.Error:
            self.close()
            raise


def subject(row: Stored) -> str:
    """What an event is mainly about; of one that can't be read, the rarest of its tags."""
    try:
        return str(from_json(row.document)["subject"])
    except (ValueError, KeyError, TypeError):
        return row.tags[0] if row.tags else "*"
