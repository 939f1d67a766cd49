"""The worker `commands`: decides what people ask for, and appends what follows."""

import asyncio
from uuid import uuid4

from services.bus import connected
from services.deciding import Writer
from services.door import Door
from services.station import Station


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer commands until `stop`, then those that have come in."""
    vault = station.vault("commands")
    writer = Writer(station.engines.programme["commands"], vault, station.clock)
    client = await connected("commands", station.engines.nats["commands"])
    door = Door(writer, vault, station.clock, station.settings.source, fresh=lambda: uuid4().hex)
    try:
        await door.serve(client, ready, stop)
        await client.drain()
    finally:
        await client.close()
        writer.close()
        vault.close()
