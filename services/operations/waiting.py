"""Waits until workers have carried out what they were ordered; not for one that is away."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from signal import SIGINT, signal
from typing import Final

import psycopg

from services.crew import carrier_of
from services.dead_letters.orders import Order, numbered
from services.dead_letters.parking import last_handled
from services.log.log import head_of_log
from services.process.presence import connected
from services.process.rest import is_paused
from services.read_models.builds import of_state

LOOK: Final = 0.2  # seconds between two looks
PATIENCE: Final = 5.0  # seconds for a worker that is just starting again
STILL: Final = 10.0  # seconds without a deed until it is said

Quiet = Callable[[str], None]  # is told which worker does nothing


@contextmanager
def heard_between_looks() -> Iterator[list[int]]:
    """Ctrl-C is noted in what this gives, and interrupts nothing: so the connection on which
    somebody looks is whole afterwards.
    """
    pressed: list[int] = []
    before = signal(SIGINT, lambda number, _: pressed.append(number))
    try:
        yield pressed
    finally:
        signal(SIGINT, before)


def carried_out(
    connection: psycopg.Connection,
    numbers: Sequence[int],
    look: Callable[[list[Order]], None],
    pressed: list[int],
    quiet: Quiet = lambda _: None,
) -> str | None:
    """Wait until all these orders are carried out, or something is `pressed`; or why nobody carries
    them out now.

    `look` is called with the orders as they stand, again and again, and `quiet` once nothing was
    seen to be done for ten seconds.
    """
    deeds, seen = _Deeds(connection, quiet), time.monotonic()
    while not pressed:
        orders = numbered(connection, numbers)
        look(orders)
        standing = [one for one in orders if not one.finished_at]
        if not standing:
            return None
        deeds.look(standing)
        idle = [why for one in standing if (why := why_idle(connection, one.worker))]
        if not idle:
            seen = time.monotonic()
        elif len(idle) == len(standing) and time.monotonic() - seen > PATIENCE:
            return " ".join(dict.fromkeys(idle))
        time.sleep(LOOK)
    return None


class _Deeds:
    """Notices that nothing is done any more, though somebody runs who should: says so once."""

    def __init__(self, connection: psycopg.Connection, quiet: Quiet) -> None:
        self._connection, self._quiet = connection, quiet
        self._last: object = None
        self._since = time.monotonic()
        self._said = False

    def look(self, standing: Sequence[Order]) -> None:
        """See whether anything was done about these orders since the last look."""
        letters = [letter for one in standing for letter in one.letters]
        far = [how_far(self._connection, one)[0] for one in standing if not one.letters]
        done = len(standing), last_handled(self._connection, letters), far
        if done != self._last:
            self._last, self._since, self._said = done, time.monotonic(), False
        elif not self._said and time.monotonic() - self._since > STILL:
            self._said = True
            self._quiet(carrier_of(standing[0].worker))


def how_far(connection: psycopg.Connection, order: Order) -> tuple[int, int]:
    """How far the new build of a read model is, and how far it has to go."""
    new = of_state(connection, order.worker, "building")
    return new.position if new else 0, head_of_log(connection)


def why_idle(connection: psycopg.Connection, worker: str) -> str | None:
    """Why nobody carries out orders to this worker, read model or build now, if so."""
    process = carrier_of(worker)
    if process not in connected(connection):
        return f"The worker {process} is not running: it does this when it starts."
    if is_paused(connection, process):
        return f"The worker {process} was told to rest: it does this when it is resumed."
    return None
