"""What a worker can't take in for minutes is noted in the log, once, and settled there, once."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from events.cohorts import ApplicationsOpened, CohortPlanned
from events.people import PersonRegistered
from events.terms import Lack
from events.troubles import TroubleNoted, TroubleSettled
from projections.agenda import AGENDA
from projections.tasks import TASKS
from services.dead_letters.faults import Fault
from services.dead_letters.lacking import LEFT_FOR
from services.dead_letters.parking import Parked, discard, open_dead_letters, park, tried_again
from services.engines.addresses import Engines
from services.read_models.builds import make, serving
from services.workers import scheduler
from tests.scenes.cast import ADA, AUTUMN, SPRING, opened, registered
from tests.scenes.clocks import Clocks, clocks
from tests.scenes.due_times import flat
from tests.scenes.played import history_of
from tests.scenes.world import NOON

FAULT = Fault("ValueError", "events/people.py:1 in read")
FACTS = flat(registered(ADA), opened(), opened(SPRING))
SOON = NOON + timedelta(seconds=1)
OVER = NOON + LEFT_FOR
LATER = OVER + timedelta(hours=1)
Play = Callable[[Clocks], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "EVERY", 600)


def played(engines: Engines, folder: Path, play: Play) -> None:
    async def all_of_it() -> None:
        async with clocks(engines, folder, FACTS) as two:
            await play(two)

    asyncio.run(all_of_it())


def own(engines: Engines, worker: str) -> psycopg.Connection:
    role = worker if worker in ("notifier", "policies") else "projector"
    return psycopg.connect(engines.programme[role])


def build_of(engines: Engines, name: str) -> str:
    """A worker, or the build of a read model that serves."""
    with own(engines, "projector") as connection:
        found = serving(connection, [TASKS, AGENDA])
    return next((one.name for one in found if one.projection == name), name)


def sticks(engines: Engines, worker: str, kind: Any, number: int = 0, at: Any = NOON) -> int:
    """A worker can't take in the fact of a kind with this number; its position."""
    every = [one for one in history_of(engines) if isinstance(one.event, kind)]
    one = every[number].envelope
    with own(engines, worker) as connection:
        park(connection, Parked(worker, one.subject, one.position, one.id), FAULT, at)
    return one.position


def mends(engines: Engines, worker: str, at: Any) -> None:
    """It takes in whatever it could not."""
    with own(engines, worker) as connection:
        keys = connection.execute("SELECT key FROM work.letters WHERE worker = %s", (worker,))
        for (key,) in keys.fetchall():
            for one in open_dead_letters(connection, worker, key):
                tried_again(connection, one, None, at)


def told(two: Clocks) -> list[tuple[type[Any], Any, Any]]:
    """What the log has of it: each fact with the cohort, and what lacks."""
    return [
        (type(one.event), one.event.cohort_id, getattr(one.event, "lacks", None))
        for one in two.done()
        if isinstance(one.event, TroubleNoted | TroubleSettled)
    ]


@pytest.mark.parametrize(
    ("worker", "lacks"),
    [
        ("notifier", Lack.MESSAGE),
        ("policies", Lack.NEXT_STEP),
        (AGENDA.name, Lack.NEXT_STEP),
        (TASKS.name, Lack.LIST),
    ],
)
def test_what_is_left_for_minutes_is_noted_once_and_settled_once(
    fresh: Engines, tmp_path: Path, worker: str, lacks: Lack
) -> None:
    async def play(two: Clocks) -> None:
        name = build_of(fresh, worker)
        sticks(fresh, name, CohortPlanned)
        await two.read(OVER - timedelta(seconds=1), OVER)
        assert told(two) == [], "whoever runs the system may mend it before"
        noted, settled = (TroubleNoted, AUTUMN, lacks), (TroubleSettled, AUTUMN, None)
        for moment in (OVER, OVER + timedelta(seconds=1), LATER):
            await two.read(moment, moment)
            assert told(two) == [noted]
        mends(fresh, name, LATER)
        for moment in (LATER, LATER + timedelta(hours=2)):
            await two.read(moment, moment)
            assert told(two) == [noted, settled]

    played(fresh, tmp_path, play)


def test_each_cohort_is_told_once_of_all_its_own_and_all_of_what_is_no_cohorts(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play(two: Clocks) -> None:
        for number in range(2):
            sticks(fresh, "notifier", CohortPlanned, number)
            sticks(fresh, "notifier", ApplicationsOpened, number, at=SOON)
        sticks(fresh, "notifier", PersonRegistered)
        await two.read(LATER, LATER)
        found = told(two)
        assert len(found) == 3
        assert set(found) == {(TroubleNoted, one, Lack.MESSAGE) for one in (AUTUMN, SPRING, None)}

    played(fresh, tmp_path, play)


def test_it_is_told_once_also_by_a_scheduler_that_forgot_what_it_asked_for(
    fresh: Engines, tmp_path: Path
) -> None:
    """As if it had been killed each time between the answer and noting it."""

    async def play(two: Clocks) -> None:
        sticks(fresh, "policies", CohortPlanned)
        for moment in (OVER, LATER):
            await two.read(moment, moment)
            with psycopg.connect(fresh.programme["owner"]) as owner:
                owner.execute("DELETE FROM work.asked")
        mends(fresh, "policies", LATER)
        for _ in range(2):
            await two.read(LATER, LATER)
            with psycopg.connect(fresh.programme["owner"]) as owner:
                owner.execute("DELETE FROM work.asked")
        assert [kind for kind, *_ in told(two)] == [TroubleNoted, TroubleSettled]

    played(fresh, tmp_path, play)


def test_what_lacks_again_is_noted_again_and_what_is_given_up_is_settled(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play(two: Clocks) -> None:
        sticks(fresh, "policies", CohortPlanned)
        await two.read(OVER, OVER)
        mends(fresh, "policies", OVER)
        await two.read(OVER, OVER)
        sticks(fresh, "policies", CohortPlanned, at=OVER)
        await two.read(OVER + LEFT_FOR, OVER + LEFT_FOR)
        assert [kind for kind, *_ in told(two)] == [TroubleNoted, TroubleSettled, TroubleNoted]
        with own(fresh, "policies") as connection:
            (letters,) = zip(*connection.execute("SELECT letter FROM work.letters"), strict=True)
            assert discard(connection, letters, LATER) == 1
        await two.read(LATER, LATER)
        assert [kind for kind, *_ in told(two)][3:] == [TroubleSettled]

    played(fresh, tmp_path, play)


def test_what_a_build_lacks_that_nobody_sees_is_told_to_nobody(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play(two: Clocks) -> None:
        with psycopg.connect(fresh.programme["projector"]) as connection:
            unseen = make(connection, TASKS, "building")
        sticks(fresh, unseen.name, CohortPlanned)
        await two.read(LATER, LATER)
        assert told(two) == []

    played(fresh, tmp_path, play)
