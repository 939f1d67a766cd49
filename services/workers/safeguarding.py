"""The worker `safeguarding`: takes in what is told in confidence, in a log nobody else reads."""

import asyncio
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final
from uuid import uuid4

import psycopg
import structlog
from nats.aio.client import Client

from services.clock import Clock
from services.concerns.casebook import Casebook
from services.concerns.desk import CaseDesk
from services.concerns.effects import Effects
from services.concerns.heads import Heads
from services.door.asking import ask
from services.door.ties import comers_from
from services.process.readiness import kept_ready
from services.process.rest import Rest
from services.process.station import Station
from services.stream.connections import connection_of
from services.vault.vault import UNOPENED

WORKER: Final = "safeguarding"
LOOK: Final = 1.0  # seconds between looks at what follows
LEASE: Final = 0.5  # seconds without a look at the vault
logger = structlog.get_logger()


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Answer until `stop`, then what has come in; and ask for what follows from it."""
    own = station.engines.programme[WORKER]
    async with AsyncExitStack() as stack:
        vault = station.vault(WORKER, LEASE)
        stack.callback(vault.close)
        comers = comers_from(station.settings, station.clock, own, vault)
        stack.push_async_callback(asyncio.to_thread, comers.close)
        source, clock = station.settings.source, station.clock
        casebook = Casebook(own, vault, clock, source, lambda: uuid4().hex)
        stack.push_async_callback(asyncio.to_thread, casebook.close)
        effects, heads, rest = Effects(own, vault), Heads(own, vault), Rest(own, WORKER)
        for one in (effects, heads, rest):
            stack.push_async_callback(asyncio.to_thread, one.close)
        desk = CaseDesk(casebook, comers, clock)
        told = asyncio.Event()
        desk.answered = told.set
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
            following = tasks.create_task(_follow(client, effects, heads, clock, told))
            await desk.serve(client, stop)
            following.cancel()


async def _follow(
    client: Client, effects: Effects, heads: Heads, clock: Clock, told: asyncio.Event
) -> None:
    """Ask for what follows, and note the end of the log at its hours, for ever."""
    asking = partial(ask, client, worker=WORKER)
    while True:
        told.clear()
        try:
            await asyncio.to_thread(effects.read)
            await effects.ask(asking)
            if wish := await asyncio.to_thread(heads.look, clock.now()):
                await heads.note(wish, asking)
        except psycopg.Error:
            pass  # whether the database is there is looked at, and said, beside this
        except UNOPENED as error:
            logger.error("safeguarding.unavailable", problem=str(error))  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - what is told goes on, whatever does not follow
            logger.error("safeguarding.failed", kind=type(error).__name__)  # noqa: TRY400 - the rest may tell
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):  # `wait_for` loses a cancellation that comes with it
                await told.wait()
