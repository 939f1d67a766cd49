"""Each stream has an epoch of its own, which every message bears and whoever follows it sees."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from services.crew import STREAM
from services.engines.addresses import Engines
from services.operations.provisioning import provision
from services.stream import provisioning, rebuilding
from services.stream.copying import SINGLES
from services.stream.epoch import EPOCH, HEAD, epoch_of, is_whole
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.streams import has, rebuilt, rows, stream_of
from tests.scenes.world import station


async def borne(client: Client) -> Counter[str]:
    """How many messages of the stream bear each epoch."""
    found: Counter[str] = Counter()
    for sequence in range(1, await last_in_stream(client) + 1):
        message = await client.jetstream().get_msg(STREAM, seq=sequence, direct=True)
        found[(message.headers or {})[EPOCH]] += 1
    return found


async def epoch(client: Client) -> str:
    return epoch_of(await stream_of(client))


@pytest.mark.parametrize("number", [SINGLES, SINGLES + 1], ids=["one by one", "as a batch"])
def test_every_message_bears_the_epoch_of_its_stream(
    bus: Engines, tmp_path: Path, number: int
) -> None:
    async def scene() -> None:
        recorded_in(bus, rows(number))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await eventually(lambda: has(client, number))
            assert await borne(client) == {await epoch(client): number}

    asyncio.run(scene())


def test_a_stream_made_anew_has_another_epoch_and_a_relay_that_was_idle_knows_it(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        recorded_in(bus, rows(5))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await eventually(lambda: has(client, 5))
            first = await epoch(client)
            outcome = await rebuilt(bus)
            recorded_in(bus, rows(1, 5))  # before the relay looks by itself
            await eventually(lambda: has(client, 6))
            second = await epoch(client)
            assert second == outcome.epoch != first
            assert await borne(client) == {second: 6}

    asyncio.run(scene())


def test_provision_gives_an_older_stream_an_epoch_which_the_relay_takes_up(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        recorded_in(bus, rows(2))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await eventually(lambda: has(client, 2))
            jetstream = client.jetstream()
            older = (await stream_of(client)).config.evolve(metadata={})
            await jetstream.update_stream(older)
            assert not is_whole(await stream_of(client))
            await provision(bus)
            assert is_whole(await stream_of(client))
            given = await epoch(client)
            await provision(bus)
            assert await epoch(client) == given
            recorded_in(bus, rows(1, 2))
            await eventually(lambda: has(client, 3))
            assert (await borne(client))[given] == 1

    asyncio.run(scene())


def test_two_who_provision_at_once_make_one_stream(bus: Engines) -> None:
    async def scene() -> None:
        async with client_of(bus) as client:
            jetstream = client.jetstream()
            await jetstream.delete_stream(STREAM)
            made = await asyncio.gather(
                *(provisioning.make_stream(jetstream, 1, 0) for _ in range(8))
            )
            assert {epoch_of(one) for one in made} == {await epoch(client)}

    asyncio.run(scene())


def test_a_stream_is_whole_when_it_has_come_to_where_the_log_was(
    bus: Engines, tmp_path: Path
) -> None:
    """So whoever follows it knows whether what is missing is still to come."""

    async def scene() -> None:
        recorded_in(bus, rows(30))
        async with client_of(bus) as client:
            await client.jetstream().delete_stream(STREAM)
            await provision(bus)
            assert ((await stream_of(client)).config.metadata or {})[HEAD] == "30"
            assert not is_whole(await stream_of(client))
            async with at_work(relay.serve, station(bus, tmp_path)):
                await eventually(lambda: has(client, 30))
            assert is_whole(await stream_of(client))

    asyncio.run(scene())


def test_a_stream_that_is_being_made_anew_is_not_whole_before_its_consumers_are_there(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        recorded_in(bus, rows(30))
        async with client_of(bus) as client:
            seen: list[bool] = []
            marked = provisioning.mark_whole

            async def looked(*given: Any) -> None:
                assert (await client.jetstream().consumer_info(STREAM, "notifier")).name
                assert await last_in_stream(client) == 30
                seen.append(is_whole(await stream_of(client)))
                await marked(*given)

            monkeypatch.setattr(rebuilding, "mark_whole", looked)
            await rebuilt(bus)
            assert seen == [False]
            assert is_whole(await stream_of(client))

    asyncio.run(scene())
