"""Races on the log itself: many append, with and without conditions, while others read pages."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from random import Random

import psycopg
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBRecorder,
)
from eventsourcing.persistence import IntegrityError, PersistenceError

from services.engines.addresses import Engines
from tests.races.contenders import Contender
from tests.races.findings import Failure, Findings
from tests.races.sabotage import connections_killed

APPENDERS, READERS, BATCHES, TRIES = 6, 2, 25, 15
KILLED = (psycopg.Error, PersistenceError)
SIZES = (0, 0, 100)  # a large append is long on its way, and small ones overtake it
HOT = "a hot tag"
HOT_FACTS = DCBQuery([DCBQueryItem(types=["t"], tags=[HOT])])


def paging(contender: Contender, engines: Engines, seed: int) -> Findings:
    """Readers page by position while others append and some connections are killed."""
    chance, over = Random(seed), threading.Event()
    with contender.recorder(engines) as log, ThreadPoolExecutor(APPENDERS + READERS) as pool:
        readers = [pool.submit(_read_on, log, over) for _ in range(READERS)]
        with connections_killed(engines, chance):
            seeds = [chance.random() for _ in range(APPENDERS)]
            appended = [pool.submit(_append_all, log, n, s) for n, s in enumerate(seeds)]
            sent, known = map(set, zip(*(one.result() for one in appended), strict=True))
        over.set()
        read = [reader.result() for reader in readers]
    with contender.recorder(engines) as log:
        final = [(one.position, one.event.data) for one in log.read()]
    findings = _of_the_whole(final, set().union(*sent), set().union(*known))
    for seen in read:
        findings += _of_a_reader(seen, [position for position, _ in final])
    return findings


def _append_all(log: DCBRecorder, number: int, seed: float) -> tuple[frozenset[bytes], ...]:
    """What was sent, and what is known to be durable."""
    chance, sent, known = Random(seed), set[bytes](), set[bytes]()
    never = DCBAppendCondition(DCBQuery([DCBQueryItem(types=["never"], tags=["never"])]), after=0)
    for batch in range(BATCHES):
        data = [b"%d/%d/%d" % (number, batch, one) for one in range(chance.randint(1, 4))]
        padding = b" " * chance.choice((0, 0, 2000))
        events = [DCBEvent(type="t", data=one + padding, tags=[f"n{number}"]) for one in data]
        sent.update(event.data for event in events)
        with suppress(*KILLED):
            log.append(events, chance.choice((None, never)))
            known.update(event.data for event in events)
    return frozenset(sent), frozenset(known)


def _read_on(log: DCBRecorder, over: threading.Event) -> list[int]:
    """All positions that a reader comes by who goes on from the last one it saw."""
    seen: list[int] = []
    while True:
        last = over.is_set()
        with suppress(*KILLED):
            page = [one.position for one in log.read(after=seen[-1] if seen else 0, limit=50)]
            seen += page
            if last and not page:
                return seen


def _of_the_whole(
    final: Sequence[tuple[int, bytes]], sent: set[bytes], known: set[bytes]
) -> Findings:
    positions, data = [position for position, _ in final], [one for _, one in final]
    return Findings(
        {
            Failure.TWICE: len(final) - len(set(positions)) + len(data) - len(set(data)),
            Failure.GAP: sum(b - a > 1 for a, b in pairwise([0, *positions])),
            Failure.LOST: len(known - set(data)) + len(set(data) - sent),
        }
    )


def _of_a_reader(seen: Sequence[int], final: Sequence[int]) -> Findings:
    skipped = len(set(final) - set(seen))
    holes = sum(b - a > 1 for a, b in pairwise([0, *seen]))
    really = sum(b - a > 1 for a, b in pairwise([0, *final]))
    return Findings({Failure.SKIPPED: skipped, Failure.EARLY: max(0, holes - really)})


def conditions(contender: Contender, engines: Engines, seed: int) -> Findings:
    """Each says how many facts with a tag came before; some on condition, some come what may.

    Who appends on condition must be right: the log is told to refuse what was overtaken.
    """
    chance, wrong = Random(seed), Findings()
    barrier = threading.Barrier(APPENDERS)
    with contender.recorder(engines) as log, ThreadPoolExecutor(APPENDERS) as pool:
        kinds: list[Callable[[DCBRecorder, Random], None]] = [_count, _blurt, _blurt] * 2
        running = []
        for kind in kinds:
            own = Random(chance.random())
            running.append(pool.submit(_again_and_again, kind, log, own, barrier))
        wrong[Failure.THROWN] = sum(one.result() for one in running)
        final = [one.event.data for one in log.read(HOT_FACTS)]
    return wrong + _miscounted(final)


def _again_and_again(
    kind: Callable[[DCBRecorder, Random], None],
    log: DCBRecorder,
    chance: Random,
    barrier: threading.Barrier,
) -> int:
    """How often it failed for another reason than being overtaken."""
    barrier.wait()
    thrown = 0
    for _ in range(TRIES):
        try:
            kind(log, chance)
        except IntegrityError:
            continue
        except KILLED:
            thrown += 1
    return thrown


def _count(log: DCBRecorder, _chance: Random) -> None:
    reading = log.read(HOT_FACTS)
    before = len(list(reading))
    condition = DCBAppendCondition(HOT_FACTS, after=reading.head)
    log.append([DCBEvent(type="t", data=b"%d" % before, tags=[HOT])], condition)


def _blurt(log: DCBRecorder, chance: Random) -> None:
    others = [DCBEvent(type="other", data=b" " * 200, tags=["cold"])] * chance.choice(SIZES)
    log.append([DCBEvent(type="t", data=b"", tags=[HOT]), *others])


def _miscounted(final: Sequence[bytes]) -> Findings:
    counted = list(_counts(final))
    winners = len(counted) - len({said for said, _ in counted})
    wrong = sum(said != truth for said, truth in counted)
    return Findings({Failure.TWO_WON: winners, Failure.PASSED: wrong})


def _counts(final: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    for truth, said in enumerate(final):
        if said:
            yield int(said), truth
