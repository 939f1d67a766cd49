"""The worker `projector`: keeps every read model up to date, and builds new ones beside the old."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import structlog

from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from services.clock import Clock
from services.dead_letters.looking import OWN_LETTERS
from services.dead_letters.mending import Mending
from services.dead_letters.parking import Letter, finish
from services.log.log import page
from services.process.following import Urls, catch_up, follow
from services.process.station import Station
from services.read_models.builds import Build, builds, move, prepare, serving
from services.read_models.folding import EVERY_ROW, Folder, told
from services.read_models.rebuilding import Rebuilding

BATCH: Final = 500
WORKER: Final = "projector"
ALL: Final[tuple[Projection[Any], ...]] = tuple(PROJECTIONS.values())
NOWHERE: Final = 2**62  # the place of a projector that can't move
log = structlog.get_logger()


class Projector:
    """Folds what the log has into all builds that serve: rows and places in one transaction."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        projections: Sequence[Projection[Any]] = ALL,
        *,
        batch: int = BATCH,
    ) -> None:
        self._url, self._clock, self._batch_size = url, clock, batch
        self._projections = {one.name: one for one in projections}
        self._connection: psycopg.Connection | None = None
        self._folders: dict[str, Folder] = {}
        self._mending: dict[str, Mending] = {}
        self._rebuilding = Rebuilding(url, clock, projections)

    def close(self) -> None:
        """Stop what is being built, where it is, and give all connections back."""
        self._rebuilding.close()
        self._lose_connection()

    def prepare(self) -> None:
        """Make the builds of what is new here; have those of another version built anew."""
        with self._connected() as connection:
            prepare(connection, self._projections.values())
            self._rebuilding.order_changed(connection)

    def place(self) -> int:
        """The lowest place of a build that can move."""
        with self._connected() as connection:
            free = self._free(serving(connection, self._projections.values()), connection)
        return min((one.position for one in free), default=NOWHERE)

    def take(self, upto: int) -> None:
        """Fold what the log has after the places, at least up to a position, as far as it goes."""
        place = -1
        while place < upto and (moved := self._batch(upto)) is not None:
            place = moved

    def mend(self) -> None:
        """Carry out orders about letters, builds and replays, a piece at a time."""
        with self._connected() as connection:
            for build in self._ordered(connection):
                self._mender(build).step(connection)
            self._rebuilding.carry_out(connection)

    def _batch(self, upto: int) -> int | None:
        """One batch; how far those went that are behind most, None if nothing is to do.

        Builds that are behind (after a rollback, say) don't hold up those that are not: each batch
        takes the foremost on, and those that are last as far as the next place.
        """
        with self._held() as (connection, standing):
            aside = _aside(connection, standing)
            free = [one for one in standing if EVERY_ROW not in aside[one.name]]
            places = sorted({one.position for one in free})
            if not places or places[0] >= upto:
                return None
            reached = self._fold(connection, free, aside, places[-1])
            if len(places) > 1:
                reached = self._fold(connection, free, aside, *places[:2])
        return reached

    def _fold(
        self,
        connection: psycopg.Connection,
        free: Sequence[Build],
        aside: Mapping[str, set[str]],
        place: int,
        end: int | None = None,
    ) -> int | None:
        """The next events, up to `end`, into the builds at one place; how far, None if no event."""
        with connection.cursor(binary=True) as cursor:
            rows = page(cursor, place, self._batch_size, end)
        if not rows:
            return None
        events, places = [told(row) for row in rows], {}
        for build in free:
            if build.position == place:
                folder = self._folder(build)
                places[build] = folder.fold(connection, build, events, aside[build.name])
        move(connection, places)
        return rows[-1].position

    def _free(self, standing: Sequence[Build], connection: psycopg.Connection) -> list[Build]:
        aside = _aside(connection, standing)
        return [one for one in standing if EVERY_ROW not in aside[one.name]]

    def _ordered(self, connection: psycopg.Connection) -> list[Build]:
        """The builds about whose letters there are orders; those to others come to nothing."""
        rows = connection.execute(
            "SELECT number, worker FROM work.orders WHERE finished_at IS NULL"
            " AND verb IN ('redrive', 'discard') AND worker <> ALL(%s)",
            (list(OWN_LETTERS),),
        ).fetchall()
        if not rows:
            return []
        every = {one.name for one in builds(connection) if one.state == "serving"}
        for number, worker in rows:
            if worker not in every:
                problem = f"{worker} does not serve any more"
                finish(connection, number, {"problem": problem}, self._clock.now())
        wanted = {worker for _, worker in rows}
        ours = serving(connection, self._projections.values())
        return [one for one in ours if one.name in wanted]

    def _folder(self, build: Build) -> Folder:
        if build.name not in self._folders:
            projection = self._projections[build.projection]
            self._folders[build.name] = Folder(projection, build, self._clock.now)
        return self._folders[build.name]

    def _mender(self, build: Build) -> Mending:
        if build.name not in self._mending:

            def retry(connection: psycopg.Connection, letter: Letter) -> None:
                with connection.cursor(binary=True) as cursor:
                    (row,) = page(cursor, letter.position - 1, 1)
                self._folder(build).fold_one(connection, told(row), letter.key)

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
            with self._connected() as connection, connection.transaction():
                yield connection, serving(connection, self._projections.values(), lock=True)
        except BaseException:
            self._folders.clear()  # what they remember was rolled back
            raise

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        """The connection; after a fault of the database, a new one the next time."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
        try:
            yield self._connection
        except psycopg.Error:
            self._lose_connection()
            raise

    def _lose_connection(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def _aside(connection: psycopg.Connection, standing: Sequence[Build]) -> dict[str, set[str]]:
    """For each build, the keys for which something is put aside."""
    found: dict[str, set[str]] = {one.name: set() for one in standing}
    rows = connection.execute(
        "SELECT DISTINCT worker, key FROM work.letters"
        " WHERE state IN ('dead', 'waiting') AND worker = ANY(%s)",
        (list(found),),
    )
    for worker, key in rows:
        found[worker].add(key)
    return found


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
