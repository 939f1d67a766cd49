"""The worker `projector`: keeps every read model up to date with the stream."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import psycopg
import structlog

from events.catalogue import decode
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from services.following import Message, catch_up, follow, unseen
from services.log import Log
from services.read_models import places, prepare, project
from services.station import Station

log = structlog.get_logger()
ALL: Final[tuple[Projection[Any], ...]] = tuple(PROJECTIONS.values())


class Projector:
    """Folds batches into all read models: rows and places in one transaction."""

    def __init__(self, url: str, projections: Sequence[Projection[Any]] = ALL) -> None:
        self._url, self._projections = url, projections
        self._connection: psycopg.Connection | None = None
        self._log = Log(url, connections=2)

    def close(self) -> None:
        """Give all connections back."""
        self._log.close()
        if self._connection:
            self._connection.close()

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Fold what the log has beyond the places, so that a new read model starts complete."""
        place = await asyncio.to_thread(self._prepared)
        await catch_up(self._log, place, self.take, stop)

    def _prepared(self) -> int:
        """The lowest place, once every projection has one."""
        connection = self._connected()
        prepare(connection, self._projections)
        return self._lowest(places(connection))

    def take(self, batch: Sequence[Message]) -> None:
        """Fold what is new in a batch; psycopg.Error leaves everything as it was."""
        try:
            connection = self._connected()
            with connection.transaction():
                self._fold(connection, batch)
        except psycopg.Error:
            self._lose_connection()
            raise

    def _fold(self, connection: psycopg.Connection, batch: Sequence[Message]) -> None:
        standing = places(connection, lock=True)
        new = unseen(self._log, self._lowest(standing), batch)
        facts = [decode(document) for _, document in new]
        for projection in self._projections:
            place = standing[projection.name, projection.version]
            if fresh := [fact for fact in facts if fact.envelope.position > place]:
                project(connection, projection, fresh)

    def _lowest(self, standing: dict[tuple[str, int], int]) -> int:
        return min(standing[one.name, one.version] for one in self._projections)

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
        return self._connection

    def _lose_connection(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Keep the read models up to date until `stop`."""
    projector = Projector(station.engines.programme["projector"])
    try:
        await projector.catch_up(stop)
        await follow("projector", station.engines.nats["projector"], projector.take, ready, stop)
    finally:
        projector.close()
