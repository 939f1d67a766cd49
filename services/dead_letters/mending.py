"""How a worker carries out orders about its own dead letters, at the rate it was told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import psycopg
import structlog

from services.dead_letters.parking import (
    Order,
    Retry,
    discard,
    finish,
    hand_over,
    open_letters,
    orders,
)

AT_ONCE: Final = 200  # letters in one go, so that what is new does not wait long
log = structlog.get_logger()

Held = Callable[[], AbstractContextManager[psycopg.Connection]]


class Mending:
    """One worker's work on its letters: order after order, key after key, letter after letter.

    `held` is a transaction that holds the worker's place, so nothing else of it moves meanwhile;
    `retry` does with one letter what the worker does with an event.
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
        found = orders(connection, self._worker)
        if not found:
            return False
        order = found[0]
        with self._held() as held:
            keys, given_up = _keys(held, order), 0
            if order.verb == "discard":
                given_up = discard(held, order.letters, self._now())
        # Only now, when that is durable, it is in hand.
        self._keys, self._counts = keys, {"done": 0, "failed": 0, "discarded": given_up}
        self._order, self._credit, self._looked = order, 1.0, self._now()
        log.info("order.begun", worker=self._worker, order=order.number, keys=len(keys))
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
            left = open_letters(held, self._worker, key)
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
        log.info("order.finished", worker=self._worker, order=self._order.number, **self._counts)
        self._order = None


def _keys(connection: psycopg.Connection, order: Order) -> list[str]:
    """The keys of the letters that an order names, in the order of their positions."""
    rows = connection.execute(
        "SELECT key FROM work.letters WHERE letter = ANY(%s) GROUP BY key ORDER BY min(position)",
        (list(order.letters),),
    )
    return [key for (key,) in rows]
