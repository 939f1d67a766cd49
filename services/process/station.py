"""What every worker is given at its start, and how it is kept running."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import structlog
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from services.clock import Clock
from services.dead_letters.faults import TryAgain
from services.engines.addresses import Engines
from services.engines.faults import EngineFault, kind_of
from services.files import WrongFile
from services.patience import Backoff, stopped
from services.process.complaints import Complaints
from services.settings import Settings, WrongSetting
from services.vault.epochs import EpochKeys
from services.vault.keys import LEASE
from services.vault.vault import UNOPENED, Vault

logger = structlog.get_logger()


@dataclass(frozen=True)
class Station:
    """Engines, clock and settings. `wake` says to the scheduler that the clock was moved, and
    `wake_letters` to the notifier.
    """

    engines: Engines
    clock: Clock
    settings: Settings
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    wake_letters: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def outbox(self) -> Path:
        """The folder of messages that are written as files."""
        return self.settings.data / "outbox"

    @property
    def letters_wait(self) -> bool:
        """Whether letters that are not urgent wait for others, and for the morning."""
        said = self.settings.letters_wait
        return said if said is not None else self.settings.smtp_url is not None

    def vault(self, role: str, lease: float = LEASE) -> Vault:
        """The vault, as one of the roles that may open it; `lease` is in seconds."""
        return Vault(self.engines.vault[role], keys_of(self.settings), lease)


def keys_of(settings: Settings) -> EpochKeys:
    """The keys of the vault's epochs, in the files that the settings name."""
    return EpochKeys(settings.master_key, settings.epoch_keys)


Serve = Callable[[Station, asyncio.Event, asyncio.Event], Coroutine[Any, Any, None]]
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds before a worker begins again
TELLING: Final = (*UNOPENED, WrongSetting, WrongFile)
"""What can't be mended from here, and says itself what somebody has to do."""
# An engine that does not answer, or what `provision` makes on it and has not made yet.
AWAY: Final = (psycopg.OperationalError, NatsError, NotFoundError, TryAgain, OSError)


async def kept_running(
    name: str, serve: Serve, station: Station, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Serve until `stop`; after a fault wait a moment and begin again, for ever."""
    backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE, jitter=0.5)
    complaints = Complaints(station.engines.programme[name], name)
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await serve(station, ready, stop)
        except Exception as error:
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                backoff.reset()  # it was steady
            pause = backoff.pause()
            complaints.tell(_fault(error))
            if isinstance(error, TELLING):
                logger.error("worker.waiting", worker=name, problem=str(error))  # noqa: TRY400
            elif _passes(error):
                kind, problem = kind_of(error)
                say = logger.error if kind in ("refused", "unsafe") else logger.warning
                say("worker.waiting", worker=name, problem=problem)
            else:
                logger.exception("worker.failed", worker=name, pause=round(pause, 2))
            ready.clear()
            await stopped(stop, pause)


def _fault(error: Exception) -> EngineFault:
    """What may be said of it: of missing keys and wrong settings the text says what to do."""
    return EngineFault("other-fault", str(error)) if isinstance(error, TELLING) else kind_of(error)


def _passes(error: BaseException) -> bool:
    """Whether it can be mended from outside: by time, or by whoever runs the engines."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(_passes, error.exceptions))
    return isinstance(error, AWAY) or kind_of(error).kind != "other-fault"
