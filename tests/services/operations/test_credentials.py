"""A credential is in force at once, and so is its end; nobody else on the bus notices anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.crew import QUERIES, REQUESTS, STREAM
from services.engines.addresses import BusAddress, Engines
from services.engines.bus import BUS_USERS
from services.engines.credentials import ALL_EVENTS, NoSuchCredential, every, listed
from services.operations.credentials import Told, make_subscriber, put_out, withdraw
from services.patience import in_haste
from services.stream.connections import connected
from services.stream.servers import close_connections
from tests.scenes.at_work import client_of, eventually
from tests.scenes.buses import EVENT
from tests.scenes.credentials import let_ask
from tests.scenes.world import NOON

NAME = "gp-portal"
ANSWER = b"Ada Tregenza"
OUT = 1.0  # seconds within which whoever had a credential is out


@asynccontextmanager
async def known_as(engines: Engines, name: str, seed: str) -> AsyncIterator[Client]:
    url = engines.nats["client"].url.replace("client@", f"{name}@")
    client = await connected(name, BusAddress(url=url, seed=seed))
    try:
        yield client
    finally:
        with suppress(NatsError):
            await client.close()


@asynccontextmanager
async def closed_within(seconds: float, client: Client) -> AsyncIterator[None]:
    """From when this begins; what is done meanwhile may take longer."""
    closed, now = asyncio.Event(), asyncio.get_running_loop().time
    moments = [now()]

    async def lost() -> None:
        moments.append(now())
        closed.set()

    client._disconnected_cb = lost
    yield
    await asyncio.wait_for(closed.wait(), 10)
    assert moments[1] - moments[0] < seconds


async def made(engines: Engines, data: Path, name: str = NAME) -> Told:
    return await make_subscriber(engines, data, name, ALL_EVENTS, who="olive", now=NOON)


async def ended(engines: Engines, data: Path, name: str = NAME) -> Told:
    return await withdraw(engines, data, name, who="olive", why="it was lost", now=NOON)


def test_who_has_a_credential_follows_and_who_had_one_is_out_within_a_second(
    bus: Engines, home: Path
) -> None:
    async def scene() -> None:
        told = await made(bus, home)
        assert told.is_in_force
        assert told.seed not in repr(told)
        async with (
            client_of(bus, "relay") as relay,
            known_as(bus, NAME, told.seed) as portal,
            client_of(bus) as owner,
        ):
            events = await portal.jetstream().pull_subscribe_bind(NAME, STREAM)
            await relay.jetstream().publish(EVENT, b"1", stream=STREAM)
            (first,) = await events.fetch(1, timeout=5)
            await first.ack_sync()
            waiting = asyncio.create_task(events.fetch(1, timeout=30))
            await asyncio.sleep(0)
            async with closed_within(OUT, portal):
                assert (await ended(bus, home)).is_in_force
            await relay.jetstream().publish(EVENT, b"2", stream=STREAM)
            with pytest.raises(NatsError):
                await connected(NAME, BusAddress(url=bus.nats["client"].url, seed=told.seed))
            waiting.cancel()
            there = await owner.jetstream().consumers_info(STREAM)
            assert NAME not in {one.name for one in there}

    asyncio.run(scene())
    assert NAME not in {one.name for one in listed(home)}
    last = every(home)[-1]
    assert (last.name, last.withdrawn_by, last.why) == (NAME, "olive", "it was lost")


def test_who_asks_is_out_within_a_second_of_being_withdrawn(bus: Engines, home: Path) -> None:
    async def scene() -> None:
        ruth, ben = await let_ask(bus, home, "ruth"), await let_ask(bus, home, "ben")
        async with (
            client_of(bus, "commands") as door,
            await connected("client", ruth) as client,
            await connected("client", ben, allow_reconnect=False) as stays,
            client_of(bus) as owner,
        ):
            await owner.jetstream().add_consumer(STREAM, durable_name="ruth")
            await answered_there(door, f"{REQUESTS}>")
            assert (await client.request(f"{REQUESTS}cohort.plan", b"", 5)).data == ANSWER
            async with closed_within(OUT, client):
                assert (await ended(bus, home, "ruth")).is_in_force
            with pytest.raises(NatsError):
                await connected("client", ruth)
            assert (await stays.request(f"{REQUESTS}cohort.plan", b"", 5)).data == ANSWER
            there = await owner.jetstream().consumers_info(STREAM)
            assert "ruth" in {one.name for one in there}  # somebody else's, who asks had none
        assert (await ended(bus, home, "ben")).is_in_force

    asyncio.run(scene())
    assert {one.name for one in listed(home)}.isdisjoint({"ruth", "ben"})


def test_nobody_who_asks_hears_what_another_is_answered(bus: Engines, home: Path) -> None:
    """Whoever comes in by the same seed does: so each has one of their own."""

    async def scene() -> None:
        ruth, ben = await let_ask(bus, home, "ruth"), await let_ask(bus, home, "ben")
        client = bus.nats["client"]
        try:
            for asking, listening in ((ruth, ben), (ben, ruth), (client, ruth), (ruth, client)):
                assert await overheard(bus, asking, listening) == []
            assert await overheard(bus, client, client) == [ANSWER, ANSWER]
            assert await overheard(bus, ruth, ruth) == [ANSWER, ANSWER]
        finally:
            await ended(bus, home, "ruth")
            await ended(bus, home, "ben")

    asyncio.run(scene())


async def overheard(engines: Engines, asking: BusAddress, listening: BusAddress) -> list[bytes]:
    """What one hears, who listens on all that the bus lets them, while another asks."""
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    async with (
        client_of(engines, "commands") as door,
        client_of(engines, "reader") as reader,
        await connected("client", asking) as client,
        await connected("client", listening) as other,
    ):
        await answered_there(door, f"{REQUESTS}>")
        await answered_there(reader, f"{QUERIES}>")
        for name in ("client", "ruth", "ben"):
            await other.subscribe(f"_INBOX_{name}.>", cb=hear)
        for subject in (">", "*.>", "lt.>", "_INBOX.>", "_R_.>", f"{REQUESTS}>", f"{QUERIES}>"):
            await other.subscribe(subject, cb=hear)
        await other.flush()
        for subject in (f"{REQUESTS}cohort.plan", f"{QUERIES}people"):
            assert (await client.request(subject, b"", 5)).data == ANSWER
        await other.flush()
        await other.flush()
    return heard


async def answered_there(client: Client, subjects: str) -> None:
    """Whatever is asked there, it is answered with somebody's name."""

    async def answer(message: Msg) -> None:
        await message.respond(ANSWER)

    await client.subscribe(subjects, cb=answer)
    await client.flush()


