"""Races of decisions: several writers book the same few places for the same people.

A command's id may be sent by two of them, also with other content; every answer is then held
against the log.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from random import Random

import psycopg
from eventsourcing.persistence import PersistenceError

from services.engines.addresses import Engines
from services.log.wishes import Wish
from tests.races.contenders import Contender, Decider
from tests.races.findings import Failure, Findings
from tests.races.judging import judged, settled_in
from tests.races.sabotage import commits_refused, connections_killed
from tests.races.scene import PLACES, Plan, plan, plant, scene
from tests.scenes.world import vault_of

WRITERS, DAYS, WISHES = 4, 3, 24
OUTAGE = 60.0  # seconds after which a group that always fails is given up
Scenario = Callable[[Contender, Engines, int], Findings]


def places(contender: Contender, engines: Engines, seed: int) -> Findings:
    """Nothing is broken on purpose: whoever is thrown out of a race is one failure more."""
    return raced(contender, engines, seed, nullcontext(), patience=0)


def failures(contender: Contender, engines: Engines, seed: int) -> Findings:
    """The database refuses many commits, and connections are killed."""
    return raced(contender, engines, seed, _trouble(engines, Random(seed)))


@contextmanager
def _trouble(engines: Engines, chance: Random) -> Iterator[None]:
    with commits_refused(engines, 0.15), connections_killed(engines, chance):
        yield


def raced(
    contender: Contender,
    engines: Engines,
    seed: int,
    trouble: AbstractContextManager[object],
    *,
    days: int = DAYS,
    wishes: int = WISHES,
    patience: float = OUTAGE,
) -> Findings:
    """Threads with a writer each go through their wishes while there is trouble."""
    chance, start = Random(seed), threading.Barrier(WRITERS)
    begin(contender, engines, days)
    with vault_of(engines) as vault:
        own = [Random(chance.random()) for _ in range(WRITERS)]
        plans = [plan(vault, one, days, wishes) for one in own]
        with trouble, ThreadPoolExecutor(WRITERS) as pool:
            racing = [pool.submit(_race, contender, engines, one, start, patience) for one in plans]
            thrown = sum(one.result() for one in racing)
    return verdict(contender, engines, plans) + Findings({Failure.THROWN: thrown})


def begin(contender: Contender, engines: Engines, days: int) -> None:
    """The scene is set in an empty log."""
    with contender.recorder(engines) as log:
        plant(log, [*scene(days)])


def verdict(contender: Contender, engines: Engines, plans: Iterable[Plan]) -> Findings:
    """All that is wrong with the log and the answers."""
    wishes = [wish for plan in plans for group in plan for wish in group]
    settled = settled_in(engines) if contender.settles else None
    with contender.recorder(engines) as log:
        return judged(log, settled, wishes, PLACES)


def _race(
    contender: Contender, engines: Engines, plan: Plan, start: threading.Barrier, patience: float
) -> int:
    """How many groups could not be decided."""
    with contender.decider(engines) as decider:
        start.wait()
        return sum(not insisted(decider, group, patience) for group in plan)


def insisted(decider: Decider, group: Sequence[Wish], patience: float) -> bool:
    """Ask until there is an answer, as the door does; whether there was one in time."""
    deadline = time.monotonic() + patience
    while True:
        try:
            decider.decide(group)
        except (psycopg.Error, PersistenceError):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.005)
        else:
            return True
