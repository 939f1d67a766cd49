"""The worker `commands`: decides what people ask for, and appends what follows."""

import asyncio
from contextlib import ExitStack
from typing import Final
from uuid import uuid4

import psycopg
import structlog
from nats.aio.client import Client

from services.door.door import Door
from services.door.meeting import Meetings
from services.log.writer import Writer
from services.patience import stopped
from services.process.rest import Rest
from services.process.station import Station
from services.stream.connections import connection_of
from services.vault.vault import UNOPENED

WORKER: Final = "commands"
LOOK: Final = 1.0  # seconds between looks at whether we are to rest, and can work
SWEEP: Final = 3600.0  # seconds between looks at who never became known
SOME: Final = 50  # people who are made findable at once
PATIENCE: Final = 10.0  # seconds for an answer, until the database counts as away
logger = structlog.get_logger()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer commands until `stop`, then those that have come in."""
    own = station.engines.programme[WORKER]
    with ExitStack() as stack:
        vault = station.vault(WORKER)
        stack.callback(vault.close)
        writer = Writer(own, vault, station.clock)
        stack.callback(writer.close)
        meetings = Meetings(own, vault, writer)
        stack.callback(meetings.close)
        await asyncio.to_thread(meetings.prove)
        source = station.settings.source
        door = Door(writer, meetings, vault, station.clock, source, fresh=lambda: uuid4().hex)
        rest = Rest(own, WORKER)
        stack.callback(rest.close)
        async with connection_of(WORKER, station.engines.nats[WORKER]) as client:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_look(rest, door, client, ready, stop))
                indexing = tasks.create_task(_index(meetings, door))
                await door.serve(client, stop)
                indexing.cancel()
            await client.drain()


async def _index(meetings: Meetings, door: Door) -> None:
    """Make newcomers findable: a few each second, and all when nobody asks for anything else. At
    times those are left who never became known.
    """
    clock = asyncio.get_running_loop().time
    sweep_at = clock()
    while True:
        try:
            if clock() >= sweep_at:
                sweep_at = clock() + SWEEP
                await asyncio.to_thread(meetings.sweep)
            done = await asyncio.to_thread(meetings.index, SOME)
        except psycopg.Error:
            done = 0
        except UNOPENED as error:
            logger.error("people.not-indexed", problem=str(error))  # noqa: TRY400 - what to do
            done = 0
        except Exception:
            logger.exception("people.not-indexed")
            done = 0
        await asyncio.sleep(0 if done == SOME and door.is_idle else LOOK)


async def _look(
    rest: Rest, door: Door, client: Client, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Look again and again whether an operator wants the door closed, and whether we can answer.

    `ready` is set while the door is heard and both engines are there.
    """
    await door.heard.wait()
    while not stop.is_set():
        late = asyncio.get_running_loop().call_later(PATIENCE, ready.clear)
        try:
            door.resting = await asyncio.to_thread(rest.must_rest)
            there = client.is_connected
        except psycopg.Error:
            there = False
        late.cancel()
        if client.is_closed:  # for good, as after a refused password
            raise ConnectionError("the door's connection to the bus was closed")
        if there is not ready.is_set():
            logger.info("worker.ready" if there else "worker.waiting", worker=WORKER)
        ready.set() if there else ready.clear()
        await stopped(stop, LOOK)
