"""Whether a log of a million events, or five, slows commands, and what workers take beside it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from typing import Final

import psycopg

from benchmarks.asking import Wish, hammer
from benchmarks.bench import Bench, bench, child, workers
from benchmarks.deciding import COMMAND, JUDGED
from benchmarks.history import append, registered
from benchmarks.idling import SETTLED, resident_mib
from benchmarks.pace import Pace
from benchmarks.relaying import emptied, filled
from benchmarks.table import Row, alone, alternated, beside
from services.clock import SystemClock
from services.crew import NAMES
from services.operations.provisioning import provision
from services.workers.projector import Projector

FEW: Final = 10_000
RATE: Final = 3_000  # commands a second: so many people are used up at most
A_RUN: Final = 0.8  # seconds, so that the small log stays small
LONGEST: Final = 900.0  # seconds until the stream has what the log has


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on a large log."""
    with ExitStack() as stack:
        small, large = stack.enter_context(bench()), stack.enter_context(bench())
        clients = [stack.enter_context(child()) for _ in range(2)]
        for at, events in ((small, FEW), (large, pace.large)):
            append(at, map(registered, range(events)))
        with workers(small, "commands"), workers(large, "commands"):
            few, many = _rate(small, clients[0]), _rate(large, clients[1])
            few(), many()
            at_few, at_many = alternated(pace.rounds, few, many)
        yield beside(
            f"commands/s on a log of {pace.large:,} events, beside {FEW:,}",
            at_many,
            at_few,
            "commands/s",
            least=0.9,
        )
        yield from _memory(large, pace, many)


def _rate(at: Bench, client: Executor) -> Callable[[], float]:
    used = 0

    def rate() -> float:
        nonlocal used
        count = min(int(RATE * A_RUN), FEW - used)
        wish = Wish(at.engines.nats["client"], COMMAND, used)
        load = client.submit(hammer, wish, count, JUDGED, A_RUN).result()
        used += load.answered
        return load.rate

    return rate


def _memory(at: Bench, pace: Pace, ask: Callable[[], float]) -> Iterator[Row]:
    """Of each worker once the stream has everything and some commands went through all of them.

    Workers begin behind what is there: to take a million facts in one by one is another question.
    """
    _at_the_head(at)
    with child() as pool, workers(at, *NAMES) as pids:
        pool.submit(filled, at.engines.nats["owner"], pace.large, LONGEST).result()
        ask()
        time.sleep(SETTLED)
        for name, pid in pids.items():
            what = f"worker {name} beside {pace.large:,} events, memory"
            yield alone(what, resident_mib(pid), "MiB")


def _at_the_head(at: Bench) -> None:
    projector = Projector(at.engines.programme["projector"], SystemClock())
    projector.prepare()
    projector.close()
    with psycopg.connect(at.engines.programme["owner"]) as owner:
        (head,) = owner.execute("SELECT max(position) FROM log.events").fetchone() or (0,)
        owner.execute(
            "UPDATE work.places SET position = %(at)s, event = log.digest_at(%(at)s)", {"at": head}
        )
    with psycopg.connect(at.engines.programme["projector"]) as projecting:
        projecting.execute(
            "UPDATE read.builds SET position = %(at)s, event = log.digest_at(%(at)s)", {"at": head}
        )
    emptied(at.engines.nats["owner"])  # with consumers that would bring everything
    asyncio.run(provision(at.engines))
