import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from nats.aio.client import Client

from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Log, Stored
from services.operations.provisioning import provision
from services.process.following import LINGER, Urls, follow, what_is_there
from services.process.station import Serve, Station
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.watching import leaders
from tests.scenes.world import station

WORKER = "notifier"


def rows(number: int) -> list[Stored]:
    return [Stored(0, "workshop.booked.v1", ["a"], b'{"n":%d}' % n) for n in range(number)]


class Reader:
    """Follows with nothing but a number: what it took, and how far the stream said it may."""

    def __init__(self, url: str, take: Callable[[int], None] = lambda _: None) -> None:
        self._log, self._take = Log(url, connections=1), take
        self.taken: list[Stored] = []
        self.mended = 0

    def checkpoint(self) -> int:
        return self.taken[-1].position if self.taken else 0

    def take(self, upto: int) -> None:
        self._take(upto)
        self.taken += self._log.page(self.checkpoint(), 500, upto)

    def mend(self) -> None:
        self.mended += 1

    def positions(self) -> list[int]:
        return [row.position for row in self.taken]

    def close(self) -> None:
        self._log.close()


@contextmanager
def reader(engines: Engines, take: Callable[[int], None] = lambda _: None) -> Iterator[Reader]:
    own = Reader(engines.programme[WORKER], take)
    try:
        yield own
    finally:
        own.close()


def following(follower: Reader) -> Serve:
    async def serve(here: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
        urls = Urls(here.engines.nats[WORKER], here.engines.programme[WORKER])
        await follow(WORKER, urls, follower, ready, stop)

    return serve


def upto(number: int) -> list[int]:
    return list(range(1, number + 1))


async def consumer(client: Client) -> Any:
    return await client.jetstream().consumer_info(STREAM, WORKER)


async def acknowledged(client: Client, upto: int) -> None:
    async def settled() -> bool:
        return bool((await consumer(client)).ack_floor.stream_seq >= upto)

    await eventually(settled)


async def idle(client: Client) -> None:
    """The follower has asked for messages, and waits for the first."""

    async def waiting() -> bool:
        return bool((await consumer(client)).num_waiting)

    await eventually(waiting)


def test_a_message_of_a_quiet_stream_comes_at_once(bus: Engines, tmp_path: Path) -> None:
    moments: list[tuple[float, int]] = []

    def note(position: int) -> None:
        moments.append((time.monotonic(), position))

    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(own), here),
        ):
            for position in (1, 2, 3):
                await idle(client)
                said = time.monotonic()
                recorded_in(bus, rows(1))
                await acknowledged(client, position)
                assert moments[-1][1] == position
                assert moments[-1][0] - said < LINGER / 2

    with reader(bus, note) as own:
        asyncio.run(scene(own))


def test_a_message_comes_at_once_whatever_earlier_request_it_answers(
    bus: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One may be left open for long, if nothing had happened for a while."""
    monkeypatch.setattr("services.process.following.LINGER", 60.0)

    async def scene() -> None:
        async with client_of(bus, "relay") as says, client_of(bus, WORKER) as client:
            pull = await client.jetstream().pull_subscribe_bind(WORKER, stream=STREAM)
            open_long = b'{"batch": 500, "expires": 60000000000}'
            for many in (1, 3):
                await client.publish(pull._nms, open_long, pull._deliver)
                coming = asyncio.create_task(what_is_there(pull, 500))
                await eventually(lambda: waiting_requests(client, 2))
                for _ in range(many):
                    await says.jetstream().publish("lt.event.workshop.booked", b"{}")
                found = await asyncio.wait_for(coming, 20)
                while len(found) < many:
                    found += await asyncio.wait_for(what_is_there(pull, 500), 20)
                assert len(found) == many

    asyncio.run(scene())


def test_all_that_is_there_is_one_batch(bus: Engines) -> None:
    async def scene() -> None:
        async with client_of(bus, "relay") as says, client_of(bus, WORKER) as client:
            pull = await client.jetstream().pull_subscribe_bind(WORKER, stream=STREAM)
            for _ in range(7):
                await says.jetstream().publish("lt.event.workshop.booked", b"{}")
            batches = [len(await what_is_there(pull, 5)) for _ in range(2)]
            assert batches == [5, 2]

    asyncio.run(scene())


async def waiting_requests(client: Client, many: int) -> bool:
    return bool((await consumer(client)).num_waiting >= many)


def test_what_fails_comes_again_and_nothing_is_lost(bus: Engines, tmp_path: Path) -> None:
    failures = iter([True, False, True])

    def away_at_first(_: int) -> None:
        if next(failures, False):
            raise ConnectionError("the database is away")

    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(own), here),
        ):
            for _ in range(3):
                recorded_in(bus, rows(20))
                await acknowledged(client, max(own.checkpoint(), 1))
            await acknowledged(client, 60)
        assert own.positions() == upto(60)

    with reader(bus, away_at_first) as own:
        asyncio.run(scene(own))


def test_a_stop_finishes_what_is_in_hand(bus: Engines, tmp_path: Path) -> None:
    begun, go_on, finished = threading.Event(), threading.Event(), threading.Event()

    def take_long(_: int) -> None:
        begun.set()
        assert go_on.wait(10)
        finished.set()

    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        ready, stop = asyncio.Event(), asyncio.Event()
        async with client_of(bus) as client, at_work(relay.serve, here):
            working = asyncio.ensure_future(following(own)(here, ready, stop))
            recorded_in(bus, rows(7))
            await eventually(begun.is_set)
            handed_over = (await consumer(client)).delivered.stream_seq
            stop.set()
            await asyncio.wait([working], timeout=0.1)
            assert not working.done()
            go_on.set()
            await working
            assert finished.is_set()
            await acknowledged(client, handed_over)

    with reader(bus, take_long) as own:
        asyncio.run(scene(own))


@pytest.fixture
def asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a restarted bus has forgotten is asked again within a second."""
    monkeypatch.setattr("services.process.following.LINGER", 1.0)


@pytest.mark.usefixtures("asks_often")
def test_a_consumer_that_was_lost_and_made_anew_is_followed_again(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(own), here),
        ):
            await idle(client)
            await client.jetstream().delete_consumer(STREAM, WORKER)
            recorded_in(bus, rows(5))
            await provision(bus)
            await eventually(lambda: own.positions() == upto(5))

    with reader(bus) as own:
        asyncio.run(scene(own))


