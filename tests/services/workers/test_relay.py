import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Stored
from services.operations.provisioning import provision
from services.stream import provisioning as the_stream
from services.stream.copying import BATCH, SINGLES, Copying, StreamIsNotACopy
from services.workers import relay
from tests.scenes.at_work import (
    at_work,
    client_of,
    end_connections,
    eventually,
    last_in_stream,
    recorded_in,
)
from tests.scenes.damaged import altered, put_back, shortened
from tests.scenes.watching import leaders
from tests.scenes.world import station


def rows(number: int) -> list[Stored]:
    """Documents that tell each other apart; the relay reads nothing in them."""
    return [
        Stored(0, "workshop.booked.v1", ["a"], f'{{"é":{n},"{n * 7919}":"\\u00e9"}}'.encode())
        for n in range(number)
    ]


async def copied(client: Client, log: list[Stored]) -> None:
    """The stream comes to hold the log: each message at its position, byte for byte."""

    async def complete() -> bool:
        return await last_in_stream(client) >= len(log)

    await eventually(complete)
    assert await last_in_stream(client) == len(log)
    for row in log:
        message = await client.jetstream().get_msg(STREAM, seq=row.position)
        assert message.data == row.document
        assert message.subject == "lt.event.workshop.booked"


@pytest.mark.parametrize("number", [1, SINGLES, SINGLES + 1, 2 * BATCH + 3])
def test_the_stream_equals_the_log(bus: Engines, tmp_path: Path, number: int) -> None:
    async def scene() -> None:
        log = recorded_in(bus, rows(number))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await copied(client, log)
            log += recorded_in(bus, rows(number))
            await copied(client, log)

    asyncio.run(scene())


def test_two_relays_at_once_double_nothing(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        here = station(bus, tmp_path)
        async with client_of(bus) as client, at_work(relay.serve, here), at_work(relay.serve, here):
            log: list[Stored] = []
            for number in (1, 5, SINGLES, 200, 1, 700, 3):
                log += await asyncio.to_thread(recorded_in, bus, rows(number))
            await copied(client, log)

    asyncio.run(scene())


def test_a_relay_that_starts_again_goes_on_from_the_tail(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        here = station(bus, tmp_path)
        async with client_of(bus) as client:
            log = recorded_in(bus, rows(100))
            async with at_work(relay.serve, here):
                await copied(client, log)
            log += recorded_in(bus, rows(10))
            async with at_work(relay.serve, here):
                await copied(client, log)

    asyncio.run(scene())


def test_a_stream_made_anew_is_filled_again_though_nothing_happens(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        log = recorded_in(bus, rows(120))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await copied(client, log)
            await client.jetstream().delete_stream(STREAM)
            await the_stream.provision(client, {})
            await copied(client, log)

    asyncio.run(scene())


def test_a_stray_message_stops_the_relay_for_good(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        log = recorded_in(bus, rows(3))
        async with client_of(bus) as client, client_of(bus, "relay") as stray:
            async with at_work(relay.serve, station(bus, tmp_path)):
                await copied(client, log)
                with capture_logs() as said:
                    await stray.request("lt.event.workshop.booked", b"who is this?")
                    recorded_in(bus, rows(2))
                    await eventually(lambda: stopped(said))
            await refused(bus, stray)
            assert await last_in_stream(client) == 4

    asyncio.run(scene())


def test_a_log_restored_from_a_backup_is_not_copied_over_a_longer_stream(
    bus: Engines, tmp_path: Path
) -> None:
    """The stream has what the log, restored from before it, does not know."""

    async def scene() -> None:
        async with client_of(bus) as client, client_of(bus, "relay") as lost:
            await lost.request("lt.event.workshop.booked", rows(1)[0].document)
            await refused(bus, lost)
            with capture_logs() as said:
                ready, stop = asyncio.Event(), asyncio.Event()
                working = asyncio.create_task(relay.serve(station(bus, tmp_path), ready, stop))
                await eventually(lambda: stopped(said))
                assert not ready.is_set()
                stop.set()
                await working
            assert await last_in_stream(client) == 1

    asyncio.run(scene())


@asynccontextmanager
async def relaying(engines: Engines, folder: Path) -> AsyncIterator[asyncio.Event]:
    """A relay, and whether it is ready."""
    ready, stop = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(relay.serve(station(engines, folder), ready, stop))
    try:
        yield ready
    finally:
        stop.set()
        await working


async def has_come(client: Client, last: int) -> bool:
    return await last_in_stream(client) == last


def other_rows(number: int) -> list[Stored]:
    return [row._replace(document=b'{"instead":true}') for row in rows(number)]


@pytest.mark.parametrize("grown", [0, 5], ids=["shorter", "grown again"])
def test_a_log_that_was_shortened_under_a_relay_stops_it_until_it_is_whole_again(
    bus: Engines, tmp_path: Path, grown: int
) -> None:
    async def scene() -> None:
        log = recorded_in(bus, rows(10))
        async with client_of(bus) as client, relaying(bus, tmp_path) as ready:
            await copied(client, log)
            with capture_logs() as said:
                cut = await asyncio.to_thread(shortened, bus, 8)
                recorded_in(bus, other_rows(grown))
                await eventually(lambda: stopped(said))
                assert not ready.is_set()
                put_back(bus, cut)
                log += recorded_in(bus, rows(3))
                await copied(client, log)
                assert ready.is_set()
            assert len([one for one in said if one["event"] == "relay.stopped"]) == 1

    asyncio.run(scene())


def test_a_relay_that_was_about_to_publish_looks_at_what_it_published_last(
    bus: Engines, tmp_path: Path
) -> None:
    """Though it was told of news at the same moment."""

    async def scene() -> None:
        log = recorded_in(bus, rows(10))
        async with client_of(bus) as client, relaying(bus, tmp_path) as ready:
            await copied(client, log)
            with capture_logs() as said:
                before = altered(bus, 10, b"{}")
                recorded_in(bus, rows(1))
                await eventually(lambda: stopped(said))
                assert await last_in_stream(client) == 10
                assert not ready.is_set()
            altered(bus, 10, before)
            await eventually(ready.is_set)
            await eventually(lambda: has_come(client, 11))

    asyncio.run(scene())


def stopped(said: Sequence[Mapping[str, Any]]) -> bool:
    return any(entry["event"] == "relay.stopped" for entry in said)


async def refused(engines: Engines, client: Client) -> None:
    url = engines.programme["relay"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        with pytest.raises(StreamIsNotACopy, match="stream"):
            await Copying(client).verified_tail(connection)


def test_a_lost_connection_to_the_database_interrupts_for_a_moment(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        log = recorded_in(bus, rows(2))
        async with client_of(bus) as client, at_work(relay.serve, station(bus, tmp_path)):
            await copied(client, log)
            end_connections(bus, "relay")
            log += recorded_in(bus, rows(80))
            await copied(client, log)

    asyncio.run(scene())


def test_a_killed_bus_interrupts_for_a_moment(tmp_path: Path) -> None:
    data = tmp_path / "data"

    async def scene(engines: Engines) -> None:
        await provision(engines)
        log = recorded_in(engines, rows(100))
        async with client_of(engines) as client, at_work(relay.serve, station(engines, data)):
            await copied(client, log)
            (killed,) = leaders(data, "nats")
            os.kill(killed, signal.SIGKILL)
            log += recorded_in(engines, rows(100))
            await eventually(lambda: leaders(data, "nats") not in ([], [killed]))
            await copied(client, log)

    with embedded(data, fsync=False) as engines:
        asyncio.run(scene(engines))
