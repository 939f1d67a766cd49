"""Who may do what on the bus: everybody against every subject, on a server with our accounts.

What is expected follows from the table in services/engines/bus.py; what that table says is written
down a second time in deploy/nats.conf, which a test of the deployment holds against it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import Header

from services.crew import OF_WORKERS, QUERIES, REQUESTS, STREAM
from services.engines.addresses import BusAddress
from services.engines.bus import BUS_USERS, FEW, BusUser, inbox_prefix
from services.engines.seeds import fresh_seed
from services.stream.connections import connected
from tests.scenes.bus_matrix import (
    API,
    CONSUMERS,
    EVERYBODY,
    HEARD,
    OUTSIDE,
    SAID,
    Scene,
    may,
    played,
    refused,
)
from tests.scenes.buses import EVENT, Callers, in_accounts

# What the bus takes for none of its requests, and no message of the stream.
NOTHING = b"{"
FOR_NOBODY = {Header.EXPECTED_LAST_SEQUENCE.value: str(2**62)}


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BusAddress]]:
    with in_accounts(tmp_path_factory.mktemp("bus"), *OUTSIDE) as addresses:
        yield addresses


@pytest.fixture
def play(bus: dict[str, BusAddress]) -> Callable[[Scene], None]:
    return lambda scene: played(bus, scene)


def test_everybody_may_say_what_the_table_says_and_who_answers_hears_it(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Callers) -> None:
        heard: set[tuple[str, str]] = set()

        async def hear(message: Msg) -> None:
            heard.add(((message.headers or {})["From"], message.subject))

        door, reader = await here.of("commands"), await here.of("reader")
        for subjects in (f"{REQUESTS}>", f"{OF_WORKERS}>"):
            await door.subscribe(subjects, cb=hear)
        await reader.subscribe(f"{QUERIES}>", cb=hear)
        await door.flush()
        await reader.flush()
        assert await otherwise(here, says) == set()
        await door.flush()
        await reader.flush()
        assert heard == {
            (name, subject)
            for name, user in EVERYBODY.items()
            for subject in SAID
            if subject.startswith((REQUESTS, OF_WORKERS, QUERIES)) and may(user.publishes, subject)
        }
        assert await here.messages() == 3
        there = await (await here.of("owner")).jetstream().consumers_info(STREAM)
        assert {one.name for one in there} == {*CONSUMERS}

    play(scene)


def test_everybody_may_hear_what_the_table_says(play: Callable[[Scene], None]) -> None:
    async def scene(here: Callers) -> None:
        assert await otherwise(here, hears) == set()

    play(scene)


CHANGED = {
    "owner": ("publishes", "lt.event.x.y"),
    "relay": ("publishes", f"{API}STREAM.MSG.GET.{STREAM}"),
    "commands": ("hears", "lt.query.people"),
    "projector": ("publishes", f"{API}CONSUMER.INFO.{STREAM}.policies"),
    "policies": ("publishes", f"{OF_WORKERS}policies.reserve.promote"),
    "notifier": ("hears", EVENT),
    "scheduler": ("publishes", f"{REQUESTS}cohort.plan"),
    "safeguarding": ("publishes", f"{OF_WORKERS}safeguarding.pairing.hold-out"),
    "reader": ("hears", "_R_.>"),
    "web": ("hears", EVENT),
    "client": ("publishes", f"{API}CONSUMER.LIST.{STREAM}"),
    "operator": ("publishes", "lt.other"),
    "system": ("publishes", "$SYS.REQ.SERVER.x.VARZ"),
    "gp-portal": ("publishes", f"{QUERIES}people.find"),
    "crm": ("publishes", f"$JS.ACK.{STREAM}.gp-portal.1.1.1.1.1"),
    "ruth": ("hears", f"{inbox_prefix('ben')}.>"),
    "ben": ("publishes", f"{API}STREAM.INFO.{STREAM}"),
}
"""One cell of each user's: a right that is taken away if they have it, and else is given."""


