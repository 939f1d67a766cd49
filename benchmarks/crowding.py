"""How long a command over HTTP takes while others are slow, or many: beside the same alone."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from statistics import median
from typing import Any, Final

import uvloop

from benchmarks.asking import Load, Wish, bearer
from benchmarks.bench import bench, child, workers
from benchmarks.deciding import COMMAND, WARM, Series
from benchmarks.history import append, person, registered
from benchmarks.over_http import answer_from, hammer_http, head, place
from benchmarks.pace import Pace
from benchmarks.table import Row, beside, percentile

SLOW: Final = 200  # connections on which a byte a second is sent, each by somebody else
MANY: Final = 256  # connections on which one credential asks, as fast as it is answered
BEGUN: Final = 2.0  # seconds until all of them are there
LONG: Final = 1000  # bytes that those who are slow mean to send
PAUSE: Final = 1.0  # seconds between two of them
JUDGED: Final = 0.95
Behaviour = Callable[[tuple[str, int], Counter[str]], Coroutine[Any, Any, None]]
"""What one of a crowd does at a host and port until it is stopped, and counts."""


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on who is slow and who is many."""
    with bench() as at, child() as client, child() as others, workers(at, "commands", "web"):
        append(at, map(registered, range(pace.people)))

        def http(first: int, *given: Any) -> "Future[Load]":
            return client.submit(
                hammer_http, Wish(at.engines.nats["client"], COMMAND, first), *given
            )

        asks = Series(http, pace.people)
        asks.load(WARM, 0.3)
        others.submit(drip, 0.1).result()  # so that they are at once there when they are wanted
        for what, crowd in (
            (f"{SLOW} send a byte a second", drip),
            (f"one credential floods on {MANY} connections", flood),
        ):
            taken = [
                (_wait(asks, pace.seconds), _crowded(asks, pace.seconds, others.submit, crowd))
                for _ in range(pace.rounds)
            ]
            alone, crowded = (median(each) for each in zip(*taken, strict=True))
            yield beside(
                f"latency of one command over HTTP, p95, while {what}, beside alone",
                crowded,
                alone,
                "ms",
            )


def _wait(asks: Series, seconds: float) -> float:
    return percentile(asks.load(1, seconds).waits, JUDGED) * 1000


def _crowded(
    asks: Series, seconds: float, begin: Callable[..., "Future[int]"], crowd: Callable[..., int]
) -> float:
    """The same while there is a crowd. RuntimeError if there was none."""
    there = begin(crowd, BEGUN + seconds)
    time.sleep(BEGUN)
    wait = _wait(asks, seconds)
    if not there.result():
        raise RuntimeError("nobody was in the way: the row says nothing")
    return wait


def drip(seconds: float) -> int:
    """Have many bodies under way, each a byte a second; how many bytes were sent of them."""
    each = [_drip(head(COMMAND, LONG) % b"Bearer a.b.%d" % one) for one in range(SLOW)]
    return uvloop.run(_together(each, seconds))


def flood(seconds: float) -> int:
    """Have one person ask as often as they are answered; how often that was."""
    request = head(COMMAND, 2) % bearer(person(0)) + b"{}"
    return uvloop.run(_together([_flood(request)] * MANY, seconds))


async def _together(each: Sequence[Behaviour], seconds: float) -> int:
    """All at once for so long; the sum of what they have done."""
    where, done = place(), Counter[str]()
    crowd = [asyncio.create_task(one(where, done)) for one in each]
    await asyncio.wait(crowd, timeout=seconds)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    return done.total()


def _drip(begins: bytes) -> Behaviour:
    async def goes_on(where: tuple[str, int], done: Counter[str]) -> None:
        while True:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection(*where)
                writer.write(begins)
                for _ in range(LONG):
                    writer.write(b"{")
                    await writer.drain()
                    done["bytes"] += 1
                    await asyncio.sleep(PAUSE)

    return goes_on


def _flood(request: bytes) -> Behaviour:
    async def goes_on(where: tuple[str, int], done: Counter[str]) -> None:
        while True:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(*where)
                while True:
                    writer.write(request)
                    await answer_from(reader)
                    done["answers"] += 1

    return goes_on
