"""What `status` sees of locks, of a stream that differs or has lost something, of what is due."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, Final

import psycopg
import pytest
from nats.js.api import StreamInfo

from services.crew import STREAM
from services.engines.addresses import Engines
from services.operations import status
from services.operations.standstill import stands_still
from services.operations.status import Look, look
from services.operations.status_json import as_json
from services.operations.troubles import troubles
from services.patience import in_haste
from services.process.checkpoints import move
from services.stream.advice import WHAT_TO_DO
from services.workers import relay
from services.workers.scheduler import Asked, DueRequest, overdue, remember
from tests.scenes.at_work import at_work, client_of, eventually, recorded_in, stored
from tests.scenes.cast import opened
from tests.scenes.clocks import project
from tests.scenes.damaged import shortened, someone_waits
from tests.scenes.judged import recorded, told
from tests.scenes.streams import copied, rebuilt
from tests.scenes.watching import until
from tests.scenes.world import station

BRIEFLY: Final = {"autocommit": True, "options": "-c lock_timeout=200ms"}


def seen(engines: Engines) -> Look:
    with in_haste():
        return asyncio.run(look(engines))


@contextmanager
def locked(engines: Engines, table: str) -> Iterator[int]:
    """Somebody has this table for themselves; their process on the server."""
    with psycopg.connect(engines.programme["owner"]) as owner:
        owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield owner.info.backend_pid


@pytest.mark.parametrize("table", ["work.notices", "work.places", "work.asked", "log.events"])
def test_who_holds_what_is_looked_at_is_told_within_seconds(
    bus: Engines, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(status, "WAITING_BRIEFLY", BRIEFLY)
    with locked(bus, table) as pid:
        one = seen(bus)
    (fault,) = one.faults.values()
    assert (
        f"PostgreSQL answers, and {table} is locked by process {pid} (role owner" in fault.problem
    )
    assert f"pg_terminate_backend({pid})" in fault.problem
    assert troubles(one) == [fault.problem]
    assert not seen(bus).faults


def test_who_only_waits_to_lock_a_table_is_told_with_whom_they_wait_for(
    bus: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long reader holds up nobody, before somebody wants the table alone."""
    monkeypatch.setattr(status, "WAITING_BRIEFLY", BRIEFLY)
    with (
        psycopg.connect(bus.programme["owner"]) as owner,
        psycopg.connect(bus.programme["console"]) as reader,
    ):
        pids = owner.info.backend_pid, reader.info.backend_pid
        reader.execute("SELECT FROM work.notices")
        alone = "LOCK TABLE work.notices IN ACCESS EXCLUSIVE MODE"
        waiting = Thread(target=owner.execute, args=(alone,))
        waiting.start()
        until(lambda: someone_waits(bus))
        (fault,) = seen(bus).faults.values()
        reader.rollback()
        waiting.join()
    assert f"process {pids[0]} (role owner" in fault.problem
    assert f"waits to lock work.notices until process {pids[1]} has ended" in fault.problem


def moved(engines: Engines, *workers: str, to: int) -> None:
    for worker in workers:
        with psycopg.connect(engines.programme[worker], autocommit=True) as connection:
            move(connection, worker, to)


