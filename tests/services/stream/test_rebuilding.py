import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from services.crew import STREAM
from services.engines.addresses import Engines
from services.log.log import Log, Stored
from services.process.following import Urls, follow
from services.process.station import Station
from services.stream import rebuilding
from services.stream.comparing import Verified, verify
from services.stream.rebuilding import Elsewhere, Rebuilt, StreamRebuild
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.world import station

NUMBER = 1200  # more than two pages


def rows(number: int, first: int = 0) -> list[Stored]:
    return [
        Stored(0, "workshop.booked.v1", ["a"], b'{"n":%d}' % n)
        for n in range(first, first + number)
    ]


async def verified(engines: Engines) -> Verified:
    log = Log(engines.programme["operator"], connections=1)
    try:
        async with client_of(engines, "operator") as client:
            return await verify(client, log)
    finally:
        await asyncio.to_thread(log.close)


async def rebuilt(engines: Engines) -> Rebuilt:
    async with client_of(engines) as owner, client_of(engines, "relay") as filler:
        one = StreamRebuild(owner, filler, engines.programme["owner"], replicas=1)
        return await one.carry_out()


async def stray(engines: Engines, text: bytes = b"{}") -> None:
    async with client_of(engines, "relay") as client:
        await client.jetstream().publish("lt.event.workshop.booked", text)


async def copied(engines: Engines, here: Station, number: int) -> None:
    """The log and the stream have `number` events more."""
    async with client_of(engines) as client, at_work(relay.serve, here):
        before = await last_in_stream(client)
        recorded_in(engines, rows(number, before))
        await eventually(lambda: has(client, before + number))


async def has(client: Client, last: int) -> bool:
    return await last_in_stream(client) == last


def test_a_stream_is_equal_or_late_or_tells_where_it_differs(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        assert await verified(bus) == Verified(0, 0, 0, None)
        await copied(bus, station(bus, tmp_path), NUMBER)
        assert await verified(bus) == Verified(NUMBER, NUMBER, NUMBER, None)
        recorded_in(bus, rows(3))
        assert await verified(bus) == Verified(NUMBER, NUMBER, NUMBER + 3, None)
        await stray(bus)
        outcome = await verified(bus)
        assert (outcome.equal, outcome.stream) == (NUMBER, NUMBER + 1)
        assert outcome.problem == f"message {NUMBER + 1} of the stream has other bytes than the log"

    asyncio.run(scene())


def test_a_log_that_was_restored_behind_its_stream_is_told(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 5)
        await stray(bus)
        outcome = await verified(bus)
        assert outcome.problem == "message 6 of the stream lies beyond the log's head"

    asyncio.run(scene())


def test_a_stray_message_stops_the_relay_until_the_stream_is_made_anew(
    bus: Engines, tmp_path: Path
) -> None:
    """And then it goes on by itself, and so does whoever follows: no gap, and nothing twice."""

    async def scene() -> None:
        here = station(bus, tmp_path)
        await copied(bus, here, 20)
        async with client_of(bus) as client, client_of(bus, "subscriber") as reader:
            seen: list[int] = []
            config = ConsumerConfig(durable_name="gp-portal", ack_policy=AckPolicy.EXPLICIT)
            await client.jetstream().add_consumer(STREAM, config)
            await take(reader, seen, 15)
            await stray(bus)
            async with at_work(relay.serve, here, waited=False):
                recorded_in(bus, rows(30, 20))
                await asyncio.sleep(0.5)
                assert await last_in_stream(client) == 21  # it does not publish behind a stray one
                outcome = await rebuilt(bus)
                assert "gp-portal" in outcome.consumers
                assert outcome.lost == []
                recorded_in(bus, rows(10, 50))
                await eventually(lambda: has(client, 60))
                await take(reader, seen, 45)
            assert seen == list(range(1, 61))
        assert await verified(bus) == Verified(60, 60, 60, None)

    asyncio.run(scene())


async def take(client: Client, seen: list[int], number: int) -> None:
    """What a subscriber of its own making does: takes messages, and acknowledges each."""
    subscription = await client.jetstream().pull_subscribe_bind("gp-portal", stream=STREAM)
    while number:
        for message in await subscription.fetch(number, 5):
            seen.append(message.metadata.sequence.stream)
            assert json.loads(message.data) == {"n": seen[-1] - 1}
            await message.ack_sync()
            number -= 1
    await subscription.unsubscribe()


@pytest.mark.parametrize("step", ["_delete", "_fill", "_make_again", "_make_one"])
def test_a_rebuild_that_was_killed_goes_on(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(Exception):
        pass

    async def killed(*_: Any) -> None:
        raise Killed

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 40)
        async with client_of(bus) as client, client_of(bus, "subscriber") as reader:
            seen: list[int] = []
            config = ConsumerConfig(durable_name="gp-portal", ack_policy=AckPolicy.EXPLICIT)
            await client.jetstream().add_consumer(STREAM, config)
            await take(reader, seen, 7)
            with monkeypatch.context() as patch:
                patch.setattr(StreamRebuild, step, killed)
                with pytest.raises(Killed):
                    await rebuilt(bus)
            outcome = await rebuilt(bus)
            assert outcome.consumers == ["gp-portal", "notifier", "policies", "projector"]
            await take(reader, seen, 33)
            assert seen == list(range(1, 41))
        assert await verified(bus) == Verified(40, 40, 40, None)
        with psycopg.connect(bus.programme["owner"]) as connection:
            assert connection.execute("SELECT * FROM work.saved_consumers").fetchall() == []

    asyncio.run(scene())


def test_consumers_come_back_as_they_were(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        async with client_of(bus) as client:
            jetstream = client.jetstream()
            given = ConsumerConfig(
                durable_name="filtered",
                filter_subjects=["lt.event.cohort.>", "lt.event.workshop.>"],
                ack_wait=33,
                max_deliver=7,
                metadata={"owner": "analytics"},
            )
            await jetstream.add_consumer(STREAM, given)
            before = (await jetstream.consumer_info(STREAM, "filtered")).config
            await rebuilt(bus)
            after = (await jetstream.consumer_info(STREAM, "filtered")).config
            for name in ("filter_subjects", "ack_wait", "max_deliver", "ack_policy"):
                assert getattr(after, name) == getattr(before, name), name
            assert (after.metadata or {})["owner"] == "analytics"

    asyncio.run(scene())


def test_two_rebuilds_at_once_are_one(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        with psycopg.connect(bus.programme["owner"], autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (rebuilding.REBUILDERS_TURN,))
            with pytest.raises(Elsewhere):
                await rebuilt(bus)
        await rebuilt(bus)

    asyncio.run(scene())


def test_a_worker_of_ours_follows_on_after_the_stream_was_made_anew(
    bus: Engines, tmp_path: Path
) -> None:
    class Follower:
        def __init__(self) -> None:
            self.at = 0

        def checkpoint(self) -> int:
            return self.at

        def take(self, upto: int) -> None:
            self.at = max(self.at, upto)

        def mend(self) -> None:
            pass

    async def scene() -> None:
        here, own = station(bus, tmp_path), Follower()
        urls = Urls(bus.nats["notifier"], bus.programme["notifier"])

        def serve(_: Station, ready: asyncio.Event, stop: asyncio.Event) -> Any:
            return follow("notifier", urls, own, ready, stop)

        async with at_work(relay.serve, here), at_work(serve, here):
            recorded_in(bus, rows(5))
            await eventually(lambda: own.at == 5)
            await rebuilt(bus)
            recorded_in(bus, rows(5))
            await eventually(lambda: own.at == 10, 30)

    asyncio.run(scene())