@pytest.mark.usefixtures("asks_often")
def test_a_follower_outlives_a_killed_bus(tmp_path: Path) -> None:
    data = tmp_path / "data"

    async def scene(engines: Engines, own: Reader) -> None:
        await provision(engines)
        here = station(engines, data)
        async with (
            client_of(engines) as client,
            at_work(relay.serve, here),
            at_work(following(own), here),
        ):
            await idle(client)
            os.kill(leaders(data, "nats")[0], signal.SIGKILL)
            recorded_in(engines, rows(5))
            await eventually(lambda: own.positions() == upto(5), LINGER + 15)

    with embedded(data, fsync=False) as engines, reader(engines) as own:
        asyncio.run(scene(engines, own))


def test_a_message_that_the_log_does_not_have_does_nothing(bus: Engines, tmp_path: Path) -> None:
    """A stray one, or what a restored log has lost: nobody may act on it."""

    async def scene(own: Reader) -> None:
        async with client_of(bus) as client, client_of(bus, "relay") as stray:
            await stray.jetstream().publish("lt.event.workshop.booked", b"{}")
            async with at_work(following(own), station(bus, tmp_path)):
                await acknowledged(client, 1)
        assert own.positions() == []

    with reader(bus) as own:
        asyncio.run(scene(own))


def test_what_somebody_took_away_from_the_consumer_is_read_from_the_log(
    bus: Engines, tmp_path: Path
) -> None:
    """Terminated and acknowledged without effect: no gauge of the bus shows it."""

    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        async with client_of(bus) as client, at_work(relay.serve, here):
            recorded_in(bus, rows(4))
            await eventually(lambda: stream_has(client, 4))
            await steal(bus, 4)
            async with at_work(following(own), here):
                await eventually(lambda: own.positions() == upto(4))

    with reader(bus) as own:
        asyncio.run(scene(own))


async def stream_has(client: Client, last: int) -> bool:
    return await last_in_stream(client) == last


async def steal(engines: Engines, number: int) -> None:
    async with client_of(engines, WORKER) as thief:
        subscription = await thief.jetstream().pull_subscribe_bind(WORKER, stream=STREAM)
        for place, message in enumerate(await subscription.fetch(number, 5)):
            await (message.term() if place % 2 else message.ack())
        await thief.flush()


def test_a_follower_rests_when_it_is_told_to_and_then_goes_on(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = 0.2
    monkeypatch.setattr("services.process.following.LOOK", look)

    async def scene(own: Reader) -> None:
        here = station(bus, tmp_path)
        async with at_work(relay.serve, here), at_work(following(own), here):
            operator(bus, "INSERT INTO work.paused VALUES (%s, now(), 'Ola', 'a test')")
            await asyncio.sleep(2 * look)
            recorded_in(bus, rows(3))
            before = own.mended
            await asyncio.sleep(2 * look)
            assert own.positions() == []
            assert own.mended == before
            operator(bus, "DELETE FROM work.paused WHERE worker = %s")
            await eventually(lambda: own.positions() == upto(3))

    with reader(bus) as own:
        asyncio.run(scene(own))


def operator(engines: Engines, statement: LiteralString) -> None:
    with psycopg.connect(engines.programme["operator"]) as connection:
        connection.execute(statement, (WORKER,))
