import asyncio
from functools import partial
from pathlib import Path

import psycopg

from services.engines.addresses import Engines
from services.engines.faults import EngineFault
from services.process.complaints import Complaint, Complaints, begin, complaints
from services.process.station import Station, kept_running
from tests.scenes.at_work import eventually
from tests.scenes.world import station

FULL = EngineFault("full", "NATS has no room for more.")
AWAY = EngineFault("away", "NATS does not answer.")


def told(url: str) -> Complaint | None:
    with psycopg.connect(url) as connection:
        return complaints(connection).get("relay")


def test_what_stands_in_a_workers_way_is_told_with_since_when(fresh: Engines) -> None:
    reader = fresh.programme["console"]

    def differs(before: Complaint | None) -> bool:
        return told(reader) != before

    async def play() -> None:
        for fault in (FULL, FULL, AWAY):
            before = told(reader)
            Complaints(fresh.programme["relay"], "relay").tell(fault)
            await eventually(partial(differs, before))
            after = told(reader)
            assert after
            assert (after.kind, after.problem) == fault
            same = before is not None and before.problem == fault.problem
            assert (before is not None and after.since == before.since) is same

    asyncio.run(play())


def test_it_is_told_now_and_then_and_forgotten_when_it_is_told_no_more(fresh: Engines) -> None:
    url = fresh.programme["relay"]

    async def play() -> None:
        one = Complaints(url, "relay")
        one.tell(FULL)
        one.tell(AWAY)  # too soon
        await eventually(lambda: told(url))

    asyncio.run(play())
    found = told(url)
    assert found
    assert found.problem == FULL.problem
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE work.complaints SET told_at = now() - interval '1 min'")
    assert told(url) is None


def test_there_is_room_for_each_complaint_before_there_is_one(fresh: Engines) -> None:
    with psycopg.connect(fresh.programme["owner"]) as connection:
        begin(connection)
        assert complaints(connection) == {}


def test_a_worker_that_can_not_begin_complains(fresh: Engines, tmp_path: Path) -> None:
    async def fails(_: Station, __: asyncio.Event, ___: asyncio.Event) -> None:
        raise ConnectionRefusedError

    async def play() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(
            kept_running("relay", fails, station(fresh, tmp_path), asyncio.Event(), stop)
        )
        await eventually(lambda: told(fresh.programme["console"]))
        stop.set()
        await running

    asyncio.run(play())
    found = told(fresh.programme["console"])
    assert found
    assert found.problem == "An engine does not answer (ConnectionRefusedError)."
