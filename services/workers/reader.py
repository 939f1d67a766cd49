"""The worker `reader`: answers what people may read, and keeps the trail of what was opened."""

import asyncio
from contextlib import ExitStack
from typing import Final

import psycopg
import structlog
from nats.aio.client import Client

from services.door.ties import comers_from
from services.engines.connections import KeptConnections
from services.patience import stopped
from services.process.complaints import Complaints
from services.process.rest import Rest
from services.process.station import Station, keys_of
from services.reading.answering import Reader
from services.reading.desk import THREADS, Desk
from services.stream.connections import connection_of
from services.vault.vault import Vault

WORKER: Final = "reader"
LOOK: Final = 1.0  # seconds between looks at whether we are to rest, and can work
LEASE: Final = 0.5  # seconds without a look at the vault: who is erased is shut within one
PATIENCE: Final = 3.0  # seconds for a connection that others use
BOUNDED: Final = {
    "autocommit": True,
    "options": "-c statement_timeout=4s -c lock_timeout=2s"
    " -c idle_in_transaction_session_timeout=10s",
}
logger = structlog.get_logger()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer questions until `stop`, then those that have come in."""
    own = station.engines.programme[WORKER]
    with ExitStack() as stack:
        vault = Vault(station.engines.vault[WORKER], keys_of(station.settings), LEASE)
        stack.callback(vault.close)
        connections = KeptConnections(own, THREADS, settings=BOUNDED, patience=PATIENCE)
        stack.callback(connections.close)
        comers = comers_from(station.settings, station.clock, own, vault)
        stack.callback(comers.close)
        desk = Desk(Reader(connections, vault), comers, station.clock)
        desk.complain = Complaints(own, WORKER).tell
        rest = Rest(own, WORKER)
        stack.callback(rest.close)
        desk.resting = await asyncio.to_thread(rest.must_rest)
        async with (
            connection_of(WORKER, station.engines.nats[WORKER]) as client,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(_look(rest, desk, client, ready, stop))
            await desk.serve(client, stop)


async def _look(
    rest: Rest, desk: Desk, client: Client, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Look again and again whether we are to rest; `ready` is set while both engines are there."""
    await desk.heard.wait()
    while not stop.is_set():
        try:
            desk.resting = await asyncio.to_thread(rest.must_rest)
            there = client.is_connected
        except psycopg.Error:
            there = False
        if client.is_closed:  # for good, as after a refused seed
            raise ConnectionError("the reader's connection to the bus was closed")
        if there is not ready.is_set():
            logger.info("worker.ready" if there else "worker.waiting", worker=WORKER)
        ready.set() if there else ready.clear()
        await stopped(stop, LOOK)
