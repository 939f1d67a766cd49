import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, ConsumerInfo, StorageType
from nats.js.errors import APIError

from services.engines.access import (
    NATS_USERS,
    USERS,
    inbox_prefix,
    nats_authorization,
    nats_config,
)
from services.engines.addresses import Engines
from services.engines.binaries import from_wheels

Scene = Callable[["Bus"], Awaitable[None]]
API = "$JS.API.CONSUMER"


class Bus:
    """Connections of our users to one server, and what it complained about to them."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._open: list[Client] = []
        self.complaints: list[str] = []

    async def as_user(self, name: str) -> Client:
        client = await nats.connect(
            self._engines.nats[name], error_cb=self._complained, inbox_prefix=inbox_prefix(name)
        )
        self._open.append(client)
        return client

    async def _complained(self, error: Exception) -> None:
        self.complaints.append(str(error))

    async def forbids(self, name: str, subject: str, payload: bytes = b"") -> bool:
        """Whether the server refuses to take a message on this subject from this user."""
        client = await self.as_user(name)
        self.complaints.clear()
        await client.publish(subject, payload)
        return await self.complains(f'publish to "{subject.lower()}"')

    async def complains(self, about: str) -> bool:
        deadline = time.monotonic() + 2
        while not any(about in complaint for complaint in self.complaints):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.005)
        return True

    async def close(self) -> None:
        for client in self._open:
            await client.close()


@asynccontextmanager
async def bus_with_events(engines: Engines) -> AsyncIterator[Bus]:
    """Three events in the stream, and a consumer for each worker."""
    bus = Bus(engines)
    owner = (await bus.as_user("owner")).jetstream()
    await owner.add_stream(name="EVENTS", subjects=["lt.event.>"], storage=StorageType.FILE)
    for worker in ("projector", "policies", "notifier", "scheduler"):
        await owner.add_consumer("EVENTS", ConsumerConfig(name=worker, durable_name=worker))
    relay = (await bus.as_user("relay")).jetstream()
    for number in range(3):
        await relay.publish("lt.event.workshop.booked", str(number).encode(), stream="EVENTS")
    try:
        yield bus
    finally:
        await owner.delete_stream("EVENTS")
        await bus.close()


@pytest.fixture
def play(engines: Engines) -> Callable[[Scene], None]:
    async def played(scene: Scene) -> None:
        async with bus_with_events(engines) as bus:
            await scene(bus)

    return lambda scene: asyncio.run(played(scene))


async def messages(jetstream: JetStreamContext) -> int:
    return (await jetstream.stream_info("EVENTS")).state.messages


def acknowledged(consumer: ConsumerInfo) -> int:
    return consumer.ack_floor.stream_seq if consumer.ack_floor else 0


def test_only_the_relay_publishes_events(play: Callable[[Scene], None]) -> None:
    async def scene(bus: Bus) -> None:
        for user in NATS_USERS:
            if user.name != "relay":
                assert await bus.forbids(user.name, "lt.event.workshop.booked", b"stray"), user.name
        relay = (await bus.as_user("relay")).jetstream()
        assert await messages(relay) == 3
        await relay.publish("lt.event.workshop.booked", b"3", stream="EVENTS")
        assert (await relay.get_msg("EVENTS", seq=4)).data == b"3"

    play(scene)


def test_a_worker_pulls_and_acknowledges_from_its_own_consumer_only(
    play: Callable[[Scene], None],
) -> None:
    async def scene(bus: Bus) -> None:
        projector = (await bus.as_user("projector")).jetstream()
        subscription = await projector.pull_subscribe_bind("projector", "EVENTS")
        for message in await subscription.fetch(3):
            await message.ack_sync()
        assert acknowledged(await subscription.consumer_info()) == 3
        assert await bus.forbids("projector", f"{API}.MSG.NEXT.EVENTS.policies")
        assert await bus.forbids("projector", f"{API}.DELETE.EVENTS.projector")
        assert await bus.forbids("projector", "lt.command.workshop.book")

    play(scene)


@pytest.mark.parametrize("name", ["subscriber", "client"])
def test_who_follows_events_makes_consumers_of_their_own(
    play: Callable[[Scene], None], name: str
) -> None:
    async def scene(bus: Bus) -> None:
        follower = (await bus.as_user(name)).jetstream()
        ordered = await follower.subscribe(
            "lt.event.>", ordered_consumer=True, config=ConsumerConfig(name="ours-alone")
        )
        assert [(await ordered.next_msg(2)).data for _ in range(3)] == [b"0", b"1", b"2"]
        for durable in (None, "ours"):
            pulled = await follower.pull_subscribe("lt.event.>", durable=durable)
            for message in await pulled.fetch(3):
                await message.ack_sync()
            assert acknowledged(await pulled.consumer_info()) == 3
        await follower.delete_consumer("EVENTS", "ours")
        assert bus.complaints == []

    play(scene)


GUARDED = [
    f"{API}.CREATE.EVENTS",  # names its consumer in the body, out of permissions' sight
    f"{API}.CREATE.EVENTS.projector",
    f"{API}.CREATE.EVENTS.projector.lt.event.>",
    f"{API}.DURABLE.CREATE.EVENTS.projector",
    f"{API}.MSG.NEXT.EVENTS.projector",
    f"{API}.DELETE.EVENTS.projector",
    f"{API}.RESET.EVENTS.projector",
    f"{API}.PAUSE.EVENTS.projector",
    "$JS.ACK.EVENTS.projector.1.1.1.1.1",
    "$JS.API.STREAM.PURGE.EVENTS",
    "$JS.API.STREAM.DELETE.EVENTS",
    "$JS.API.STREAM.UPDATE.EVENTS",
    "$JS.API.STREAM.MSG.DELETE.EVENTS",
]


@pytest.mark.parametrize("name", ["subscriber", "client"])
def test_who_follows_events_cannot_touch_a_workers_consumer(
    play: Callable[[Scene], None], name: str
) -> None:
    async def scene(bus: Bus) -> None:
        allowed = [subject for subject in GUARDED if not await bus.forbids(name, subject)]
        assert allowed == []
        follower = (await bus.as_user(name)).jetstream()
        disguised = ConsumerConfig(name="innocent", durable_name="projector", description="taken")
        with pytest.raises(APIError):
            await follower.add_consumer("EVENTS", disguised)
        owner = (await bus.as_user("owner")).jetstream()
        projector = await owner.consumer_info("EVENTS", "projector")
        assert projector.config.description is None

    play(scene)


def test_a_subscriber_neither_commands_nor_overhears(play: Callable[[Scene], None]) -> None:
    async def scene(bus: Bus) -> None:
        assert await bus.forbids("subscriber", "lt.command.workshop.book")
        subscriber = await bus.as_user("subscriber")
        for subject in ("_INBOX.>", "lt.command.>", "lt.event.>"):
            await subscriber.subscribe(subject)
            assert await bus.complains(f'subscription to "{subject.lower()}"')

    play(scene)


def test_the_door_answers_and_says_nothing_unasked(play: Callable[[Scene], None]) -> None:
    async def scene(bus: Bus) -> None:
        door, client = await bus.as_user("commands"), await bus.as_user("client")

        async def answers(request: Msg) -> None:
            await request.respond(b"accepted")

        await door.subscribe("lt.command.>", cb=answers)
        await door.flush()
        answer = await client.request("lt.command.workshop.book", b"{}", timeout=2)
        assert answer.data == b"accepted"
        assert await bus.forbids("commands", "lt.command.workshop.book")

    play(scene)


def test_each_user_stands_in_the_table_once() -> None:
    assert len({user.name for user in USERS}) == len(USERS)
    assert {user.name for user in USERS} - {user.name for user in NATS_USERS} == {
        "reader",
        "auditor",
        "keeper",
    }


def test_a_configuration_can_take_its_passwords_from_the_environment(tmp_path: Path) -> None:
    text = nats_config("0.0.0.0:4222", "/data")
    assert "password: $LT_NATS_PASSWORD_RELAY\n" in text
    assert nats_authorization() in text
    (tmp_path / "nats.conf").write_text(text)
    command = [str(from_wheels().nats_server), "-t", "-c", str(tmp_path / "nats.conf")]
    words = {f"LT_NATS_PASSWORD_{user.name.upper()}": f"s3cret-{user.name}" for user in NATS_USERS}
    assert subprocess.run(command, env=os.environ | words, check=False).returncode == 0
    assert subprocess.run(command, env=os.environ, check=False).returncode != 0
