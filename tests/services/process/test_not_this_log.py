"""A place that the log has no more: whoever stands there stops, with an alarm, and does nothing."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from services.clock import SetClock
from services.dead_letters.orders import By
from services.engines.addresses import Engines
from services.log.log import Stored
from services.operations.acts import CantBeReplayed, go_back
from services.process.checkpoints import (
    NotThisLog,
    checkpoint_of,
    checkpoints,
    move,
    place_of,
)
from services.process.following import Urls, follow
from services.process.in_order import InOrder
from services.process.station import Serve, Station
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, recorded_in
from tests.scenes.damaged import put_back, shortened, someone_waits
from tests.scenes.streams import has, rows
from tests.scenes.watching import until
from tests.scenes.world import NOON, station

WORKER = "policies"
OLIVE = By("olive", "a test", NOON)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands still looks at its place again within half a second."""
    monkeypatch.setattr("services.process.following.LOOK", 0.25)


@contextmanager
def in_order(engines: Engines) -> Iterator[tuple[InOrder, list[int]]]:
    """A worker with a checkpoint, and the positions of which it did what follows, by number."""
    done: list[int] = []

    def do(_: psycopg.Connection, row: Stored) -> None:
        done.append(row.position)

    with closing(InOrder(WORKER, engines.programme[WORKER], SetClock(NOON), do)) as own:
        yield own, done


def following(follower: InOrder) -> Serve:
    async def serve(here: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
        urls = Urls(here.engines.nats[WORKER], here.engines.programme[WORKER])
        await follow(WORKER, urls, follower, ready, stop)

    return serve


def alarms(said: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["problem"] for one in said if one["event"] == "worker.stopped"]


@pytest.mark.parametrize("grown", [0, 5], ids=["shorter", "grown again"])
def test_a_worker_whose_last_event_is_gone_stands_still_until_it_is_back(
    bus: Engines, tmp_path: Path, grown: int
) -> None:
    async def scene(own: InOrder, done: list[int]) -> None:
        here = station(bus, tmp_path)
        ready, stop = asyncio.Event(), asyncio.Event()
        async with client_of(bus) as client, at_work(relay.serve, here):
            working = asyncio.create_task(following(own)(here, ready, stop))
            recorded_in(bus, rows(10))
            await eventually(lambda: done == upto(10))
            with capture_logs() as said:
                cut = shortened(bus, 7)
                recorded_in(bus, rows(grown, 100))
                await eventually(lambda: alarms(said))
                assert not ready.is_set()
                assert done == upto(10)
                put_back(bus, cut)
                recorded_in(bus, rows(2, 10))
                await eventually(lambda: done == upto(12))
                await eventually(ready.is_set)
            found = "has another event there" if grown else "ends at 7"
            (alarm,) = alarms(said)
            assert f"{WORKER} is at position 10, and the log {found}" in alarm
            assert "tampered" in alarm
            assert await has(client, 12)
            stop.set()
            await working

    with in_order(bus) as (own, done):
        asyncio.run(scene(own, done))


def upto(number: int) -> list[int]:
    return list(range(1, number + 1))


def test_one_that_starts_beyond_the_log_says_so_and_takes_nothing(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene(own: InOrder) -> None:
        with capture_logs() as said:
            async with at_work(following(own), station(bus, tmp_path), waited=False):
                await eventually(lambda: alarms(said))

    recorded_in(bus, rows(5))
    with in_order(bus) as (own, done):
        own.take(5)
        shortened(bus, 3)
        recorded_in(bus, rows(4, 100))
        asyncio.run(scene(own))
        with pytest.raises(NotThisLog):
            own.take(7)
        assert done == upto(5)


def connected(engines: Engines) -> psycopg.Connection:
    return psycopg.connect(engines.programme[WORKER], autocommit=True)


def test_a_place_holds_at_the_start_and_never_without_its_event(fresh: Engines) -> None:
    with connected(fresh) as connection:
        assert checkpoint_of(connection, WORKER) == 0
        recorded_in(fresh, rows(3))
        move(connection, WORKER, 3)
        assert {one.worker: one.holds for one in checkpoints(connection)}[WORKER]
        move(connection, WORKER, 4)  # the log was shortened at this moment
        assert not place_of(connection, WORKER).holds


def test_a_second_copy_that_waited_takes_a_new_place_for_no_other_log(fresh: Engines) -> None:
    """What was recorded while it waited, it did not see when it began to."""
    found: list[int] = []

    def second() -> None:
        with connected(fresh) as other, other.transaction():
            found.append(checkpoint_of(other, WORKER, lock=True))

    recorded_in(fresh, rows(3))
    with connected(fresh) as connection:
        waiting = Thread(target=second)
        with connection.transaction():
            checkpoint_of(connection, WORKER, lock=True)
            waiting.start()
            until(lambda: someone_waits(fresh))
            recorded_in(fresh, rows(3))
            move(connection, WORKER, 6)
        waiting.join()
    assert found == [6]


def test_an_operator_lets_a_worker_go_on_with_the_log_that_there_is(fresh: Engines) -> None:
    recorded_in(fresh, rows(9))
    with in_order(fresh) as (own, done):
        own.take(9)
        shortened(fresh, 6)
        recorded_in(fresh, rows(1, 100))
        with psycopg.connect(fresh.programme["operator"], autocommit=True) as operator:
            with pytest.raises(CantBeReplayed, match="the log ends at 7: name a position up to 8"):
                go_back(operator, WORKER, 9, OLIVE)
            assert go_back(operator, WORKER, 7, OLIVE) == 9
        own.take(7)
        assert done == [*upto(9), 7]
        assert own.checkpoint() == 7
