"""Workers side by side in one process: all of them until a signal, and then in their turn."""

import asyncio
import gc
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

import psycopg
import structlog

from services.crew import IN_TURN
from services.engines import schema
from services.engines.faults import kind_of
from services.patience import stopped
from services.process.health import answering_at
from services.process.station import Serve, Station, kept_running
from services.process.watchdog import Watchdog, end_within

LONGEST_DRAIN: Final = 20.0  # seconds for each group of workers that stop together
LONGEST_END: Final = 30.0  # seconds for all there is to do after one of them did not finish
AGAIN: Final = 1.0  # seconds between looks for a log that is not there yet
logger = structlog.get_logger()


async def readable(url: str, stop: asyncio.Event) -> None:
    """Return when there is a log that we can read; processes may start in any order.

    Raises WrongFormat.
    """
    said = ""
    while not stop.is_set():
        try:
            await asyncio.to_thread(schema.check_format, url)
        except schema.NO_TABLES:
            problem = "The tables are not there: run `leading-together provision`."
        except psycopg.Error as error:
            kind, problem = kind_of(error)
            if kind == "other-fault":
                raise
        else:
            return
        if problem != said:
            logger.warning("log.waiting", problem=problem)
            said = problem
        await stopped(stop, AGAIN)


def collect_seldom() -> None:
    """What a worker knows is many objects that stay: rows, knowledge. With its own thresholds the
    garbage collector walks over all of them again and again, for up to a third of the worker's
    time, and finds nothing.
    """
    gc.set_threshold(100_000, 20, 100)


async def serve(
    station: Station,
    workers: Mapping[str, Serve],
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run these workers until `stop`, then let each finish what it has begun.

    They begin when there is a log; the process tells from the start that it is alive. `ready` is
    called once, when all of them take work. Raises WrongFormat.
    """
    collect_seldom()
    well = {name: asyncio.Event() for name in workers}
    with Watchdog() as watchdog, ExitStack() as stack:
        if address := station.settings.health:
            readiness = lambda: {name: one.is_set() for name, one in well.items()}  # noqa: E731
            stack.enter_context(answering_at(address, watchdog.alive, readiness))
        await readable(station.engines.programme[next(iter(workers))], stop)
        if not stop.is_set():
            await _serve(station, workers, well, stop, ready)


async def _serve(
    station: Station,
    workers: Mapping[str, Serve],
    well: Mapping[str, asyncio.Event],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    stops = {name: asyncio.Event() for name in workers}
    tasks = {
        name: asyncio.create_task(
            kept_running(name, serve_one, station, well[name], stops[name]), name=name
        )
        for name, serve_one in workers.items()
    }
    stopping = asyncio.create_task(stop.wait())
    all_ready = asyncio.gather(*(event.wait() for event in well.values()))
    waiting: list[asyncio.Future[Any]] = [stopping, all_ready]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if all_ready.done():
        logger.info("workers.ready", workers=list(workers))
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
        logger.warning("worker.cancelled", worker=task.get_name())
        task.cancel()
        end_within(LONGEST_END)
    await asyncio.gather(*slow, return_exceptions=True)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Ctrl-C and SIGTERM ask all workers to finish; a second one does nothing more."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
