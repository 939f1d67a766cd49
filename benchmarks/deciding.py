"""Commands per second and the wait of one: through NATS, beside the library and UmaDB."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from statistics import median
from typing import Any, Final

import psycopg

from benchmarks import peers
from benchmarks.asking import Load, Wish, hammer
from benchmarks.bench import Bench, bench, child, workers
from benchmarks.history import append, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, beside, percentile

COMMAND: Final = "interest.express"
IN_FLIGHT: Final = (1, 8, 64, 256)
JUDGED: Final = 64  # the concurrency that the targets name
RATE: Final = 10_000  # nobody is expected to do more commands a second than this
WARM: Final = 64


Run = Callable[..., "Future[Load]"]  # first, count, in flight, seconds


class Series:
    """One system under test: each run takes people whom no run before it has taken."""

    def __init__(self, run: Run, people: int) -> None:
        self._run, self._people, self._used = run, people, 0

    def load(self, in_flight: int, seconds: float) -> Load:
        """A run of so many at once, for so long or until the people are used up."""
        count = min(int(RATE * seconds), self._people - self._used)
        load = self._run(self._used, count, in_flight, seconds).result()
        self._used += load.answered
        if self._used >= self._people:
            raise RuntimeError("there were too few people for so fast a machine: see pace.py")
        return load


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on commands."""
    with (
        bench() as at,
        child() as client,
        child() as library,
        child() as uma,
        peers.uma_server(at.data / "uma") as uma_url,
        workers(at, "commands"),
    ):
        append(at, map(registered, range(pace.people)))
        library_url = _library_database(at)
        fewer = pace.peer_people // 4
        library.submit(peers.library_knows, library_url, fewer).result()
        uma.submit(peers.uma_knows, uma_url, pace.peer_people).result()

        def ours(first: int, *given: Any) -> "Future[Load]":
            return client.submit(hammer, Wish(at.engines.nats["client"], COMMAND, first), *given)

        systems = (
            Series(ours, pace.people),
            Series(partial(_threads, library, peers.library, library_url), fewer),
            Series(partial(_threads, uma, peers.uma, uma_url), pace.peer_people),
        )
        for system in systems:
            system.load(WARM, 0.3)
        for in_flight in IN_FLIGHT:
            yield from _compared(systems, in_flight, pace)


def _threads(pool: Executor, peer: Callable[..., Load], url: str, *given: Any) -> "Future[Load]":
    return pool.submit(peer, url, *given)


def _library_database(at: Bench) -> str:
    """A database of the library's own beside the programme's."""
    owner = at.engines.programme["owner"]
    with psycopg.connect(owner, autocommit=True) as server:
        server.execute("CREATE DATABASE library")
    return f"{owner.rpartition('/')[0]}/library"


def _compared(systems: Sequence[Series], in_flight: int, pace: Pace) -> Iterator[Row]:
    taken = [[one.load(in_flight, pace.seconds) for one in systems] for _ in range(pace.rounds)]
    ours, library, uma = zip(*taken, strict=True)
    name = f"commands per second, {in_flight} in flight"
    threads = min(in_flight, peers.LIBRARY_THREADS)
    wanted = in_flight == JUDGED
    yield beside(
        f"{name}, beside the library ({threads} threads)",
        _rate(ours),
        _rate(library),
        "commands/s",
        least=8 if wanted else None,
    )
    yield beside(
        f"{name}, beside UmaDB ({in_flight} threads)",
        _rate(ours),
        _rate(uma),
        "commands/s",
        least=1 if wanted else None,
    )
    if wanted:
        yield alone(name, _rate(ours), "commands/s", least=5000)
    if in_flight == 1:
        yield beside(
            "latency of one command, p50, beside the library's read and append",
            _wait(ours),
            _wait(library),
            "ms",
            most=1,
        )


def _rate(loads: Sequence[Load]) -> float:
    return median(one.rate for one in loads)


def _wait(loads: Sequence[Load]) -> float:
    return median(percentile(one.waits, 0.5) for one in loads) * 1000
