import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from events.cohorts import ApplicationsClosed
from events.offers import OfferAccepted, OfferLapsed
from services.clock import SetClock
from services.engines.addresses import Engines
from services.process.station import Station
from services.workers import scheduler
from tests.scenes.at_work import at_work, eventually
from tests.scenes.clocks import project
from tests.scenes.played import Scene, history_of
from tests.scenes.world import NOON, door_on, station

CLOSED = datetime(2024, 10, 11, 23, 0, tzinfo=UTC)  # midnight in London, in summer
LAPSED = datetime(2024, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def here(fresh: Engines, tmp_path: Path) -> Station:
    return station(fresh, tmp_path, SetClock(NOON))


@pytest.fixture
def said() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


@asynccontextmanager
async def scene_on(here: Station) -> AsyncIterator[Scene]:
    async with door_on(here) as client:
        yield Scene(here, client, clock(here))


def clock(here: Station) -> SetClock:
    assert isinstance(here.clock, SetClock)
    return here.clock


def move(here: Station, moment: datetime) -> None:
    clock(here).set(moment)
    here.wake.set()


def asked(said: list[EventDict]) -> list[tuple[str, str]]:
    """What the scheduler got an answer to: the command and the answer."""
    found = [one for one in said if one["event"] == "scheduler.asked"]
    return [(one["command"], one["answer"]) for one in found]


def count(engines: Engines, kind: Any) -> int:
    return sum(isinstance(fact.event, kind) for fact in history_of(engines))


def test_what_is_due_is_asked_for_when_the_clock_comes_to_it(
    here: Station, said: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Woken by the clock that moved: it would not look again by itself."""
    monkeypatch.setattr(scheduler, "EVERY", 600)

    async def play() -> None:
        async with scene_on(here) as scene:
            await scene.plans()
            await project(here)
            async with at_work(scheduler.serve, here):
                move(here, datetime(2024, 10, 11, 22, 59, 59, tzinfo=UTC))
                await eventually(lambda: not here.wake.is_set())
                move(here, CLOSED)
                await eventually(lambda: asked(said) == [("cohort.close-applications", "accepted")])
            (closed,) = [
                fact.envelope
                for fact in history_of(here.engines)
                if isinstance(fact.event, ApplicationsClosed)
            ]
            assert closed.time == CLOSED
            assert closed.origin.actor == "system:scheduler"

    asyncio.run(play())


def test_it_is_asked_for_once_also_by_a_scheduler_that_starts_again(
    here: Station, said: list[EventDict]
) -> None:
    """The agenda stands still, so it goes on to say that applications have to be closed."""

    async def play() -> None:
        async with scene_on(here) as scene:
            await scene.plans()
            await scene.plans(closes_on="2024-10-18", title="Spring 2025")
            await project(here)
            clock(here).set(CLOSED)
            async with at_work(scheduler.serve, here):
                await eventually(lambda: len(asked(said)) == 1)
            clock(here).set(datetime(2024, 10, 19, tzinfo=UTC))
            async with at_work(scheduler.serve, here):
                await eventually(lambda: len(asked(said)) == 2)
        with psycopg.connect(here.engines.programme["scheduler"]) as connection:
            assert scheduler.due(connection, here.clock.now()) == []

    asyncio.run(play())
    assert count(here.engines, ApplicationsClosed) == 2


def test_killed_between_the_answer_and_its_note_it_asks_again_and_nothing_follows_twice(
    here: Station, said: list[EventDict]
) -> None:
    async def play() -> None:
        async with scene_on(here) as scene:
            await scene.plans()
            await project(here)
            clock(here).set(CLOSED)
            for _ in range(2):
                async with at_work(scheduler.serve, here):
                    await eventually(lambda: asked(said))
                with psycopg.connect(here.engines.programme["owner"]) as owner:
                    owner.execute("DELETE FROM work.asked")

    asyncio.run(play())
    assert count(here.engines, ApplicationsClosed) == 1


def test_an_answered_offer_does_not_lapse(here: Station, said: list[EventDict]) -> None:
    async def play() -> None:
        async with scene_on(here) as scene:
            await scene.plans(places_per_side=2)
            ada, ben = await scene.meets("Ada"), await scene.meets("Ben")
            both = [await scene.hands_in(ada), await scene.hands_in(ben)]
            await scene.decides(dict.fromkeys(both, "offer"))
            await scene.releases()
            await scene.do("offer.accept", {"application_id": both[0]}, by=ada)
            await project(here)
            async with at_work(scheduler.serve, here):
                move(here, LAPSED)
                await eventually(lambda: ("offer.lapse", "accepted") in asked(said))
        lapses = [one for one in asked(said) if one[0] == "offer.lapse"]
        assert len(lapses) == 1
        facts = [fact.event for fact in history_of(here.engines)]
        assert [one.person_id for one in facts if isinstance(one, OfferLapsed)] == [ben]
        assert [one.person_id for one in facts if isinstance(one, OfferAccepted)] == [ada]

    asyncio.run(play())


def test_a_closed_door_postpones_and_nothing_is_forgotten(
    here: Station, said: list[EventDict]
) -> None:
    async def play() -> None:
        async with scene_on(here) as scene:
            await scene.plans()
            await project(here)
        clock(here).set(CLOSED)
        async with at_work(scheduler.serve, here):
            await eventually(lambda: any(one["event"] == "scheduler.postponed" for one in said))
            assert asked(said) == []
            async with door_on(here):
                await eventually(lambda: asked(said) == [("cohort.close-applications", "accepted")])

    asyncio.run(play())
