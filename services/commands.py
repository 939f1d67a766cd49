"""The worker `commands`: decides what people ask for, and appends what follows."""

import asyncio
import gc
from contextlib import ExitStack, suppress
from typing import Final
from uuid import uuid4

import psycopg

from services.bus import connected
from services.deciding import Writer
from services.door import Door
from services.resting import Rest
from services.station import Station

LOOK: Final = 1.0  # seconds between looks at whether we are to rest
# What the writer knows is many objects that stay. With its own thresholds the garbage collector
# walks over all of them again and again, for a third of the writer's time, and finds nothing.
SELDOM: Final = (100_000, 20, 100)


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer commands until `stop`, then those that have come in."""
    gc.set_threshold(*SELDOM)
    with ExitStack() as stack:
        vault = station.vault("commands")
        stack.callback(vault.close)
        await asyncio.to_thread(vault.prove)
        writer = Writer(station.engines.programme["commands"], vault, station.clock)
        stack.callback(writer.close)
        client = await connected("commands", station.engines.nats["commands"])
        own = station.settings.source
        door = Door(writer, vault, station.clock, own, fresh=lambda: uuid4().hex)
        rest = Rest(station.engines.programme["commands"], "commands")
        stack.callback(rest.close)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_rest(rest, door, stop))
                await door.serve(client, ready, stop)
            await client.drain()
        finally:
            await client.close()


async def _rest(rest: Rest, door: Door, stop: asyncio.Event) -> None:
    """Look again and again whether an operator wants the door closed for a while."""
    while not stop.is_set():
        with suppress(psycopg.Error):
            door.resting = await asyncio.to_thread(rest.told)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)
