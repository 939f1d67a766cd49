"""Waits until workers have carried out what they were ordered; not for one that is away."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from signal import SIGINT, signal
from typing import Final

import psycopg

from services.crew import carrier_of
from services.dead_letters.orders import Order, numbered
from services.log.log import head_of_log
from services.process.presence import connected
from services.process.rest import is_paused
from services.read_models.builds import of_state

LOOK: Final = 0.2  # seconds between two looks
PATIENCE: Final = 5.0  # seconds for a worker that is just starting again


def carried_out(
    connection: psycopg.Connection,
    numbers: Sequence[int],
    look: Callable[[list[Order]], None],
) -> str | None:
    """Wait until all these orders are carried out; or why nobody carries them out now.

    `look` is called with the orders as they stand, again and again. Ctrl-C is heard between two
    looks, so that the connection is whole afterwards; KeyboardInterrupt.
    """
    with _heard_between_looks() as pressed:
        idle = _carried_out(connection, numbers, look, pressed)
    if pressed:
        raise KeyboardInterrupt
    return idle


@contextmanager
def _heard_between_looks() -> Iterator[list[int]]:
    """Ctrl-C is noted, and interrupts nothing."""
    pressed: list[int] = []
    before = signal(SIGINT, lambda number, _: pressed.append(number))
    try:
        yield pressed
    finally:
        signal(SIGINT, before)


def _carried_out(
    connection: psycopg.Connection,
    numbers: Sequence[int],
    look: Callable[[list[Order]], None],
    pressed: list[int],
) -> str | None:
    seen = time.monotonic()
    while not pressed:
        orders = numbered(connection, numbers)
        look(orders)
        standing = [one for one in orders if not one.finished_at]
        if not standing:
            return None
        idle = [why for one in standing if (why := why_idle(connection, one.worker))]
        if not idle:
            seen = time.monotonic()
        elif len(idle) == len(standing) and time.monotonic() - seen > PATIENCE:
            return " ".join(dict.fromkeys(idle))
        time.sleep(LOOK)
    return None


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
