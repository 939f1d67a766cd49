"""Workers side by side in one process: what must exist first, then all of them until a signal."""

import asyncio
import gc
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import Any, Final

import psycopg
import structlog

from projections.catalogue import ALL
from services.engines import schema
from services.engines.addresses import Engines, EnginesUnavailable
from services.process.checkpoints import place_of
from services.process.health import told_at
from services.process.station import Serve, Station, kept_running
from services.process.watchdog import Watchdog, end_within
from services.read_models.builds import serving
from services.stream import connections as bus
from services.workers import commands, notifier, policies, projector, relay, scheduler

WORKERS: Final = MappingProxyType(
    {
        "commands": commands.serve,
        "relay": relay.serve,
        "projector": projector.serve,
        "policies": policies.serve,
        "notifier": notifier.serve,
        "scheduler": scheduler.serve,
    }
)
# Those who ask at the door stop before it, and it before those who pass on what it recorded.
IN_TURN: Final = (("scheduler", "policies"), ("commands",), ("relay", "projector", "notifier"))
LONGEST_DRAIN: Final = 20.0  # seconds for each of these three
LONGEST_END: Final = 30.0  # seconds for all there is to do after one of them did not finish
AGAIN: Final = 1.0  # seconds between looks for a log that is not there yet
NO_TABLES: Final = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
log = structlog.get_logger()


async def provision(engines: Engines, replicas: int = 1) -> None:
    """Make tables, rights, stream and consumers, as the owner. Safe at every start.

    Raises EnginesUnavailable if an engine does not answer.
    """
    try:
        await asyncio.to_thread(
            schema.provision, engines.programme["owner"], engines.vault["owner"]
        )
        standing = await asyncio.to_thread(_places, engines)
    except psycopg.OperationalError as error:
        raise EnginesUnavailable(
            "PostgreSQL does not answer. Is it running, and is LT_DATABASE_URL right?"
        ) from error
    try:
        client = await bus.connected("owner", engines.nats["owner"])
    except Exception as error:
        raise EnginesUnavailable(
            "NATS does not answer. Is it running, and is LT_NATS_URL right?"
        ) from error
    try:
        await bus.provision(client, standing, replicas=replicas)
    finally:
        await client.close()


async def readable(url: str, stop: asyncio.Event) -> None:
    """Return when there is a log that we can read; processes may start in any order.

    Raises WrongFormat.
    """
    said = ""
    while not stop.is_set():
        try:
            await asyncio.to_thread(schema.check_format, url)
        except NO_TABLES:
            problem = "The tables are not there: run `leading-together provision`."
        except psycopg.OperationalError:
            problem = "PostgreSQL does not answer, or does not know us."
        else:
            return
        if problem != said:
            log.warning("log.waiting", problem=problem)
            said = problem
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), AGAIN)


def _places(engines: Engines) -> dict[str, int]:
    with psycopg.connect(engines.programme["owner"]) as connection:
        own = {worker: place_of(connection, worker) for worker in ("policies", "notifier")}
        projected = min((one.position for one in serving(connection, ALL)), default=0)
    return {"projector": projected, **own}


def collect_seldom() -> None:
    """What a worker knows is many objects that stay: rows, knowledge. With its own thresholds the
    garbage collector walks over all of them again and again, for up to a third of the worker's
    time, and finds nothing.
    """
    gc.set_threshold(100_000, 20, 100)


async def serve(
    station: Station,
    names: Sequence[str],
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run these workers until `stop`, then let each finish what it has begun.

    `ready` is called once, when all of them take work.
    """
    collect_seldom()
    well = {name: asyncio.Event() for name in names}
    with Watchdog() as watchdog, ExitStack() as stack:
        if address := station.settings.health:
            told = lambda: {name: one.is_set() for name, one in well.items()}  # noqa: E731
            stack.enter_context(told_at(address, watchdog.alive, told))
        await _serve(station, well, stop, ready)


async def _serve(
    station: Station,
    well: Mapping[str, asyncio.Event],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    stops = {name: asyncio.Event() for name in well}
    tasks = {
        name: asyncio.create_task(
            kept_running(name, WORKERS[name], station, well[name], stops[name]), name=name
        )
        for name in well
    }
    stopping = asyncio.create_task(stop.wait())
    all_ready = asyncio.gather(*(event.wait() for event in well.values()))
    waiting: list[asyncio.Future[Any]] = [stopping, all_ready]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if all_ready.done():
        log.info("workers.ready", workers=list(well))
        ready()
    else:
        all_ready.cancel()
    await stopping
    for group in IN_TURN:
        await _finish([tasks[name] for name in group if name in tasks], stops)


async def _finish(tasks: Sequence[asyncio.Task[None]], stops: Mapping[str, asyncio.Event]) -> None:
    """Tell these workers to stop, and wait until they have; not for ever."""
    for task in tasks:
        stops[task.get_name()].set()
    if not tasks:
        return
    _, slow = await asyncio.wait(tasks, timeout=LONGEST_DRAIN)
    for task in slow:
        log.warning("worker.cancelled", worker=task.get_name())
        task.cancel()
        end_within(LONGEST_END)
    await asyncio.gather(*slow, return_exceptions=True)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Ctrl-C and SIGTERM ask all workers to finish; a second one does nothing more."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


__all__ = ["WORKERS", "Serve", "provision", "serve", "stop_on_signals"]
