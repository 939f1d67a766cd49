"""Two processes that decide, beside one: they take turns, so order costs them some speed."""

from collections.abc import Iterator
from concurrent.futures import Executor
from statistics import median

from benchmarks.asking import Load, Wish, hammer
from benchmarks.bench import Bench, bench, child, workers
from benchmarks.deciding import COMMAND, JUDGED, RATE
from benchmarks.history import append, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, beside, percentile


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on two writers. What each of several gets is shown by the races of the log."""
    with bench() as at, child() as client, workers(at, "commands"):
        append(at, map(registered, range(pace.people)))
        used = _load(at, client, 0, pace.seconds).answered
        one: list[Load] = []
        two: list[Load] = []
        for _ in range(pace.rounds):
            one.append(_load(at, client, used, pace.seconds))
            used += one[-1].answered
            with workers(at, "commands"):
                two.append(_load(at, client, used, pace.seconds))
                used += two[-1].answered
    name = f"two processes that decide, beside one, {JUDGED} in flight"
    rate_of_two, rate_of_one = _rate(two), _rate(one)
    yield beside(name, rate_of_two, rate_of_one, "commands/s")
    yield beside(f"{name}, longest wait", _longest(two), _longest(one), "ms")


def _load(at: Bench, client: Executor, first: int, seconds: float) -> Load:
    wish = Wish(at.engines.nats["client"], COMMAND, first)
    return client.submit(hammer, wish, int(RATE * seconds), JUDGED, seconds).result()


def _rate(loads: list[Load]) -> float:
    return median(one.rate for one in loads)


def _longest(loads: list[Load]) -> float:
    return max(percentile(one.waits, 1.0) for one in loads) * 1000