def test_a_relay_that_has_stopped_on_purpose_runs_and_what_to_do_is_said_once(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> list[Look]:
        here = station(bus, tmp_path)
        await copied(bus, here, 10)
        moved(bus, "policies", "notifier", to=10)
        looks = list[Look]()
        async with at_work(relay.serve, here):
            await asyncio.to_thread(shortened, bus, 7)

            async def told() -> bool:
                looks.append(await look(bus))
                return bool(looks[-1].complains("relay"))

            await eventually(told)
            looks.append(await look(bus))
        return looks

    *_, one = asyncio.run(scene())
    assert one.runs("relay")
    wrong = troubles(one)
    assert not [line for line in wrong if line.startswith("relay")]
    (apart,) = (line for line in wrong if WHAT_TO_DO in line)
    assert apart == (
        "The stream is not what the log is, so the relay has stopped. policies and notifier are at"
        f" position 10, and the log ends at 7. {WHAT_TO_DO}"
    )
    (own,) = (it for it in as_json(one)["workers"]["policies"]["troubles"] if "position" in it)
    assert own == "policies is at position 10, and the log ends at 7."


async def configured(engines: Engines, **changes: Any) -> StreamInfo:
    async with client_of(engines) as owner:
        stream = await owner.jetstream().stream_info(STREAM)
        return await owner.jetstream().update_stream(stream.config.evolve(**changes))


def test_a_stream_that_has_lost_messages_is_no_whole_stream(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> tuple[Look, Look, Look]:
        await copied(bus, station(bus, tmp_path), 10)
        before = await look(bus)
        await configured(bus, max_msgs_per_subject=4)
        lost = await look(bus)
        await rebuilt(bus, log_is_right=True)
        return before, lost, await look(bus)

    before, lost, after = asyncio.run(scene())
    assert not about_the_stream(before)
    told = about_the_stream(lost)
    assert told[0].startswith("The stream has lost 6 of its 10 events; its first is 7.")
    assert told[1].startswith(
        "The stream is configured otherwise than it was made (max_msgs_per_subject is 4),"
    )
    assert as_json(lost)["stream"]["otherwise"] == ["max_msgs_per_subject is 4"]
    assert not about_the_stream(after)
    assert after.bus
    assert after.bus.stream
    assert (after.bus.stream.first, after.bus.stream.messages) == (1, 10)


def about_the_stream(one: Look) -> list[str]:
    return [line for line in troubles(one) if line.startswith("The stream")]


@pytest.mark.parametrize(
    "changes", [{"max_age": 3600}, {"max_msgs": 10**6}, {"discard": "old"}, {"max_msg_size": 512}]
)
def test_limits_by_which_a_stream_may_lose_messages_are_told(
    bus: Engines, changes: dict[str, Any]
) -> None:
    asyncio.run(configured(bus, **changes))
    (told,) = about_the_stream(seen(bus))
    assert f"({next(iter(changes))} is " in told


def test_how_many_bytes_a_stream_may_have_costs_no_message(bus: Engines) -> None:
    asyncio.run(configured(bus, max_bytes=2**30))
    assert not about_the_stream(seen(bus))


BACKDATED: Final = datetime(2026, 11, 30, 9, tzinfo=UTC)


def backdated(engines: Engines, folder: Path) -> None:
    """A cohort whose applications closed in 2024 is planned two years later."""
    history = [told(*opened(), recorded=BACKDATED)]
    recorded_in(engines, map(stored, recorded(history, sealed=True)))
    asyncio.run(project(station(engines, folder)))


def test_what_fell_due_waits_since_it_is_known(bus: Engines, tmp_path: Path) -> None:
    backdated(bus, tmp_path)
    with psycopg.connect(bus.programme["console"]) as connection:
        assert overdue(connection, BACKDATED + timedelta(seconds=40)) == (2, BACKDATED)


def test_a_scheduler_stands_only_if_nothing_is_settled_meanwhile(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backdated(bus, tmp_path)
    monkeypatch.setattr("services.operations.database.age", lambda _since, _now: 40.0)
    assert scheduler_stands(bus)
    now = datetime.now(UTC)
    another = DueRequest("another", "offer.lapse", now, {})
    with psycopg.connect(bus.programme["scheduler"], autocommit=True) as connection:
        for settled, ago in ((True, 60), (False, 0)):
            at = now - timedelta(seconds=ago)
            remember(connection, another, Asked("accepted", settled, 0, 1, at, at))
            assert scheduler_stands(bus), "nothing was settled for a minute"
        remember(connection, another, Asked("accepted", settled=True, **just_now(now)))
    assert not scheduler_stands(bus)


def just_now(now: datetime) -> dict[str, Any]:
    return {"tries": 0, "agenda_position": 1, "asked_at": now, "again_at": now}


def scheduler_stands(engines: Engines) -> bool:
    one = seen(engines)
    (due,) = one.of("scheduler")
    assert due.behind == 2
    return stands_still(due, one)
