import asyncio
from pathlib import Path

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from services.crew import STREAM
from services.door import door
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.workers import commands, relay
from services.workers.commands import SHORTER
from tests.scenes.at_work import at_work, client_of, eventually
from tests.scenes.damaged import put_back, shortened
from tests.scenes.outbox import head
from tests.scenes.streams import has, stray
from tests.scenes.team import BEFORE
from tests.scenes.world import AUTUMN, a_plan, coordinator, door_on, station


async def planned(client: Client) -> Reply:
    return await coordinator(client, "cohort.plan", a_plan())


async def asked(client: Client) -> Reply:
    """What somebody is told who asks for what can't be: nothing is recorded."""
    return await coordinator(client, "cohort.open-applications", {"cohort_id": AUTUMN})


async def is_busy(client: Client) -> bool:
    return (await asked(client)).sentence == SHORTER


async def is_open(client: Client) -> bool:
    return (await asked(client)).status == "refused"


def test_nothing_is_recorded_at_the_end_of_a_log_that_is_shorter_than_its_stream(
    bus: Engines, tmp_path: Path
) -> None:
    """What is recorded there would take the place of what was lost."""

    async def scene() -> None:
        here = station(bus, tmp_path)
        async with client_of(bus) as owner, at_work(relay.serve, here):
            async with door_on(here) as client:
                assert {(await planned(client)).status for _ in range(5)} == {"accepted"}
            await eventually(lambda: has(owner, BEFORE + 5))
        cut = shortened(bus, BEFORE + 3)
        with capture_logs() as said:
            async with (
                at_work(commands.serve, here, waited=False),
                client_of(bus, "client") as client,
            ):
                await eventually(lambda: is_busy(client))
                put_back(bus, cut)
                await eventually(lambda: is_open(client))
        alarms = [one for one in said if one["log_level"] == "critical"]
        assert [one["event"] for one in alarms] == ["worker.stopped"]
        ends = f"The stream has come to {BEFORE + 5}, and the log ends at {BEFORE + 3}."
        assert ends in alarms[0]["problem"]

    asyncio.run(scene())


def test_a_door_that_is_open_closes_when_the_log_is_shortened_and_opens_when_it_was_decided(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        here = station(bus, tmp_path)
        async with door_on(here) as client, client_of(bus) as owner:
            assert await is_open(client)
            for _ in range(BEFORE + 2):
                await stray(bus)
            await eventually(lambda: is_busy(client))
            await owner.jetstream().delete_stream(STREAM)
            await eventually(lambda: is_open(client))

    asyncio.run(scene())


def test_a_writer_under_load_finds_the_log_shortened_before_it_writes(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would have grown beyond the stream again before anybody looked."""
    monkeypatch.setattr(door, "PATIENCE", 1.5)  # seconds that somebody waits for an answer

    async def scene() -> None:
        here = station(bus, tmp_path)
        async with door_on(here) as client, client_of(bus) as owner:
            for _ in range(3):
                assert (await planned(client)).status == "accepted"
            async with at_work(relay.serve, here):
                await eventually(lambda: has(owner, BEFORE + 3))
            with capture_logs() as said:
                cut = shortened(bus, BEFORE + 2)
                replies = await asyncio.gather(*(planned(client) for _ in range(50)))
            assert {one.status for one in replies} <= {"busy", "unanswered"}
            assert head(bus) == BEFORE + 2
            known = [one["known"] for one in said if one["event"] == "log.shortened"]
            assert known == [BEFORE + 3]
            put_back(bus, cut)
            await eventually(lambda: is_open(client))
            (last,) = (await planned(client)).events or ()
            assert last.position == BEFORE + 4

    asyncio.run(scene())
