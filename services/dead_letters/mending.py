"""How a worker carries out orders about its own dead letters, at the rate it was told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import psycopg
import structlog

from services.dead_letters.faults import Fault, passes
from services.dead_letters.orders import OF_LETTERS, Order, finish, standing
from services.dead_letters.parking import (
    DeadLetter,
    discard,
    keys_of,
    open_dead_letters,
    tried_again,
)

AT_ONCE: Final = 200  # letters in one go, so that what is new does not wait long
logger = structlog.get_logger()

Held = Callable[[], AbstractContextManager[psycopg.Connection]]
Retry = Callable[[psycopg.Connection, DeadLetter], None]


class Mending:
    """One worker's work on its letters: order after order, key after key, letter after letter.

    `held` is a transaction that holds the worker's checkpoint, so nothing else of it moves
    meanwhile; `retry` does with one letter what the worker does with an event.
    """

    def __init__(self, worker: str, held: Held, retry: Retry, now: Callable[[], datetime]) -> None:
        self._worker, self._held, self._retry, self._now = worker, held, retry, now
        self._order: Order | None = None
        self._keys: list[str] = []
        self._counts = {"done": 0, "failed": 0, "discarded": 0}
        self._credit = 0.0
        self._looked: datetime | None = None

    def step(self, connection: psycopg.Connection) -> bool:
        """Hand over as many letters as the rate allows by now; True if any was.

        `connection` is for looking. What passes by itself is raised; the order goes on later.
        """
        if self._order is None and not self._begin(connection):
            return False
        allowed, handed = self._allowed(), 0
        while self._keys and handed < allowed:
            handed += 1
            self._one(self._keys[0])
        if not self._keys:
            self._end()
        return handed > 0

    def _begin(self, connection: psycopg.Connection) -> bool:
        found = standing(connection, OF_LETTERS, of=[self._worker])
        if not found:
            return False
        order = found[0]
        with self._held() as held:
            keys, discarded = keys_of(held, order.letters), 0
            if order.verb == "discard":
                discarded = discard(held, order.letters, self._now())
        # Only now, when that is durable, it is in hand.
        self._keys, self._counts = keys, {"done": 0, "failed": 0, "discarded": discarded}
        self._order, self._credit, self._looked = order, 1.0, self._now()
        logger.info("order.begun", worker=self._worker, order=order.number, keys=len(keys))
        return True

    def _allowed(self) -> int:
        """How many letters the rate allows now; what it allowed earlier and was not used, too."""
        rate = self._order and self._order.per_second
        if not rate or self._looked is None:
            return AT_ONCE
        now = self._now()
        self._credit += (now - self._looked).total_seconds() * rate
        self._looked = now
        whole = int(self._credit)
        self._credit -= whole
        return min(whole, AT_ONCE)

    def _one(self, key: str) -> None:
        with self._held() as held:
            left = open_dead_letters(held, self._worker, key)
            stuck = self._order and self._order.verb == "discard" and left[:1] and left[0].state
            if not left or stuck == "dead":  # another dead one, which was not named
                self._keys.pop(0)
                return
            done = hand_over(held, self._worker, key, self._retry, self._now())
        self._counts["done" if done else "failed"] += 1
        if not done or len(left) == 1:
            self._keys.pop(0)

    def _end(self) -> None:
        if self._order is None:
            return
        with self._held() as held:
            finish(held, self._order.number, self._counts, self._now())
        logger.info("order.finished", worker=self._worker, order=self._order.number, **self._counts)
        self._order = None


def hand_over(
    connection: psycopg.Connection, worker: str, key: str, retry: Retry, now: datetime
) -> bool:
    """Hand over the first of what is put aside under a key; True if it is done.

    One transaction with whatever `retry` does on this connection, which must hold the worker's
    checkpoint. What passes by itself (an engine that is away, say) is raised, and nothing is
    changed.
    """
    letter, *_ = open_dead_letters(connection, worker, key)
    try:
        with connection.transaction():
            retry(connection, letter)
    except Exception as error:
        if passes(error):
            raise
        tried_again(connection, letter, Fault.of(error), now)
        return False
    tried_again(connection, letter, None, now)
    return True
