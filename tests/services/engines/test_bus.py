"""Who may do what on the bus: everybody against every subject, on a server with our accounts.

What is expected follows from the table in services/engines/bus.py; what that table says is written
down a second time in deploy/nats.conf, which a test of the deployment holds against it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import Header
from nats.js.errors import APIError

from services.crew import CREW, FOLLOWERS, OF_WORKERS, QUERIES, REQUESTS, STREAM
from services.engines.addresses import BusAddress
from services.engines.bus import (
    BUS_USERS,
    FEW,
    STREAMS_ACCOUNT,
    BusUser,
    covers,
    inbox_prefix,
    subscriber,
)
from services.engines.seeds import fresh_seed
from services.stream.connections import connected
from tests.scenes.buses import EVENT, Callers, callers, in_accounts

OTHERS = ("gp-portal", "crm")
EVERYBODY = {user.name: user for user in (*BUS_USERS, *map(subscriber, OTHERS))}
CONSUMERS = (*FOLLOWERS, *OTHERS)
API = "$JS.API."
OF_STREAMS = (
    *(f"STREAM.{verb}.{STREAM}" for verb in ("CREATE", "UPDATE", "DELETE", "PURGE", "INFO")),
    *(f"STREAM.{verb}.{STREAM}" for verb in ("SNAPSHOT", "RESTORE", "PEER.REMOVE")),
    *(f"STREAM.{verb}.{STREAM}" for verb in ("MSG.GET", "MSG.DELETE", "LEADER.STEPDOWN")),
    *(f"STREAM.{verb}.OTHER" for verb in ("CREATE", "DELETE", "INFO", "MSG.GET")),
    f"DIRECT.GET.{STREAM}",
    f"DIRECT.GET.{STREAM}.{EVENT}",
    "DIRECT.GET.OTHER",
    "INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "META.LEADER.STEPDOWN",
    f"ACCOUNT.PURGE.{STREAMS_ACCOUNT}",
    f"CONSUMER.CREATE.{STREAM}",
    f"CONSUMER.NAMES.{STREAM}",
    f"CONSUMER.LIST.{STREAM}",
)
OF_CONSUMERS = (
    *("CREATE.{}.{}", "CREATE.{}.{}.lt.event.>", "DURABLE.CREATE.{}.{}", "INFO.{}.{}"),
    *("DELETE.{}.{}", "MSG.NEXT.{}.{}", "RESET.{}.{}", "PAUSE.{}.{}", "UNPIN.{}.{}"),
)
SAID = (
    *(f"{API}{verb}" for verb in OF_STREAMS),
    *(f"{API}CONSUMER.{one.format(STREAM, name)}" for one in OF_CONSUMERS for name in CONSUMERS),
    *(f"$JS.ACK.{STREAM}.{name}.1.1.1.1.1" for name in CONSUMERS),
    *(f"$JS.FC.{STREAM}.{name}.x" for name in CONSUMERS),
    *(f"$SRV.{verb}{who}" for verb in ("PING", "INFO", "STATS") for who in ("", ".commands")),
    *(f"$SYS.REQ.SERVER.x.{verb}" for verb in ("CONNZ", "KICK", "RELOAD", "VARZ", "IDZ")),
    *("$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.LT.CONNZ", "$SYS.REQ.USER.INFO"),
    *(f"{OF_WORKERS}{one.name}.{name}" for one in CREW for name in (*one.asks, "cohort.plan")),
    *(f"{REQUESTS}cohort.plan", f"{OF_WORKERS}nobody.cohort.plan", "lt.other"),
    *(f"{QUERIES}cohort_board", f"{QUERIES}people.find", QUERIES.rstrip(".")),
    *(f"{inbox_prefix(name)}.x" for name in EVERYBODY),
    *("_INBOX.x", "_R_.x.y", EVENT, "lt.event.x.y"),
)
HEARD = (
    *dict.fromkeys(subject for user in EVERYBODY.values() for subject in user.subscribes),
    *(">", "*.>", "lt.>", "lt.event.>", "lt.command.>", "lt.system.policies.>", EVENT),
    *("lt.query.>", "lt.query.people"),
    *("$JS.>", "$JS.API.>", f"$JS.ACK.{STREAM}.>", "$SYS.>", "_INBOX.>", "_R_.>"),
)
# What the bus takes for none of its requests, and no message of the stream.
NOTHING = b"{"
FOR_NOBODY = {Header.EXPECTED_LAST_SEQUENCE.value: str(2**62)}
ELSEWHERE = (EVENT, f"{REQUESTS}person.register", f"{OF_WORKERS}policies.reserve.promote")

Scene = Callable[[Callers], Awaitable[None]]


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BusAddress]]:
    with in_accounts(tmp_path_factory.mktemp("bus"), *OTHERS) as addresses:
        yield addresses


@pytest.fixture
def play(bus: dict[str, BusAddress]) -> Callable[[Scene], None]:
    async def played(scene: Scene) -> None:
        async with callers(bus, *OTHERS) as here:
            await scene(here)

    return lambda scene: asyncio.run(played(scene))


def may(patterns: tuple[str, ...], subject: str) -> bool:
    return any(covers(pattern, subject) for pattern in patterns)


def refused(complaints: list[str], deed: str, subjects: tuple[str, ...]) -> set[str]:
    """Those of the subjects that the server named in a refusal."""
    said = {one.partition(f'violation for {deed} "')[2].rpartition('"')[0] for one in complaints}
    return {subject for subject in subjects if subject.lower() in said}


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
        for name, user in EVERYBODY.items():
            client = await here.of(name)
            for subject in SAID:
                headers = {**FOR_NOBODY, "From": name}
                await client.publish(subject, NOTHING, headers=headers)
            expected = {subject for subject in SAID if not may(user.publishes, subject)}
            found = refused(await here.refusals(name), "publish to", SAID)
            assert found == expected, (name, found ^ expected)
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
        for name, user in EVERYBODY.items():
            client = await here.of(name)
            for subject in HEARD:
                await client.subscribe(subject)
            expected = {subject for subject in HEARD if not may(user.subscribes, subject)}
            found = refused(await here.refusals(name), "subscription to", HEARD)
            assert found == expected, (name, found ^ expected)

    play(scene)


def test_nobody_hears_what_is_answered_to_somebody_else(play: Callable[[Scene], None]) -> None:
    """Also where two may listen on subjects of one name: each has an account of its own."""

    async def scene(here: Callers) -> None:
        for name in EVERYBODY:
            for other in EVERYBODY.keys() - {name}:
                assert not may(EVERYBODY[other].subscribes, f"{inbox_prefix(name)}.x")
        accounts = [user.account for user in EVERYBODY.values()]
        assert {one for one in accounts if accounts.count(one) > 1} == {STREAMS_ACCOUNT}
        both = {one.name for one in EVERYBODY.values() if one.account == STREAMS_ACCOUNT}
        assert both == {"owner", "relay"}

    play(scene)


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


BODIES = (
    b"",
    b'{"batch": 3, "expires": 100000000}',
    b'{"seq": 1, "batch": 3}',
    b"+NXT",
)
MADE = ({"ack_policy": "none"}, {"ack_policy": "explicit", "durable_name": "made"})


def enlarging(user: BusUser) -> Iterator[tuple[str, bytes, str]]:
    """What somebody could try to have something said elsewhere: subject, body, and answer to."""
    for answer in ELSEWHERE:
        for subject in SAID:
            if may(user.publishes, subject) or subject.startswith(("$SRV", "$JS.API.CONSUMER")):
                for body in BODIES:
                    yield subject, body, answer
        for name in ("made", *CONSUMERS):
            for subject in (f"CONSUMER.CREATE.{STREAM}", f"CONSUMER.CREATE.{STREAM}.{name}"):
                for config in MADE:
                    made = {**config, "deliver_subject": answer}
                    body = json.dumps({"stream_name": STREAM, "config": made}).encode()
                    yield f"{API}{subject}", body, answer
                    yield f"{API}CONSUMER.DURABLE.CREATE.{STREAM}.{name}", body, answer
        yield answer, b"{}", ""


def test_nobody_but_the_relay_enlarges_the_stream(play: Callable[[Scene], None]) -> None:
    """By saying it, by having it answered there, or by having it delivered there."""

    async def scene(here: Callers) -> None:
        door, heard = await here.of("commands"), list[str]()

        async def answer(message: Msg) -> None:
            heard.append(message.reply)
            if message.reply:
                await message.respond(b"an answer")

        for subjects in (f"{REQUESTS}>", f"{OF_WORKERS}>", "$SRV.>"):
            await door.subscribe(subjects, cb=answer)
        await door.flush()
        reader = await here.of("reader")
        await reader.subscribe(f"{QUERIES}>", cb=answer)
        await reader.flush()
        for name, user in EVERYBODY.items():
            if user.account == STREAMS_ACCOUNT:
                continue
            client = await here.of(name)
            for subject, body, reply in enlarging(user):
                await client.publish(subject, body, reply)
            await here.refusals(name)
        await door.flush()
        assert heard
        # Where could it be answered? What somebody has delivered to subjects on which they may
        # speak anyway is to be acknowledged, and that is no inbox.
        assert {one[:4] for one in heard} <= {"", "_R_.", "$JS."}
        assert await here.messages() == 3
        there = await (await here.of("owner")).jetstream().consumers_info(STREAM)
        assert {one.name for one in there} == {*CONSUMERS}

    play(scene)


def test_even_the_owner_makes_no_consumer_that_delivers_into_the_stream(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Callers) -> None:
        jetstream = (await here.of("owner")).jetstream()
        with pytest.raises(APIError, match="cycle"):
            await jetstream.add_consumer(STREAM, durable_name="made", deliver_subject=EVENT)

    play(scene)


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
