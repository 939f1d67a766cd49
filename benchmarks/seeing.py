"""From the answer of a command to the moment that anybody can see its row."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import psycopg

from benchmarks.asking import Load, Wish, steady
from benchmarks.bench import PATIENCE, bench, child, workers
from benchmarks.deciding import COMMAND
from benchmarks.history import append, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, percentile
from services.engines.addresses import BusAddress

LIGHT: Final = 50
STEADY: Final = 500
LOOK_EVERY: Final = 0.002  # seconds, so a figure is up to this much too long
ROUND_SECONDS: Final = 4
CHECKPOINT: Final = "SELECT min(position) FROM read.builds WHERE state = 'serving'"


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on what is visible when. Rows and checkpoint move in one transaction."""
    seconds = pace.seconds * ROUND_SECONDS
    used, people = 0, int((LIGHT + STEADY) * seconds) + STEADY
    with bench() as at, child() as client, child() as watcher:
        append(at, map(registered, range(people)))
        with workers(at, "commands", "relay", "projector"):
            client.submit(steady, _wish(at.engines.nats["client"], 0), STEADY, 1).result()
            used += STEADY
            reader = at.engines.programme["console"]
            watcher.submit(watch, reader, people + used).result()
            for rate in (LIGHT, STEADY):
                last = people + used + int(rate * seconds)
                seen = watcher.submit(watch, reader, last)
                wish = _wish(at.engines.nats["client"], used)
                load = client.submit(steady, wish, rate, seconds).result()
                used += load.answered
                yield from _told(rate, delays(load, seen.result()))


def _wish(url: BusAddress, first: int) -> Wish:
    return Wish(url, COMMAND, first)


def _told(rate: int, waits: list[float]) -> Iterator[Row]:
    name = f"answer to visible row at {rate} commands a second, ms"
    judged = rate == STEADY
    yield alone(f"{name}, p50", percentile(waits, 0.5), "ms", most=30 if judged else None)
    yield alone(f"{name}, p99", percentile(waits, 0.99), "ms", most=150 if judged else None)


def watch(url: str, last: int) -> list[tuple[int, float]]:
    """Every checkpoint that was seen, and when, until it is `last`."""
    seen: list[tuple[int, float]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.time() + PATIENCE
        while not seen or seen[-1][0] < last:
            row = connection.execute(CHECKPOINT).fetchone()
            checkpoint = int(row[0] or 0) if row else 0
            if not seen or checkpoint > seen[-1][0]:
                seen.append((checkpoint, time.time()))
            if time.time() > deadline:
                raise TimeoutError(f"the read models did not come as far as {last}")
            time.sleep(LOOK_EVERY)
    return seen


def delays(load: Load, seen: list[tuple[int, float]]) -> list[float]:
    """Milliseconds from each answer until its position was seen; 0 if it was seen before."""
    checkpoints = [checkpoint for checkpoint, _ in seen]
    return [
        max(0.0, seen[bisect_left(checkpoints, position)][1] - answered) * 1000
        for position, answered in load.positions
    ]
