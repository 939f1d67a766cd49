"""Due things under clocks that differ and jump: it costs time, and never a deed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from events.cohorts import ApplicationsClosed
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.log.clocks import ahead
from services.workers import scheduler
from services.workers.scheduler import REMINDERS
from tests.scenes.at_work import at_work, eventually
from tests.scenes.clocks import clocks
from tests.scenes.due_times import HISTORIES, asked, dues
from tests.scenes.world import NOON, station

COHORT = HISTORIES["cohort"]
CLOSING, CLOSED = "cohort.close-applications", datetime(2024, 10, 11, 23, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
A_LITTLE = timedelta(milliseconds=50)
KINDS = {
    due.command: (facts, due)
    for facts in HISTORIES.values()
    for due in dues(facts)
    if asked(facts, due).new
}


@pytest.fixture(autouse=True)
def _only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "EVERY", 600)


@pytest.mark.parametrize("command", KINDS)
def test_a_door_that_is_a_little_behind_costs_a_moment(
    fresh: Engines, tmp_path: Path, command: str
) -> None:
    facts, due = KINDS[command]

    async def play() -> None:
        async with clocks(fresh, tmp_path, facts) as two:
            await two.read(due.at, due.at - A_LITTLE)
            before = len(two.done())
            early = command not in REMINDERS  # which are right all day
            assert (two.answers(command)[-1] == "accepted") is not early
            assert (0.05 in two.differences) is early
            assert bool(two.overdue()[0]) is early
            await two.read(due.at + SECOND, due.at + SECOND - A_LITTLE)
            assert two.answers(command)[-1] == "accepted"
            assert (len(two.done()) > before) is early
            assert two.done()
            assert two.overdue() == (0, None)

    asyncio.run(play())


def test_a_door_that_is_an_hour_behind_costs_an_hour(fresh: Engines, tmp_path: Path) -> None:
    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT) as two:
            for minutes in range(0, 80, 5):
                now = CLOSED + minutes * MINUTE
                await two.read(now, now - HOUR)
                assert bool(two.done()) is (two.answers(CLOSING)[-1] == "accepted")
                if two.done():
                    break
                assert two.overdue() == (1, CLOSED)
            assert 60 <= minutes <= 65
            (closed,) = two.done()
            assert CLOSED <= closed.envelope.origin.time <= CLOSED + 5 * MINUTE
            assert len(two.answers(CLOSING)) < 20
            assert two.differences == [3600]  # once, though it was met again and again

    asyncio.run(play())


def test_a_scheduler_that_is_behind_asks_when_its_own_time_has_come(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT) as two:
            await two.read(CLOSED - MINUTE, CLOSED + HOUR)
            assert two.answers(CLOSING) == []
            await two.read(CLOSED, CLOSED + HOUR)
            assert two.answers(CLOSING) == ["accepted"]
            (closed,) = two.done()
            assert closed.envelope.origin.time == CLOSED + HOUR
            assert two.differences == []

    asyncio.run(play())


def test_a_scheduler_that_jumps_far_ahead_and_back_does_nothing_and_forgets_nothing(
    fresh: Engines, tmp_path: Path
) -> None:
    far = datetime(2034, 1, 1, tzinfo=UTC)

    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT) as two:
            await two.read(NOON, NOON)
            await two.read(far, NOON)
            await two.read(far + MINUTE, NOON)
            assert two.answers(CLOSING) == ["cohort.window-still-open"] * 2
            assert two.done() == []
            seconds = (far - NOON).total_seconds()
            assert two.differences == [seconds, seconds + 60]
            await two.read(NOON + MINUTE, NOON + MINUTE)
            assert two.overdue() == (0, None)
            await two.read(CLOSED, CLOSED)
            assert two.answers(CLOSING)[-1] == "accepted"
            assert [type(one.event) for one in two.done()] == [ApplicationsClosed]
            await two.read(NOON, NOON)
            await two.read(CLOSED, CLOSED)
            assert len(two.done()) == 1

    asyncio.run(play())


def test_a_door_that_jumps_far_ahead_does_nothing_before_its_time_and_marks_the_log(
    fresh: Engines, tmp_path: Path
) -> None:
    far = datetime(2034, 1, 1, tzinfo=UTC)

    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT) as two:
            await two.read(NOON, far)
            assert two.done() == []
            await two.read(CLOSED, far)
            await two.read(CLOSED + MINUTE, CLOSED + MINUTE)
            (closed,) = two.done()
            assert (closed.envelope.origin.time, closed.envelope.recorded) == (far, far)

    asyncio.run(play())
    with psycopg.connect(fresh.programme["console"]) as connection:
        assert ahead(connection) == pytest.approx(far - datetime.now(UTC), abs=MINUTE)


def test_a_log_whose_times_have_come_is_not_ahead(fresh: Engines, tmp_path: Path) -> None:
    with psycopg.connect(fresh.programme["console"]) as connection:
        assert ahead(connection) == timedelta()

    async def play() -> None:
        async with clocks(fresh, tmp_path, COHORT):
            pass

    asyncio.run(play())
    with psycopg.connect(fresh.programme["console"]) as connection:
        assert ahead(connection) < timedelta()


class Ahead(SystemClock):
    """The machine's clock, and a little more."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


def test_a_clock_that_differs_from_the_databases_is_told_once_and_again_when_it_agrees(
    fresh: Engines, tmp_path: Path
) -> None:
    clock = Ahead()
    here = replace(station(fresh, tmp_path), clock=clock)

    async def play() -> None:
        with capture_logs() as said:
            async with at_work(scheduler.serve, here):
                for by in (timedelta(), 2 * HOUR, 2 * HOUR, -HOUR, timedelta()):
                    clock.by = by
                    here.wake.set()
                    await eventually(lambda: not here.wake.is_set())
                await eventually(lambda: "clocks.agree" in [one["event"] for one in said])
            told = [one for one in said if one["event"].startswith("clocks.")]
            assert [(one["event"], one["whose"]) for one in told] == [
                ("clocks.differ", "the database's"),
                ("clocks.differ", "the database's"),
                ("clocks.agree", "the database's"),
            ]
            assert [one["seconds"] for one in told[:2]] == pytest.approx([7200, -3600], abs=1)

    asyncio.run(play())