def test_a_changed_cell_of_the_table_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was made from an altered table, held against the true one."""
    altered = {name: alter(user) for name, user in EVERYBODY.items()}
    ours = tuple(altered[user.name] for user in BUS_USERS)
    monkeypatch.setattr("services.engines.bus.BUS_USERS", ours)

    async def scene(here: Callers) -> None:
        for deed, what in (("publishes", says), ("hears", hears)):
            wrong = {(name, cell[1]) for name, cell in CHANGED.items() if cell[0] == deed}
            assert await otherwise(here, what) == wrong

    with in_accounts(tmp_path, *(altered[user.name] for user in OUTSIDE)) as addresses:
        played(addresses, scene)


def alter(user: BusUser) -> BusUser:
    deed, subject = CHANGED[user.name]
    has: tuple[str, ...] = getattr(user, deed)
    without = tuple(one for one in has if one != subject)
    changed = without if subject in has else (*has, subject)
    return replace(user, publishes=changed) if deed == "publishes" else replace(user, hears=changed)


async def says(here: Callers, name: str) -> set[str]:
    """What somebody may say, who tries everything, and should not, or the other way round."""
    client = await here.of(name)
    for subject in SAID:
        await client.publish(subject, NOTHING, headers={**FOR_NOBODY, "From": name})
    expected = {one for one in SAID if not may(EVERYBODY[name].publishes, one)}
    return expected ^ refused(await here.refusals(name), "publish to", SAID)


async def hears(here: Callers, name: str) -> set[str]:
    """The same of where they listen."""
    client = await here.of(name)
    for subject in HEARD:
        await client.subscribe(subject)
    expected = {one for one in HEARD if not may(EVERYBODY[name].subscribes, one)}
    return expected ^ refused(await here.refusals(name), "subscription to", HEARD)


async def otherwise(
    here: Callers, what: Callable[[Callers, str], Awaitable[set[str]]]
) -> set[tuple[str, str]]:
    """Who may do, by the server, what they may not by the table, or the other way round."""
    return {(name, subject) for name in EVERYBODY for subject in await what(here, name)}


def test_who_is_nobody_does_not_come_in(bus: dict[str, BusAddress]) -> None:
    async def tries(address: BusAddress) -> None:
        with pytest.raises(NatsError, match=r"(?i)authorization"):
            await connected("client", address)

    for address in (
        BusAddress(url=bus["client"].url, seed=fresh_seed()),
        BusAddress(url=bus["client"].url.replace("client@", "")),
        BusAddress(url=bus["client"].url.replace("client@", "owner:owner@")),
    ):
        asyncio.run(tries(address))


def test_who_has_a_service_in_the_table_is_answered(play: Callable[[Scene], None]) -> None:
    async def scene(here: Callers) -> None:
        info, by_number = f"{API}STREAM.INFO.{STREAM}", f"{API}DIRECT.GET.{STREAM}"
        for name, user in EVERYBODY.items():
            client = await here.of(name)
            if may(user.publishes, info):
                assert (await client.jetstream().stream_info(STREAM)).state.messages == 3
            if may(user.publishes, by_number):
                assert await pages(client) == [b"0", b"1", b"2"]
            for consumer in CONSUMERS:
                if may(user.publishes, f"{API}CONSUMER.INFO.{STREAM}.{consumer}"):
                    found = await client.jetstream().consumer_info(STREAM, consumer)
                    assert found.name == consumer
            if name in CONSUMERS:
                assert await acknowledged(client, name) == 3
            assert await here.refusals(name) == []

    play(scene)


async def acknowledged(client: Client, name: str) -> int:
    """How far somebody's consumer is, once it has brought all and that was acknowledged."""
    events = await client.jetstream().pull_subscribe_bind(name, STREAM)
    for message in await events.fetch(3, timeout=2):
        await message.ack_sync()
    done = (await events.consumer_info()).ack_floor
    return done.stream_seq if done else 0


async def pages(client: Client) -> list[bytes]:
    """All messages, by their numbers."""
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox)
    await client.publish(f"{API}DIRECT.GET.{STREAM}", b'{"seq": 1, "batch": 10}', reply=inbox)
    found = []
    while not ((message := await answers.next_msg(2)).headers or {}).get("Status"):
        found.append(message.data)
    return found


def test_nobody_says_more_at_once_or_comes_more_often_than_they_may(
    bus: dict[str, BusAddress],
) -> None:
    async def scene() -> None:
        one = await connected("crm", bus["crm"], allow_reconnect=False)
        closed = asyncio.Event()

        async def ended() -> None:
            closed.set()

        one._closed_cb = ended
        await one.publish(f"{API}CONSUMER.INFO.{STREAM}.crm", b"x" * (64 * 1024 + 1))
        await asyncio.wait_for(closed.wait(), 10)
        many = [await connected("crm", bus["crm"]) for _ in range(FEW)]
        with pytest.raises(NatsError, match="maximum account active connections"):
            await connected("crm", bus["crm"])
        await asyncio.gather(*(each.close() for each in many))

    asyncio.run(scene())


def test_a_request_over_accounts_that_nobody_hears_is_known_to_be_one(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Callers) -> None:
        client = await here.of("client")
        with pytest.raises(NatsError, match="no responders"):
            await client.request(f"{REQUESTS}cohort.plan", b"{}", timeout=5)

    play(scene)
