"""Busy is answered only if nothing was recorded, and nothing is after that."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from events.ids import CommandId
from services.crew import REQUESTS
from services.door import asking, door
from services.door.asking import ask
from services.door.replies import NOT_KNOWN_YET, Reply
from services.engines.addresses import Engines
from services.engines.connections import KeptConnection
from services.identity.showing import bearing
from services.log import log
from services.log.log import Turn, turn
from tests.scenes.at_work import client_of, eventually
from tests.scenes.played import history_of
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import token
from tests.scenes.world import NOON, PLAN, a_plan, apart, coordinator, door_on, station

FIRST, MORE = 1, 24
LARGE = 200_000  # bytes


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door with small groups and little patience."""
    monkeypatch.setattr(door, "GROUP", FIRST)
    monkeypatch.setattr(door, "PATIENCE", 1.0)
    monkeypatch.setattr(door, "LOOK", 0.05)


@asynccontextmanager
async def turn_taken(engines: Engines) -> AsyncIterator[None]:
    """Somebody else has the writer's turn and does not give it back."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as holder, turn(holder):
        yield


def ids() -> Iterator[CommandId]:
    for number in range(FIRST + MORE):
        yield CommandId.derived(NOON, str(number))


def sent(client: Client, name: str) -> asyncio.Task[Reply]:
    return asyncio.create_task(coordinator(client, "cohort.plan", {**PLAN, **apart(name)}, id=name))


def positions(reply: Reply) -> list[int]:
    """Those of the events, since the scene began."""
    return [one.position - BEFORE for one in reply.events or ()]


def recorded(engines: Engines) -> int:
    """How many events there are since the scene began."""
    return len(history_of(engines)) - BEFORE


def test_who_waits_is_told_busy_and_never_decided_and_of_who_is_in_hand_nobody_knows_yet(
    fresh: Engines, tmp_path: Path, hasty: None
) -> None:
    first, more = list(ids())[:FIRST], list(ids())[FIRST:]

    async def play() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            async with turn_taken(fresh):
                in_hand = [sent(client, one) for one in first]
                await asyncio.sleep(0.2)  # so that it is a group of its own
                waiting = [sent(client, one) for one in more]
                for one in await asyncio.gather(*in_hand):
                    assert (one.status, one.sentence) == ("unanswered", NOT_KNOWN_YET)
                assert {one.status for one in await asyncio.gather(*waiting)} == {"busy"}
            last = await coordinator(client, "cohort.plan", a_plan())  # after all that was taken in
            assert positions(last) == [FIRST + 1]
            assert recorded(fresh) == FIRST + 1
            again = [await sent(client, one) for one in first]
            assert sorted(map(positions, again)) == [[one] for one in range(1, FIRST + 1)]
            assert {(one.status, one.repeated) for one in again} == {("accepted", True)}
            anew = [await sent(client, one) for one in more]
            assert {(one.status, one.repeated) for one in anew} == {("accepted", None)}
            assert recorded(fresh) == FIRST + 1 + MORE

    asyncio.run(play())


class Lost:
    """A database that goes away while the commit is on its way, and stays away for a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away, self.commits = False, 0
        commit, opened = log._commit, KeptConnection._opened

        def commit_unheard(my: Turn) -> None:
            commit(my)
            self.commits += bool(my.rows)
            if my.rows and self.commits == 1:
                self.is_away = True
                raise psycopg.OperationalError("the connection is closed")

        def opened_if_there(kept: KeptConnection) -> Any:
            if self.is_away:
                raise psycopg.OperationalError("nobody is there")
            return opened(kept)

        monkeypatch.setattr(log, "_commit", commit_unheard)
        monkeypatch.setattr(KeptConnection, "_opened", opened_if_there)


def test_a_commit_of_which_nobody_heard_is_answered_with_what_it_recorded(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent once, so its answer is not that of a repetition."""
    (name, *_) = ids()

    async def play() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            lost = Lost(monkeypatch)
            asked = sent(client, name)
            await eventually(lambda: lost.is_away)
            await asyncio.sleep(0.3)
            lost.is_away = False
            reply = await asked
            assert (reply.status, positions(reply), reply.repeated) == ("accepted", [1], None)
            assert (await sent(client, name)).repeated
            assert recorded(fresh) == 1

    asyncio.run(play())


def test_what_may_be_recorded_is_not_called_busy_while_the_database_is_away(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: None
) -> None:
    (name, other, *_) = ids()

    async def play() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            lost = Lost(monkeypatch)
            asked = sent(client, name)
            await eventually(lambda: lost.is_away)
            later = sent(client, other)
            assert (await asked).status == "unanswered"
            assert (await later).status == "busy"
            lost.is_away = False
            assert positions(await sent(client, name)) == [1]
            assert recorded(fresh) == 1

    asyncio.run(play())


@pytest.mark.parametrize("inside", [True, False])
def test_so_many_bytes_wait_and_no_more(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """In the request itself, or in its headers."""
    monkeypatch.setattr(door, "ROOM", 1_000_000)
    more = {} if inside else {"Other": "é" * (LARGE // 2)}

    async def ask_for(client: Client) -> str:
        shown = {**bearing(token(RUTH)), **more}
        body = json.dumps({"data": a_plan()}).encode().ljust(LARGE * inside)
        answer = await client.request(f"{REQUESTS}cohort.plan", body, 8, headers=shown)
        return Reply.model_validate_json(answer.data).status

    async def play() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            async with turn_taken(fresh):
                asked = [asyncio.create_task(ask_for(client)) for _ in range(9)]
                done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=5)
                assert {one.result() for one in done} == {"busy"}
            statuses = await asyncio.gather(*asked)
            assert sorted(statuses) == ["accepted"] * 4 + ["busy"] * 5
            assert recorded(fresh) == 4
            assert await ask_for(client) == "accepted"  # there is room again

    asyncio.run(play())


def test_nobody_at_the_door_is_busy_and_somebody_silent_is_not(
    fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.3)

    async def silent(_: Msg) -> None:
        """Hears, and says nothing."""

    async def play() -> None:
        async with client_of(fresh, "client") as client, client_of(fresh, "commands") as other:
            assert (await ask(client, "cohort.plan", {})).status == "busy"
            await other.subscribe("lt.command.>", cb=silent)
            await other.flush()
            reply = await ask(client, "cohort.plan", {})
            assert (reply.status, reply.sentence) == ("unanswered", NOT_KNOWN_YET)

    asyncio.run(play())


def test_nobody_waits_longer_for_an_answer_than_the_door_says_so_itself() -> None:
    assert door.PATIENCE + door.LOOK < asking.PATIENCE < 10
