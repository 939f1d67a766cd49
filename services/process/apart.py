"""A worker in a process of its own beside those of ours: started, looked at, started again, ended.

For one that takes in whatever anybody sends: what that costs must not hold up those who decide.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from services.dead_letters.faults import TryAgain
from services.engines.children import launch
from services.patience import stopped
from services.process.station import Serve, Station
from services.settings import secrets

BEGINNING: Final = 0.2  # seconds between looks whether it takes work yet
LOOK: Final = 1.0  # and whether it still does
LONGEST_END: Final = 15.0  # seconds for it to finish what it has in hand
NOT_ITS: Final = ("LT_HEALTH", "PGAPPNAME")  # what is ours alone in our environment
Well = Callable[[], Awaitable[bool]]


def apart(name: str, well: Well) -> Serve:
    """How a worker is run by another process; `well` tells whether that takes work."""

    async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
        async with _running(name, station) as process:
            ended = asyncio.create_task(process.wait())
            while not stop.is_set():
                if ended.done():
                    raise TryAgain(f"the process of {name} has ended: its log says why")
                ready.set() if await well() else ready.clear()
                await stopped(stop, LOOK if ready.is_set() else BEGINNING)

    return serve


@asynccontextmanager
async def _running(name: str, station: Station) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with this worker, which ends with ours at the latest."""
    command = [sys.executable, "-m", "services", "run", name]
    process = await asyncio.create_subprocess_exec(
        *launch(command, signal.SIGTERM, None),
        env=_environment(name, station),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches only us, who tell it
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), LONGEST_END)
            except TimeoutError:
                process.kill()
                await process.wait()


def _environment(name: str, station: Station) -> dict[str, str]:
    """Ours, with the ways to the engines that this worker has, and no other secret."""
    bus = station.engines.nats[name]
    ways = {
        "LT_DATABASE_URL": station.engines.programme[name],
        "LT_NATS_URL": bus.url,
        "LT_NATS_SEED": bus.seed,
        "LT_NATS_CA_FILE": str(bus.authority) if bus.authority else None,
        "LT_DATA": str(station.settings.data),
    }
    told = {*ways, *secrets()}
    left = {*NOT_ITS, *told, *(f"{one}_FILE" for one in told)}
    kept = {one: value for one, value in os.environ.items() if one not in left}
    return kept | {one: value for one, value in ways.items() if value}
