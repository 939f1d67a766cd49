"""The worker `safeguarding`: takes in what is told in confidence, in a log nobody else reads."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar
from uuid import uuid4

import psycopg
import structlog
from nats.aio.client import Client

from services.clock import Clock
from services.concerns.casebook import Casebook
from services.concerns.desk import CaseDesk
from services.concerns.effects import Effects
from services.concerns.heads import Heads
from services.concerns.leads import Leads, writing_for
from services.door.asking import ask
from services.door.ties import comers_from
from services.process.readiness import kept_ready
from services.process.rest import Rest
from services.process.station import Station
from services.stream.connections import connection_of
from services.vault.vault import UNOPENED

WORKER: Final = "safeguarding"
LOOK: Final = 1.0  # seconds between looks at what follows
TRY_AGAIN: Final = 15.0  # seconds until leads who could not hear are written to again
LEASE: Final = 0.5  # seconds without a look at the vault
logger = structlog.get_logger()


class Kept(Protocol):
    """What has connections to give back."""

    def close(self) -> None:
        """Give them back."""


T = TypeVar("T", bound=Kept)


class Following(NamedTuple):
    """What follows from what was decided, and what is noted at fixed hours.

    `reading` is the thread in which logs are read: when all stops, what is being read is read to
    its end before the connections are closed.
    """

    effects: Effects
    heads: Heads
    clock: Clock
    reading: Executor

    async def look(self, client: Client) -> None:
        """Ask for what follows, and note the end of the log at its hours."""
        asking, loop = partial(ask, client, worker=WORKER), asyncio.get_running_loop()
        await loop.run_in_executor(self.reading, self.effects.read)
        await self.effects.ask(asking)
        now = self.clock.now()
        if wish := await loop.run_in_executor(self.reading, self.heads.look, now):
            await self.heads.note(wish, asking)

    def close(self) -> None:
        """Give the connections back."""
        self.reading.shutdown()
        self.effects.close()
        self.heads.close()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer until `stop`, then what has come in; ask for what follows from it, and tell the leads
    that there is something to look at.
    """
    own, clock = station.engines.programme[WORKER], station.clock
    async with AsyncExitStack() as stack:
        vault = station.vault(WORKER, LEASE)
        stack.callback(vault.close)

        def kept(thing: T) -> T:
            stack.push_async_callback(asyncio.to_thread, thing.close)
            return thing

        def casebook() -> Casebook:
            return Casebook(own, vault, clock, station.settings.source, lambda: uuid4().hex)

        comers = kept(comers_from(station.settings, clock, own, vault))
        reading = ThreadPoolExecutor(1, thread_name_prefix="following")
        following = kept(Following(Effects(own, vault), Heads(own, vault), clock, reading))
        rest = kept(Rest(own, WORKER))
        writing = writing_for(station)
        leads = kept(Leads(own, vault, clock, casebook(), writing)) if writing else None
        desk = CaseDesk(kept(casebook()), comers, clock)
        told, news = asyncio.Event(), asyncio.Event()

        def answered() -> None:
            for one in (told, news):
                one.set()

        desk.answered = answered
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
            beside = [tasks.create_task(_again(partial(following.look, client), told, LOOK))]
            # By itself: a mail server that is slow, or away, must not hold up what follows.
            beside += [tasks.create_task(_again(leads.tell, news, TRY_AGAIN))] if leads else []
            await desk.serve(client, stop)
            for task in beside:
                task.cancel()


async def _again(look: Callable[[], Awaitable[None]], told: asyncio.Event, pause: float) -> None:
    """Look as soon as something may have been told, and every `pause` seconds, for ever."""
    while True:
        told.clear()
        try:
            await look()
        except psycopg.Error:
            pass  # whether the database is there is looked at, and said, beside this
        except UNOPENED as error:
            logger.error("safeguarding.unavailable", problem=str(error))  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - what is told goes on, whatever does not follow
            logger.error("safeguarding.failed", kind=type(error).__name__)  # noqa: TRY400 - the rest may tell
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):  # `wait_for` loses a cancellation that comes with it
                await told.wait()
