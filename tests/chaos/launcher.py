"""Runs a worker with one thing spoiled: `python -m tests.chaos.launcher bug projector`.

Each but the bug and the clocks takes out one protection, so that a fault run can show that it would
notice.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import psycopg
from nats.js.api import Header

from events.terms import Role
from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import PROJECTIONS
from services.__main__ import main
from services.clock import SystemClock
from services.log.log import Stored, documents_after, page
from services.notices import ledger as the_ledger
from services.process import following, in_order
from services.process.checkpoints import checkpoint_of, move
from services.reading import askers
from services.reading import trail as the_trail
from services.stream import copying
from services.workers import projector, relay


def spoil(what: Any, name: str, other: object) -> None:
    """Put something else in the place of a part of a worker, in this process only."""
    setattr(what, name, other)


def bug() -> None:
    """The queue of applications can't fold what was submitted for some people."""

    def fold(row: Any, fact: Any, key: str) -> Any:
        if fact.event.name == "application.submitted" and key[-1] in "02468aceg":
            raise ZeroDivisionError("the bug of this run")
        return APPLICATION_QUEUE.fold(row, fact, key)

    broken = replace(APPLICATION_QUEUE, fold=fold)
    every = [broken if one.name == broken.name else one for one in PROJECTIONS.values()]
    spoil(projector, "Projector", partial(projector.Projector, projections=every))


def fence() -> None:
    """The relay believes that it is the only one, and that the stream is as it left it."""
    spoil(copying, "Header", _NoFence)
    tail = copying.Copying.tail

    async def unverified(self: Any, _: Any) -> Stored:
        return Stored(await tail(self), "", [], b"")

    async def after(connection: Any, last: Stored) -> list[Stored]:
        return await documents_after(connection, last.position, copying.BATCH)

    async def what_follows(_: Any, connection: Any, last: Stored) -> list[Stored]:
        return await after(connection, last)

    spoil(copying.Copying, "verified_tail", unverified)
    spoil(copying.Copying, "what_follows", what_follows)
    spoil(relay, "after", after)


class _Named:
    def __init__(self, value: str) -> None:
        self.value = value


class _NoFence:
    EXPECTED_LAST_SEQUENCE = _Named("X-Not-Expected")
    BATCH_ID = Header.BATCH_ID
    BATCH_SEQUENCE = Header.BATCH_SEQUENCE
    BATCH_COMMIT = Header.BATCH_COMMIT


def checkpoint() -> None:
    """The checkpoint moves first, in a transaction of its own, and then the effects follow."""

    def batch(self: in_order.InOrder, upto: int) -> int | None:
        with psycopg.connect(self._connection._url, autocommit=True) as own, own.transaction():
            at = checkpoint_of(own, self._worker, lock=True)
            with own.cursor(binary=True) as cursor:
                rows: Sequence[Stored] = page(cursor, at, 500) if at < upto else []
            if not rows:
                return None
            move(own, self._worker, rows[-1].position)
        time.sleep(0.2)
        with self._held() as connection:
            self._begin(at)
            self._each(connection, rows)
        return rows[-1].position

    spoil(in_order.InOrder, "_batch", batch)


def comparison() -> None:
    """Nobody asks whether the consumer takes for done what was not."""

    async def blind(*_: Any) -> None:
        return

    spoil(following._Keeper, "_compare", blind)


def ledger() -> None:
    """A notice may stand in the ledger more than once, and each of its rows is sent."""

    def enter(connection: Any, entries: Any, now: Any, _: Any) -> None:
        for one in entries:
            connection.execute(
                "INSERT INTO work.notices (position, cause, person, template, fact, due_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (one.cause.envelope.position, *one.key, one.cause.event.name, now),
            )

    def claim(connection: Any, keys: Any, _message: Any) -> bool:
        cursor = connection.execute(
            "UPDATE work.notices SET state = 'sending', attempts = attempts + 1"
            " WHERE (cause, person, template) = (%s, %s, %s) AND state = 'due'",
            keys[0],
        )
        return bool(cursor.rowcount)

    spoil(the_ledger, "enter", enter)
    spoil(the_ledger, "claim", claim)


def trail() -> None:
    """What is opened for whoever asks is not noted."""
    spoil(the_trail, "note", lambda *_: None)


def rights() -> None:
    """Whoever asks the reader coordinates the whole programme."""
    who_asks = askers.Askers.who

    def who(self: askers.Askers, *given: Any) -> askers.WhoAsks:
        found = who_asks(self, *given)
        return found._replace(held={**found.held, Role.COORDINATOR: frozenset({None})})

    spoil(askers.Askers, "who", who)


def clock(seconds: float) -> None:
    """The clock of this process is so far ahead of everybody else's, or behind."""
    now = SystemClock.now

    def wrong(self: SystemClock) -> datetime:
        return now(self) + timedelta(seconds=seconds)

    spoil(SystemClock, "now", wrong)


SPOILED: Final[dict[str, Callable[[], None]]] = {
    "bug": bug,
    "fence": fence,
    "checkpoint": checkpoint,
    "comparison": comparison,
    "ledger": ledger,
    "trail": trail,
    "rights": rights,
    "ahead-days": partial(clock, 3 * 86_400),
    "ahead": partial(clock, 20),
    "behind": partial(clock, -20),
    "behind-days": partial(clock, -3 * 86_400),
}

if __name__ == "__main__":
    SPOILED[sys.argv[1]]()
    main(["run", sys.argv[2]], prog_name="leading-together")
