"""Races of decisions: several writers book the same few places for the same people.

A command's id may be sent by two of them, also with other content; every answer is then held
against the log.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from random import Random

import psycopg
from eventsourcing.dcb.api import DCBEvent, DCBRecorder
from eventsourcing.persistence import PersistenceError

from domain.bookings import BookWorkshop
from events.envelope import Cause, encode, head_of
from events.event import Event
from events.ids import ApplicationId, PersonId, WorkshopId, derived_uuid
from events.offers import PlaceConfirmed
from events.terms import Side
from events.workshops import WorkshopScheduled
from services.deciding import Wish
from services.engines import Engines
from services.vault import Vault
from tests.races.contenders import Contender, Decider
from tests.races.findings import Failure, Findings
from tests.races.judging import judged
from tests.races.sabotage import connections_killed, make_moody, set_mood
from tests.services.world import AUTUMN, NOON, vault_of, wish

WRITERS, PEOPLE, PLACES, WISHES = 4, 6, 4, 24
WORKSHOPS = tuple(WorkshopId.derived(NOON, str(number)) for number in range(3))
MEMBERS = tuple(PersonId.derived(NOON, f"member {number}") for number in range(PEOPLE))
DAY = datetime(2025, 1, 15, 10, tzinfo=UTC)
OUTAGE = 30.0  # seconds after which a group that always fails is given up


def places(contender: Contender, engines: Engines, seed: int) -> Findings:
    """Nothing is broken on purpose: whoever is thrown out of a race is one failure more."""
    return _raced(contender, engines, seed, nullcontext(), tries=1)


def failures(contender: Contender, engines: Engines, seed: int) -> Findings:
    """The database refuses one commit in three or so, and connections are killed."""
    return _raced(contender, engines, seed, _trouble(engines, Random(seed)))  # noqa: S311


@contextmanager
def _trouble(engines: Engines, chance: Random) -> Iterator[None]:
    make_moody(engines)
    set_mood(engines, 0.15)
    with connections_killed(engines, chance):
        yield


def _raced(
    contender: Contender,
    engines: Engines,
    seed: int,
    trouble: AbstractContextManager[None],
    tries: int = 1000,
) -> Findings:
    chance, start = Random(seed), threading.Barrier(WRITERS)  # noqa: S311 - a race
    with contender.recorder(engines) as log:
        plant(log, [*scene()])
    with vault_of(engines) as vault:
        plans = [list(_groups(vault, Random(chance.random()))) for _ in range(WRITERS)]  # noqa: S311
        with trouble, ThreadPoolExecutor(WRITERS) as pool:
            racing = [pool.submit(_race, contender, engines, p, start, tries) for p in plans]
            thrown = sum(one.result() for one in racing)
    wishes = [wish for plan in plans for group in plan for wish in group]
    with contender.recorder(engines) as log:
        findings = judged(log, wishes, PLACES, exact=contender.exact)
    return findings + Findings({Failure.THROWN: thrown})


def scene() -> Iterator[Event]:
    """Three workshops, and people who have a confirmed place on the cohort."""
    for number, workshop_id in enumerate(WORKSHOPS, 1):
        yield WorkshopScheduled(
            workshop_id=workshop_id,
            cohort_id=AUTUMN,
            number=number,
            title="Trying out skills",
            starts_at=DAY,
            ends_at=DAY.replace(hour=16),
            venue="The Guildhall, Exeter",
            capacity=PLACES,
        )
    for person_id in MEMBERS:
        yield PlaceConfirmed(
            application_id=ApplicationId.derived(NOON, person_id),
            cohort_id=AUTUMN,
            person_id=person_id,
            side=Side.PATIENT_LEADER,
        )


def plant(log: DCBRecorder, facts: Sequence[Event]) -> None:
    """Facts from position 1 on, as if somebody had commanded them."""
    log.append([_planted(position, fact) for position, fact in enumerate(facts, 1)])


def _planted(position: int, fact: Event) -> DCBEvent:
    by = f"planted {position}"
    cause = Cause(
        command_id=by,
        digest="0" * 32,
        actor="system:tests",
        role="coordinator",
        source="tests",
        time=NOON,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=by,
        causation_id=by,
    )
    body = encode(fact, str(derived_uuid(NOON, by)), cause)
    return DCBEvent(fact.wire_name(), head_of(position, 0, NOON) + body, [*fact.tags(), by])


def _groups(vault: Vault, chance: Random) -> Iterator[list[Wish]]:
    wishes = [_wish(vault, chance) for _ in range(WISHES)]
    while wishes:
        size = chance.randint(1, 6)
        yield wishes[:size]
        del wishes[:size]


def _wish(vault: Vault, chance: Random) -> Wish:
    """A booking; a third have an id that others use too, some of them for another booking."""
    workshop_id, person_id = chance.choice(WORKSHOPS), chance.choice(MEMBERS)
    named = None
    if chance.random() < 1 / 3:
        named = f"{workshop_id} {chance.choice((person_id, person_id, 'whoever'))}"
    return wish(vault, BookWorkshop(workshop_id=workshop_id, person_id=person_id), named)


def _race(
    contender: Contender,
    engines: Engines,
    plan: Sequence[Sequence[Wish]],
    start: threading.Barrier,
    tries: int,
) -> int:
    """How many groups could not be decided."""
    thrown = 0
    with contender.decider(engines) as decider:
        start.wait()
        for group in plan:
            thrown += not insisted(decider, group, tries)
    return thrown


def insisted(decider: Decider, group: Sequence[Wish], tries: int) -> bool:
    """Ask until there is an answer, as the door does; whether there was one in time."""
    deadline = time.monotonic() + OUTAGE
    for _ in range(tries):
        try:
            decider.decide(group)
        except (psycopg.Error, PersistenceError):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        else:
            return True
    return False


Scenario = Callable[[Contender, Engines, int], Findings]
