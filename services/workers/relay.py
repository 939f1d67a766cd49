"""The worker `relay`: what the log has, the stream gets (services/stream/copying.py says how)."""

import asyncio
from typing import Final

import psycopg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.engines.connecting import connect_async
from services.engines.faults import kind_of
from services.log.log import Stored
from services.log.statements import CHANNEL
from services.patience import Backoff, stopped
from services.process.complaints import APART, Complaints
from services.process.readiness import cleared_if_late
from services.process.rest import is_paused_async, say_whether
from services.process.station import Station
from services.stream.connections import connection_of
from services.stream.copying import Copying, StreamIsNotACopy, after

WORKER: Final = "relay"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before it begins again after a fault
LOOK: Final = 1.0  # seconds between looks at stream and log where nothing happens, and at orders
logger = structlog.get_logger()


class Relay:
    """Copies the log behind `url` to the stream. A second one is harmless, and idle."""

    def __init__(self, url: str, client: Client) -> None:
        self._url, self._client = url, client
        self._copying = Copying(client)
        self._backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE)
        self._complaints = Complaints(url, WORKER)
        self._said = ("", "")
        self._looked, self._rests = 0.0, False

    async def serve(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        """Copy until `stop`; on any fault begin again from the tail."""
        while not stop.is_set():
            if self._client.is_closed:  # for good, as after a refused password
                raise ConnectionError("the relay's connection to the bus was closed")
            try:
                async with await connect_async(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._follow(connection, ready, stop)
            except (psycopg.Error, NatsError, APIError, TimeoutError, OSError) as error:
                ready.clear()
                self._complaints.tell(kind_of(error))
                self._say("relay.interrupted", _problem(error))
                await stopped(stop, self._backoff.pause())
            except StreamIsNotACopy as error:
                ready.clear()
                self._complaints.tell(APART)
                self._say("relay.stopped", str(error))
                await stopped(stop, LOOK)

    def _say(self, event: str, problem: str) -> None:
        """Once for each problem, however often it is met again."""
        if (event, problem) != self._said:
            level = logger.critical if event == "relay.stopped" else logger.warning
            level(event, problem=problem)
        self._said = event, problem

    async def _follow(
        self, connection: psycopg.AsyncConnection, ready: asyncio.Event, stop: asyncio.Event
    ) -> None:
        """Publish what the log has beyond the tail; returns when somebody else moved the tail, or
        made the stream anew.
        """
        last = await self._copying.verified_tail(connection)
        while not stop.is_set():
            ready.set()
            with cleared_if_late(ready):
                rows = await self._copying.what_follows(connection, last)
            if rows is None:
                return
            last = await self._copy(connection, last, rows)
            self._backoff.reset()
            self._said = ("", "")
            await _news(connection, stop)

    async def _copy(
        self, connection: psycopg.AsyncConnection, last: Stored, rows: list[Stored]
    ) -> Stored:
        """Publish these rows and what follows them, reading on meanwhile; the new tail."""
        while rows and not await self._must_rest(connection):
            coming = asyncio.create_task(after(connection, rows[-1]))
            try:
                await self._copying.publish(rows, last.position)
            except BaseException:
                coming.cancel()
                await asyncio.wait([coming])
                raise
            last, rows = rows[-1], await coming
        return last

    async def _must_rest(self, connection: psycopg.AsyncConnection) -> bool:
        """Whether an operator wants us to rest, as of a second ago at most."""
        now = asyncio.get_running_loop().time()
        if now - self._looked >= LOOK:
            rests = await is_paused_async(connection, WORKER)
            if rests is not self._rests:
                say_whether(WORKER, rests=rests)
            self._looked, self._rests = now, rests
        return self._rests


async def _news(connection: psycopg.AsyncConnection, stop: asyncio.Event) -> None:
    """Wait until somebody has written, a second at most, or until `stop`."""
    heard = asyncio.create_task(_heard(connection))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((heard, stopping), return_when=asyncio.FIRST_COMPLETED)
        if heard.done():
            heard.result()
    finally:
        heard.cancel()
        stopping.cancel()
        await asyncio.wait((heard, stopping))


async def _heard(connection: psycopg.AsyncConnection) -> None:
    async for _ in connection.notifies(timeout=LOOK, stop_after=1):
        pass


def _problem(error: Exception) -> str:
    """The class of a fault, and what the bus said of it: a full disk, say."""
    said = error.description if isinstance(error, APIError) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Copy the log to the stream until `stop`."""
    async with connection_of(WORKER, station.engines.nats[WORKER]) as client:
        await Relay(station.engines.programme[WORKER], client).serve(ready, stop)
