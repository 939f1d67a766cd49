"""More commands than can be decided: busy in bounded time, and right when they are repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from nats.micro.request import Request as NatsRequest

from events.ids import CommandId
from services.door import door
from services.door.door import Door
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log, turn
from services.log.wishes import Wish
from tests.races.at_the_door import Clients
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import token
from tests.scenes.world import NOON, door_on, station

FLOOD, WAITING, PATIENCE = 1000, 200, 1.0
IDS = [CommandId.derived(NOON, str(number)) for number in range(FLOOD)]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the queue was when each command came to it, at a door with little patience."""
    monkeypatch.setattr(door, "MAX_WAITING", WAITING)
    monkeypatch.setattr(door, "PATIENCE", PATIENCE)
    lengths, enter = list[int](), door.Waiting

    def watched(wish: Wish, message: NatsRequest, until: float, size: int) -> door.Waiting:
        (here,) = doors
        lengths.append(len(here._waiting))
        return enter(wish, message, until, size)

    doors, make = list[Door](), Door.__init__

    def made(self: Door, *given: Any, **more: Any) -> None:
        make(self, *given, **more)
        doors.append(self)

    monkeypatch.setattr(Door, "__init__", made)
    monkeypatch.setattr(door, "Waiting", watched)
    return lengths


@asynccontextmanager
async def turn_taken(engines: Engines) -> AsyncIterator[None]:
    """Somebody else has the writer's turn and does not give it back."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as holder, turn(holder):
        yield


async def timed(clients: Clients, command_id: str) -> tuple[Reply, float]:
    began = monotonic()
    reply = await clients.send(command_id)
    assert reply
    return reply, monotonic() - began


def test_a_flood_is_told_to_come_again_and_then_answered(
    fresh: Engines, tmp_path: Path, queue: list[int]
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            clients = Clients(client, partial(token, RUTH))
            async with turn_taken(fresh):
                timings = await asyncio.gather(*(timed(clients, one) for one in IDS))
            assert {reply.status for reply, _ in timings} == {"busy", "unanswered"}
            assert max(seconds for _, seconds in timings) < PATIENCE + 4
            assert max(queue) == WAITING - 1
            assert len(queue) <= WAITING + door.GROUP
            replies = []
            for first in range(0, FLOOD, WAITING // 2):
                some = IDS[first : first + WAITING // 2]
                replies += await asyncio.gather(*(clients.insist(one) for one in some))
            assert {reply.status for reply in replies} == {"accepted"}
            found = sorted(event.position for reply in replies for event in reply.events or ())
            assert found == list(range(BEFORE + 1, BEFORE + FLOOD + 1))
            log = Log(fresh.programme["home"])
            assert log.head() == BEFORE + FLOOD
            log.close()

    asyncio.run(scene())
