"""The worker `web`: the same door for whoever speaks HTTP. It has no right of its own."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import structlog

from services.engines.faults import kind_of
from services.patience import Backoff, stopped
from services.process.readiness import kept_ready
from services.process.rest import Rest
from services.process.station import AWAY, Station
from services.stream.connections import connection_of
from services.web.address import listening
from services.web.app import app_of
from services.web.asking import OnTheBus
from services.web.events import Followers
from services.web.server import server_of

WORKER: Final = "web"
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds before the bus is tried again
logger = structlog.get_logger()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer until `stop`, then what has come in. Without a bus everybody is told so."""
    asking, followers = OnTheBus(), Followers()
    settings = station.settings
    app = app_of(asking, followers, tuple((settings.web_origins or "").split()))
    server = server_of(app, settings)
    with listening(settings) as place:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([place]))
            tasks.create_task(_connected(station, asking, ready, stop))
            ended = tasks.create_task(stop.wait())
            await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
            followers.stop.set()
            server.should_exit = True
            await serving
            asking.answered.set()
            ended.cancel()


async def _connected(
    station: Station, asking: OnTheBus, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Keep a connection to the bus, until all are answered."""
    backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    async with AsyncExitStack() as stack:
        rest = Rest(station.engines.programme[WORKER], WORKER)
        stack.push_async_callback(asyncio.to_thread, rest.close)

        async def works() -> bool:
            asking.resting = await asyncio.to_thread(rest.must_rest)
            return True

        while not stop.is_set():
            try:
                address = station.engines.nats[WORKER]
                asking.client = await stack.enter_async_context(connection_of(WORKER, address))
            except AWAY as error:
                logger.warning("worker.waiting", worker=WORKER, problem=kind_of(error).problem)
                await stopped(stop, backoff.pause())
            else:
                await kept_ready(WORKER, asking.client, works, ready, stop)
                await asking.answered.wait()
