"""An answer counts for its moment: what the agenda still has is asked for again, without harm."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from nats.aio.msg import Msg
from structlog.testing import capture_logs

from domain.projects.milestones import ReturnReason
from events.calendar import end_of
from events.cohorts import ApplicationsClosed
from events.projects import MilestoneOverdue, MilestoneReturned
from events.workshops import WorkshopRescheduled
from services.door import asking
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.workers import commands, scheduler
from services.workers.scheduler import Asked
from tests.scenes.at_work import at_work, client_of, eventually
from tests.scenes.cast import AUTUMN, BEN, SPRING, opened
from tests.scenes.clocks import Clocks, Wayward, clocks, happen, project
from tests.scenes.due_times import HISTORIES, dues, flat
from tests.scenes.pairs import pairing
from tests.scenes.played import history_of
from tests.scenes.projects import LISTEN, PROJECT, TRY_OUT, TRY_OUT_BY, reported
from tests.scenes.training import MEETING_DAY, by_the_rules, three_days
from tests.scenes.world import station

COHORT = HISTORIES["cohort"]
CLOSING = "cohort.close-applications"
CLOSED, _ = (due.at for due in dues(COHORT))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RETURNED = MilestoneReturned(
    milestone_id=TRY_OUT,
    project_id=PROJECT,
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    person_id=BEN,
    reason=ReturnReason.OTHER.value,
)
Answering = Callable[[Msg], Reply | None]


@pytest.fixture(autouse=True)
def _only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "EVERY", 600)


def without_effect(engines: Engines) -> int:
    with psycopg.connect(engines.programme["owner"]) as owner:
        row = owner.execute("SELECT count(*) FROM log.without_effect").fetchone()
        return int(row[0]) if row else 0


def test_a_reminder_that_reached_nobody_is_asked_for_once_a_day_and_leaves_one_trace(
    fresh: Engines, tmp_path: Path
) -> None:
    """Nobody has booked, so that nothing settles it: it stands in the agenda until the day."""
    facts = flat(three_days())
    first, *_ = (due.at for due in dues(facts) if due.command == "workshop.remind")

    async def play() -> None:
        async with clocks(fresh, tmp_path, facts) as two:
            await two.read(first, first)
            assert two.answers("workshop.remind") == ["accepted"]
            traces = without_effect(fresh)
            await two.read(first + HOUR, first + HOUR)
            assert two.answers("workshop.remind") == ["accepted"]
            await two.read(first + DAY, first + DAY)
            assert two.answers("workshop.remind") == ["accepted"] * 2
            assert without_effect(fresh) == traces
            assert two.overdue() == (0, None)

    asyncio.run(play())


def test_what_was_nothing_to_do_is_done_once_something_has_happened_since(
    fresh: Engines, tmp_path: Path
) -> None:
    """A report comes a moment before its step is overdue, and is returned: the step is overdue."""
    over = end_of(TRY_OUT_BY)

    def overdue(two: Clocks) -> list[str]:
        facts = [one.event for one in two.done()]
        return [one.milestone_id for one in facts if isinstance(one, MilestoneOverdue)]

    async def play() -> None:
        async with clocks(fresh, tmp_path, HISTORIES["milestones"]) as two:
            await asyncio.to_thread(happen, fresh, reported())
            await two.read(over, over)  # the agenda has not heard of the report
            assert overdue(two) == [LISTEN]
            await asyncio.to_thread(happen, fresh, RETURNED)
            await project(two.here)
            for hours in range(1, 4):
                await two.read(over + hours * HOUR, over + hours * HOUR)
                assert overdue(two) == [LISTEN, TRY_OUT]

    asyncio.run(play())


def test_what_fell_due_before_hides_nothing_that_falls_due_later(
    fresh: Engines, tmp_path: Path
) -> None:
    """Steps of one project stand in one row, and stay there when their time has come."""
    happen(fresh, *HISTORIES["milestones"])
    asyncio.run(project(station(fresh, tmp_path)))
    with psycopg.connect(fresh.programme["scheduler"]) as own:
        moments = sorted({one.at for one in scheduler.due(own, datetime.max.replace(tzinfo=UTC))})
        assert len(moments) > 2
        found = [scheduler.next_due(own, one) for one in (moments[0] - HOUR, *moments)]
    assert found == [*moments, None]


def test_what_was_moved_before_the_agenda_has_heard_of_it_says_nothing_of_clocks(
    fresh: Engines, tmp_path: Path
) -> None:
    facts = flat(three_days())
    first, *_ = (due.at for due in dues(facts) if due.command == "workshop.remind")
    later = WorkshopRescheduled(
        workshop_id=MEETING_DAY,
        cohort_id=AUTUMN,
        starts_at=first + 20 * DAY,
        ends_at=first + 20 * DAY + HOUR,
        **by_the_rules(first + 20 * DAY, first + 20 * DAY + HOUR),
        reason="workshop.bad-weather",
    )

    async def play() -> None:
        async with clocks(fresh, tmp_path, facts) as two:
            await asyncio.to_thread(happen, fresh, later)
            await two.read(first, first)
            assert two.answers("workshop.remind") == ["workshop.too-early-to-remind"]
            assert two.differences == []
            await project(two.here)
            await two.read(first + HOUR, first + HOUR)
            assert len(two.answers("workshop.remind")) == 1
            assert two.overdue() == (0, None)

    asyncio.run(play())


def test_a_fact_that_the_log_has_lost_is_brought_about_again(
    fresh: Engines, tmp_path: Path
) -> None:
    """It was asked for and accepted, and the log was shortened."""

    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT) as two:
            with psycopg.connect(fresh.programme["scheduler"]) as own:
                (one,) = scheduler.due(own, CLOSED)
                done = Asked(
                    "accepted",
                    settled=True,
                    tries=0,
                    agenda_position=one.position,
                    asked_at=CLOSED,
                    again_at=CLOSED + HOUR,
                )
                scheduler.remember(own, one, done)
            await two.read(CLOSED, CLOSED)
            assert two.done() == []
            await two.read(CLOSED + HOUR, CLOSED + HOUR)
            assert [type(one.event) for one in two.done()] == [ApplicationsClosed]

    asyncio.run(play())


@asynccontextmanager
async def door_that(engines: Engines, answer: Answering) -> AsyncIterator[None]:
    """A door of another kind, in the place of ours."""

    async def hear(message: Msg) -> None:
        if reply := answer(message):
            await message.respond(reply.encoded())

    async with client_of(engines, "commands") as client:
        await client.subscribe("lt.system.scheduler.>", cb=hear)
        await client.flush()
        yield


@pytest.mark.parametrize("status", ["unknown", "invalid", "failed", "of the future"])
def test_what_a_door_of_another_version_could_not_take_is_asked_for_again(
    fresh: Engines, tmp_path: Path, status: str
) -> None:
    answered: Reply = Reply.model_construct(status=status)  # type: ignore[arg-type]  # also what ours never says
    clock = Wayward(CLOSED)
    here = replace(station(fresh, tmp_path), clock=clock)
    happen(fresh, *COHORT)

    async def play() -> None:
        await project(here)
        with capture_logs() as said:
            two = Clocks(fresh, clock, clock, here, said, len(history_of(fresh)))
            async with at_work(scheduler.serve, here):
                async with door_that(fresh, lambda _: answered):
                    await two.read(CLOSED, CLOSED)
                assert two.overdue() == (1, CLOSED)
                async with at_work(commands.serve, here):
                    await two.read(CLOSED + HOUR, CLOSED + HOUR)
                    assert two.overdue() == (0, None)
            assert len(two.done()) == 1

    asyncio.run(play())


def test_one_thing_to_which_nobody_answers_holds_up_no_other(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.4)
    clock = Wayward()
    here = replace(station(fresh, tmp_path), clock=clock)
    happen(fresh, *opened(), *opened(SPRING))
    heard: list[str] = []

    def answer(message: Msg) -> Reply | None:
        """Of one cohort it never says a word."""
        cohort = AUTUMN if AUTUMN.encode() in message.data else SPRING
        heard.append(cohort)
        return None if cohort == AUTUMN else Reply(status="failed")

    async def play(now: datetime) -> None:
        await project(here)
        async with door_that(fresh, answer), at_work(scheduler.serve, here):
            for looks in range(1, 4):
                clock.moment = now + looks * DAY
                here.wake.set()
                await eventually(lambda looks=looks: heard.count(SPRING) == looks)  # type: ignore[misc]  # mypy can't see the default
                await eventually(lambda looks=looks: heard.count(AUTUMN) == looks)  # type: ignore[misc]  # as above

    asyncio.run(play(CLOSED))
    assert heard[-2:] == [SPRING, AUTUMN]  # who was not answered comes last