def test_nobody_else_loses_a_connection_or_an_answer(bus: Engines, home: Path) -> None:
    """Requests are open while the servers read who may come in, and more come meanwhile."""

    async def scene() -> None:
        lost: list[str] = []
        clients = []
        for user in BUS_USERS:

            async def gone(name: str = user.name) -> None:
                lost.append(name)

            address = bus.nats[user.name]
            clients.append(await connected(user.name, address, disconnected_cb=gone))
        by_name = dict(zip((user.name for user in BUS_USERS), clients, strict=True))
        door, client, projector = (by_name[one] for one in ("commands", "client", "projector"))
        release, open_now = asyncio.Event(), asyncio.Event()

        async def answer(message: object) -> None:
            async def later() -> None:
                open_now.set()
                await release.wait()
                await message.respond(b"yes")  # type: ignore[attr-defined]  # a message

            answering.append(asyncio.create_task(later()))

        answering: list[asyncio.Task[None]] = []
        await door.subscribe("lt.command.>", cb=answer)
        await door.flush()
        asked = asyncio.create_task(client.request("lt.command.cohort.plan", b"", timeout=20))
        events = await projector.jetstream().pull_subscribe_bind("projector", STREAM)
        pulled = asyncio.create_task(events.fetch(1, timeout=20))
        await open_now.wait()
        for number in range(5):
            await made(bus, home, f"{NAME}-{number}")
            await client.jetstream().stream_info(STREAM)
            await ended(bus, home, f"{NAME}-{number}")
        await by_name["relay"].jetstream().publish(EVENT, b"1", stream=STREAM)
        release.set()
        assert (await asked).data == b"yes"
        assert [one.data for one in await pulled] == [b"1"]
        for one in clients:
            await one.close()
        assert [name for name in lost if name] == [*by_name]  # each once, when we closed it

    asyncio.run(scene())


def test_connections_are_closed_one_by_one_where_a_server_did_not(bus: Engines, home: Path) -> None:
    async def scene() -> None:
        told = await made(bus, home)
        try:
            async with (
                known_as(bus, NAME, told.seed) as portal,
                client_of(bus, "system") as system,
                client_of(bus, "operator") as operator,
            ):
                back = asyncio.Event()
                portal._reconnected_cb = lambda: _set(back)
                await close_connections(system, NAME)
                await asyncio.wait_for(back.wait(), 10)  # it still has its credential
                assert operator.is_connected
        finally:
            await ended(bus, home)

    asyncio.run(scene())


async def _set(event: asyncio.Event) -> None:
    event.set()


def test_where_the_bus_can_not_be_told_somebody_is_told_what_to_do(
    bus: Engines, tmp_path: Path
) -> None:
    nobody = bus.model_copy(update={"nats": {**bus.nats, "system": bus.nats["operator"]}})
    with in_haste():
        told = asyncio.run(put_out(nobody, tmp_path, NAME))
    assert not told.is_in_force
    assert str(tmp_path / "subscribers.conf") in told.to_do
    assert "reload" in told.to_do


def test_connections_are_closed_also_where_a_server_can_not_read(bus: Engines, home: Path) -> None:
    conf = home / "nats" / "nats.conf"
    readable = conf.read_text()

    async def scene() -> None:
        ruth = await let_ask(bus, home, "ruth")
        async with await connected("client", ruth, allow_reconnect=False) as client:
            conf.write_text(f"{readable}server_name: another\n")  # which no server takes
            told = await ended(bus, home, "ruth")
            assert (told.is_in_force, "could not be told" in told.to_do) == (False, True)
            await eventually(lambda: not client.is_connected)
            conf.write_text(readable)
            assert (await ended(bus, home, "ruth")).is_in_force

    try:
        asyncio.run(scene())
    finally:
        conf.write_text(readable)


def test_a_name_that_is_none_is_refused_before_anything_is_done(bus: Engines, home: Path) -> None:
    before = every(home)
    for name in ("../x", "a b", "x" * 41, "relay", "system", "A", "", "lt", "1a"):
        for making in (made(bus, home, name), let_ask(bus, home, name)):
            with pytest.raises(NoSuchCredential, match="choose"):
                asyncio.run(making)
    assert every(home) == before


def test_no_secret_is_in_what_the_bus_reads_or_we_keep(bus: Engines, home: Path) -> None:
    async def scene() -> str:
        told = await made(bus, home)
        await ended(bus, home)
        return told.seed

    seeds = {asyncio.run(scene()), *(one.seed for one in bus.nats.values())}
    folder = home / "nats"
    kept = [folder / "nats.conf", folder / "subscribers.conf", home / "subscribers.json"]
    text = "".join(file.read_text() for file in kept)
    assert not [seed for seed in seeds if seed and seed in text]
    assert json.loads((home / "subscribers.json").read_text())["format"] == 2
