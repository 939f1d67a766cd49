"""The worker `reader`: answers what people may read, and keeps the trail of what was opened."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from services.door.ties import comers_from
from services.engines.connections import KeptConnections
from services.process.complaints import Complaints
from services.process.readiness import kept_ready
from services.process.rest import Rest
from services.process.station import Station
from services.reading.answering import Reader
from services.reading.askers import Askers
from services.reading.desk import THREADS, Desk
from services.stream.connections import connection_of

WORKER: Final = "reader"
LEASE: Final = 0.5  # seconds without a look at the vault: who is erased is shut within one
PATIENCE: Final = 3.0  # seconds for a connection that others use
BOUNDED: Final = {
    "autocommit": True,
    "options": "-c statement_timeout=4s -c lock_timeout=2s"
    " -c idle_in_transaction_session_timeout=10s",
}


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer questions until `stop`, then those that have come in."""
    own = station.engines.programme[WORKER]
    async with AsyncExitStack() as stack:
        vault = station.vault(WORKER, LEASE)
        stack.callback(vault.close)
        rows = KeptConnections(own, THREADS, settings=BOUNDED, patience=PATIENCE)
        stack.callback(rows.close)
        comers = comers_from(station.settings, station.clock, own, vault)
        stack.push_async_callback(asyncio.to_thread, comers.close)
        desk = Desk(Reader(rows, Askers(rows), vault), comers, station.clock)
        desk.complain = Complaints(own, WORKER).tell
        rest = Rest(own, WORKER)
        stack.push_async_callback(asyncio.to_thread, rest.close)
        desk.resting = await asyncio.to_thread(rest.must_rest)

        async def works() -> bool:
            await desk.heard.wait()
            desk.resting = await asyncio.to_thread(rest.must_rest)
            return True

        async with (
            connection_of(WORKER, station.engines.nats[WORKER]) as client,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(kept_ready(WORKER, client, works, ready, stop))
            await desk.serve(client, stop)
