"""What every worker is given at its start, and how it is kept running."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from typing import Final

import psycopg
import structlog
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from services.clock import Clock
from services.dead_letters.parking import TryAgain
from services.engines.addresses import Engines
from services.settings import Settings
from services.vault.vault import Vault

log = structlog.get_logger()


@dataclass(frozen=True)
class Station:
    """Engines, clock, settings, and the vault's master key. `wake` says that the clock was
    moved.
    """

    engines: Engines
    clock: Clock
    settings: Settings
    master: bytes = field(repr=False)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def outbox(self) -> Path:
        """The folder of messages that are written as files."""
        return self.settings.data / "outbox"

    def vault(self, role: str) -> Vault:
        """The vault, as one of the roles that may open it."""
        return Vault(self.engines.vault[role], self.master)


Serve = Callable[[Station, asyncio.Event, asyncio.Event], Awaitable[None]]
LONGEST_PAUSE: Final = 10.0
# An engine that does not answer, or what `provision` makes on it and has not made yet.
AWAY: Final = (psycopg.OperationalError, NatsError, NotFoundError, TryAgain, OSError)


async def kept_running(
    name: str, serve: Serve, station: Station, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Serve until `stop`; after a fault wait a moment and begin again, for ever."""
    pause = 0.2
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await serve(station, ready, stop)
        except Exception as error:
            if isinstance(error, AWAY):
                log.warning("worker.waiting", worker=name, problem=type(error).__name__)
            else:
                log.exception("worker.failed", worker=name, pause=pause)
            ready.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause * (0.5 + random() / 2))  # noqa: S311
            steady = asyncio.get_running_loop().time() - began > LONGEST_PAUSE
            pause = 0.2 if steady else min(pause * 2, LONGEST_PAUSE)
