"""Who can enlarge the stream, whatever they try: its owner and the relay, and nobody else."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.js.errors import APIError

from services.crew import OF_WORKERS, QUERIES, REQUESTS, STREAM
from services.engines.bus import STREAMS_ACCOUNT, BusUser
from tests.scenes.bus_matrix import (
    API,
    CONSUMERS,
    EVERYBODY,
    OUTSIDE,
    SAID,
    Scene,
    may,
    played,
)
from tests.scenes.buses import EVENT, Callers, in_accounts

ELSEWHERE = (EVENT, f"{REQUESTS}person.register", f"{OF_WORKERS}policies.reserve.promote")
BODIES = (
    b"",
    b'{"batch": 3, "expires": 100000000}',
    b'{"seq": 1, "batch": 3}',
    b"+NXT",
)
MADE = ({"ack_policy": "none"}, {"ack_policy": "explicit", "durable_name": "made"})


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[[Scene], None]]:
    with in_accounts(tmp_path, *OUTSIDE) as bus:
        yield lambda scene: played(bus, scene)


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


def test_nobody_but_the_owner_and_the_relay_can_enlarge_the_stream(
    play: Callable[[Scene], None],
) -> None:
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
        # Those who share the stream's account come last: the owner could take the stream away.
        last = sorted(EVERYBODY, key=lambda name: EVERYBODY[name].account == STREAMS_ACCOUNT)
        able = {name for name in last if await enlarges(here, name)}
        await door.flush()
        assert able == {"owner", "relay"}
        assert heard
        # Where could it be answered? What somebody has delivered to subjects on which they may
        # speak anyway is to be acknowledged, and that is no inbox.
        assert {one[:4] for one in heard} <= {"", "_R_.", "$JS."}
        there = await (await here.of("owner")).jetstream().consumers_info(STREAM)
        assert {one.name for one in there} == {*CONSUMERS}

    play(scene)


async def enlarges(here: Callers, name: str) -> bool:
    """Whether the stream has more once somebody has tried everything; in its own account, once
    they have tried what they need.
    """
    client, user, before = await here.of(name), EVERYBODY[name], await here.messages()
    for subject, body, reply in enlarging(user):
        await client.publish(subject, body, reply)
        if user.account == STREAMS_ACCOUNT:
            await client.flush()
            if await here.messages() > before:
                return True
    await here.refusals(name)
    return await here.messages() > before


def test_even_the_owner_makes_no_consumer_that_delivers_into_the_stream(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Callers) -> None:
        jetstream = (await here.of("owner")).jetstream()
        with pytest.raises(APIError, match="cycle"):
            await jetstream.add_consumer(STREAM, durable_name="made", deliver_subject=EVENT)

    play(scene)
