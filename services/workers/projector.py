"""The worker `projector`: keeps every read model up to date, and builds new ones beside the old."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from projections.catalogue import ALL
from projections.projection import Projection
from services.clock import Clock
from services.crew import WITH_CHECKPOINT
from services.dead_letters.mending import Mending
from services.dead_letters.orders import OF_LETTERS, finish, standing
from services.dead_letters.parking import DeadLetter, blocked_of_each
from services.engines.connections import KeptConnection
from services.log.log import BEHIND_ALL, page
from services.process.checkpoints import not_this_log
from services.process.following import Urls, catch_up, follow
from services.process.station import Station
from services.read_models.builds import Build, builds, move, prepare, serving
from services.read_models.folding import EVERY_ROW, Folding, entry
from services.read_models.rebuilding import Rebuilding

BATCH: Final = 500
WORKER: Final = "projector"


class Projector:
    """Folds what the log has into all builds that serve: rows and checkpoints move together."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        projections: Sequence[Projection[Any]] = ALL,
        *,
        batch: int = BATCH,
    ) -> None:
        self._clock, self._batch_size = clock, batch
        self._projections = {one.name: one for one in projections}
        self._connection = KeptConnection(url)
        self._foldings: dict[str, Folding] = {}
        self._mending: dict[str, Mending] = {}
        self._rebuilding = Rebuilding(url, clock, projections)

    def close(self) -> None:
        """Stop what is being built, where it is, and give all connections back."""
        self._rebuilding.close()
        self._connection.close()

    def prepare(self) -> None:
        """Make the builds of what is new here; have those of another version built anew."""
        with self._connection.used() as connection:
            prepare(connection, self._projections.values())
            self._rebuilding.order_changed(connection)

    def checkpoint(self) -> int:
        """The lowest checkpoint of a build that can move, `BEHIND_ALL` if none can. Raises
        NotThisLog.
        """
        with self._connection.used() as connection:
            serves = serving(connection, self._projections.values())
            _must_hold(connection, serves)
            free = _free(connection, serves)
        return min((one.position for one in free), default=BEHIND_ALL)

    def take(self, upto: int) -> None:
        """Fold what the log has after the checkpoints, up to a position at least.

        Raises NotThisLog, once all builds that can are taken on.
        """
        at = -1
        while at < upto and (moved := self._batch(upto)) is not None:
            at = moved
        with self._connection.used() as connection:
            _must_hold(connection, serving(connection, self._projections.values()))

    def mend(self) -> None:
        """Carry out orders about dead letters, builds and replays, a piece at a time."""
        with self._connection.used() as connection:
            for build in self._ordered(connection):
                self._mender(build).step(connection)
            self._rebuilding.carry_out(connection)

    def _batch(self, upto: int) -> int | None:
        """One batch; how far those went that are behind most, None if nothing is to do.

        Builds that are behind (after a rollback, say) don't hold up those that are not: each batch
        takes the foremost on, and those that are last as far as the next.
        """
        with self._held() as (connection, serves):
            aside = blocked_of_each(connection, (one.name for one in serves))
            free = [one for one in serves if one.holds and EVERY_ROW not in aside[one.name]]
            positions = sorted({one.position for one in free})
            if not positions or positions[0] >= upto:
                return None
            reached = self._fold(connection, free, aside, positions[-1])
            if len(positions) > 1:
                reached = self._fold(connection, free, aside, *positions[:2])
        return reached

    def _fold(
        self,
        connection: psycopg.Connection,
        free: Sequence[Build],
        aside: Mapping[str, set[str]],
        after: int,
        end: int | None = None,
    ) -> int | None:
        """The next events, up to `end`, into the builds at one position; how far, if any is."""
        with connection.cursor(binary=True) as cursor:
            rows = page(cursor, after, self._batch_size, end)
        if not rows:
            return None
        events, moved = [entry(row) for row in rows], {}
        for build in free:
            if build.position == after:
                folding = self._folding(build)
                moved[build] = folding.fold(connection, build, events, aside[build.name])
        move(connection, moved)
        return rows[-1].position

    def _ordered(self, connection: psycopg.Connection) -> list[Build]:
        """The builds about whose letters there are orders; those to others come to nothing."""
        orders = standing(connection, OF_LETTERS, but=WITH_CHECKPOINT)
        if not orders:
            return []
        every = {one.name for one in builds(connection) if one.state == "serving"}
        for order in orders:
            if order.worker not in every:
                problem = f"{order.worker} does not serve any more"
                finish(connection, order.number, {"problem": problem}, self._clock.now())
        named = {order.worker for order in orders}
        ours = serving(connection, self._projections.values())
        return [one for one in ours if one.name in named]

    def _folding(self, build: Build) -> Folding:
        if build.name not in self._foldings:
            projection = self._projections[build.projection]
            self._foldings[build.name] = Folding(projection, build, self._clock.now)
        return self._foldings[build.name]

    def _mender(self, build: Build) -> Mending:
        if build.name not in self._mending:

            def retry(connection: psycopg.Connection, letter: DeadLetter) -> None:
                with connection.cursor(binary=True) as cursor:
                    (row,) = page(cursor, letter.position - 1, 1)
                self._folding(build).fold_one(connection, entry(row), letter.key)

            self._mending[build.name] = Mending(
                build.name, self._for_mending, retry, self._clock.now
            )
        return self._mending[build.name]

    @contextmanager
    def _for_mending(self) -> Iterator[psycopg.Connection]:
        with self._held() as (connection, _):
            yield connection

    @contextmanager
    def _held(self) -> Iterator[tuple[psycopg.Connection, list[Build]]]:
        """A transaction that holds all builds that serve: a second projector waits."""
        try:
            with self._connection.used() as connection, connection.transaction():
                yield connection, serving(connection, self._projections.values(), lock=True)
        except BaseException:
            self._foldings.clear()  # what they remember was rolled back
            raise


def _free(connection: psycopg.Connection, serves: Sequence[Build]) -> list[Build]:
    """The builds that can move: no event is put aside for all of their rows."""
    aside = blocked_of_each(connection, (one.name for one in serves))
    return [one for one in serves if EVERY_ROW not in aside[one.name]]


def _must_hold(connection: psycopg.Connection, serves: Sequence[Build]) -> None:
    for one in serves:
        if not one.holds:
            raise not_this_log(connection, one.name, one.position)


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Keep the read models up to date until `stop`."""
    own = station.engines.programme[WORKER]
    projector = Projector(own, station.clock)
    try:
        await asyncio.to_thread(projector.prepare)
        await catch_up(projector, own, stop)
        await follow(WORKER, Urls(station.engines.nats[WORKER], own), projector, ready, stop)
    finally:
        await asyncio.to_thread(projector.close)
