import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from services import relay
from services.bus import STREAM
from services.embedded import embedded
from services.engines import Engines
from services.following import LINGER, Message, Take, follow, unseen
from services.log import Log, Stored
from services.running import provision
from services.station import Serve, Station
from tests.services.at_work import at_work, client_of, eventually, recorded_in
from tests.services.watching import leaders
from tests.services.world import station

WORKER = "notifier"


def rows(number: int) -> list[Stored]:
    return [Stored(0, "workshop.booked.v1", ["a"], b'{"n":%d}' % n) for n in range(number)]


def following(take: Take) -> Serve:
    def serve(here: Station, ready: asyncio.Event, stop: asyncio.Event) -> Awaitable[None]:
        return follow(WORKER, here.engines.nats[WORKER], take, ready, stop)

    return serve


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
    taken: list[tuple[float, int]] = []

    def take(batch: Sequence[Message]) -> None:
        taken.extend((time.monotonic(), position) for position, _ in batch)

    async def scene() -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(take), here),
        ):
            for position in (1, 2, 3):
                await idle(client)
                said = time.monotonic()
                recorded_in(bus, rows(1))
                await acknowledged(client, position)
                assert taken[-1][1] == position
                assert taken[-1][0] - said < LINGER / 2

    asyncio.run(scene())


def test_what_fails_comes_again_and_nothing_is_lost(bus: Engines, tmp_path: Path) -> None:
    failures = iter([True, False, True])
    taken: set[int] = set()

    def take(batch: Sequence[Message]) -> None:
        if next(failures, False):
            raise ConnectionError("the database is away")
        taken.update(position for position, _ in batch)

    async def scene() -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(take), here),
        ):
            for _ in range(3):
                recorded_in(bus, rows(20))
                await acknowledged(client, max(taken, default=1))
            await acknowledged(client, 60)
        assert taken == set(range(1, 61))

    asyncio.run(scene())


def test_a_stop_finishes_what_is_in_hand(bus: Engines, tmp_path: Path) -> None:
    begun, go_on, finished = threading.Event(), threading.Event(), threading.Event()

    def take(_batch: Sequence[Message]) -> None:
        begun.set()
        assert go_on.wait(10)
        finished.set()

    async def scene() -> None:
        here = station(bus, tmp_path)
        ready, stop = asyncio.Event(), asyncio.Event()
        async with client_of(bus) as client, at_work(relay.serve, here):
            working = asyncio.ensure_future(following(take)(here, ready, stop))
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

    asyncio.run(scene())


def test_a_consumer_that_was_lost_and_made_anew_is_followed_again(
    bus: Engines, tmp_path: Path
) -> None:
    taken: set[int] = set()

    def take(batch: Sequence[Message]) -> None:
        taken.update(position for position, _ in batch)

    async def scene() -> None:
        here = station(bus, tmp_path)
        async with (
            client_of(bus) as client,
            at_work(relay.serve, here),
            at_work(following(take), here),
        ):
            await idle(client)
            await client.jetstream().delete_consumer(STREAM, WORKER)
            recorded_in(bus, rows(5))
            await provision(bus)
            await eventually(lambda: taken == {1, 2, 3, 4, 5})

    asyncio.run(scene())


def test_a_follower_outlives_a_killed_bus(tmp_path: Path) -> None:
    data, taken = tmp_path / "data", set[int]()

    def take(batch: Sequence[Message]) -> None:
        taken.update(position for position, _ in batch)

    async def scene(engines: Engines) -> None:
        await provision(engines)
        here = station(engines, data)
        async with (
            client_of(engines) as client,
            at_work(relay.serve, here),
            at_work(following(take), here),
        ):
            await idle(client)
            os.kill(leaders(data, "nats")[0], signal.SIGKILL)
            recorded_in(engines, rows(5))
            await eventually(lambda: taken == {1, 2, 3, 4, 5}, LINGER + 15)

    with embedded(data, fsync=False) as engines:
        asyncio.run(scene(engines))


@pytest.mark.parametrize(
    ("place", "came", "new"),
    [
        (0, [1, 2, 3], [1, 2, 3]),
        (2, [1, 2, 3, 4], [3, 4]),
        (4, [1, 2, 3, 4], []),
        (0, [2, 3], [1, 2, 3]),
        (0, [1, 4], [1, 2, 3, 4]),
        (0, [3, 1, 2], [1, 2, 3]),
        (0, [1, 1, 2, 2], [1, 2]),
        (3, [9], [4, 5, 6, 7, 8, 9]),
        (0, [], []),
    ],
)
def test_what_is_missing_doubled_or_out_of_order_is_read_from_the_log(
    fresh: Engines, place: int, came: list[int], new: list[int]
) -> None:
    in_log = {row.position: row.document for row in recorded_in(fresh, rows(9))}
    log = Log(fresh.programme["reader"])
    try:
        found = unseen(log, place, [(position, in_log[position]) for position in came])
    finally:
        log.close()
    assert found == [(position, in_log[position]) for position in new]
