import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from events.applications import ApplicationSubmitted, EligibilityConfirmed
from services.clock import SetClock, SystemClock
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log
from services.process.checkpoints import checkpoint_of
from services.workers import policies, relay
from services.workers.policies import WORKER, DoorBusy, Policies
from tests.scenes.at_work import at_work, client_of, eventually
from tests.scenes.played import Scene, history_of
from tests.scenes.world import NOON, door_on, station


def head(engines: Engines) -> int:
    log = Log(engines.programme["home"], connections=1)
    try:
        return log.head()
    finally:
        log.close()


def place(engines: Engines) -> int:
    with psycopg.connect(engines.programme["policies"]) as connection:
        return checkpoint_of(connection, "policies")


def go_back(engines: Engines) -> None:
    """As if the place had not been moved: killed after the door had answered, say."""
    with psycopg.connect(engines.programme["owner"]) as connection:
        connection.execute("UPDATE work.places SET position = 0 WHERE worker = 'policies'")


class Asked:
    """The worker's way to the door, and what went over it."""

    def __init__(self, client: Client) -> None:
        self._client, self._loop = client, asyncio.get_running_loop()
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, name: str, body: dict[str, Any]) -> Reply:
        self.bodies.append(body)
        asking = ask(self._client, name, body, worker=WORKER)
        return asyncio.run_coroutine_threadsafe(asking, self._loop).result()


@asynccontextmanager
async def asking(engines: Engines) -> AsyncIterator[tuple[Policies, Asked]]:
    async with client_of(engines, "policies") as client:
        asked = Asked(client)
        own = Policies(engines.programme["policies"], asked, SystemClock())
        try:
            yield own, asked
        finally:
            own.close()


@asynccontextmanager
async def scene_on(engines: Engines, folder: Path) -> AsyncIterator[Scene]:
    clock = SetClock(NOON)
    here = station(engines, folder, clock)
    async with door_on(here) as client:
        scene = Scene(here, client, clock)
        await scene.plans()
        yield scene


def eligible(engines: Engines) -> list[str]:
    found = [fact.event for fact in history_of(engines)]
    return [str(one.person_id) for one in found if isinstance(one, EligibilityConfirmed)]


def test_a_batch_that_comes_again_asks_for_nothing_new(fresh: Engines, tmp_path: Path) -> None:
    async def play() -> None:
        async with scene_on(fresh, tmp_path) as scene, asking(fresh) as (own, asked):
            ada, ben = await scene.meets("Ada"), await scene.meets("Ben")
            await scene.hands_in(ada)
            await scene.hands_in(ben, "healthcare-leader")
            upto = head(fresh)
            for _ in range(3):
                await asyncio.to_thread(own.take, upto)
                assert place(fresh) == upto
            assert len(asked.bodies) == 2
            go_back(fresh)
            await asyncio.to_thread(own.take, upto)
            assert asked.bodies[2:] == asked.bodies[:2]
            assert eligible(fresh) == [ada, ben]

    asyncio.run(play())


def test_what_follows_says_on_whose_behalf_and_from_what_it_follows(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with scene_on(fresh, tmp_path) as scene, asking(fresh) as (own, _):
            ada = await scene.meets("Ada")
            await scene.hands_in(ada)
            await asyncio.to_thread(own.take, head(fresh))
            facts = {type(fact.event): fact.envelope for fact in history_of(fresh)}
            cause, effect = facts[ApplicationSubmitted], facts[EligibilityConfirmed]
            assert cause.origin.actor == ada
            assert (effect.origin.actor, effect.origin.role) == ("system:policies", "system")
            assert effect.origin.on_behalf_of == ada
            assert effect.origin.causation_id == cause.id
            assert effect.origin.correlation_id == cause.origin.correlation_id
            assert effect.origin.traceparent == cause.origin.traceparent
            assert effect.origin.command_id != cause.origin.command_id

    asyncio.run(play())


def test_a_refusal_is_an_answer_and_not_asked_for_again(fresh: Engines, tmp_path: Path) -> None:
    asyncio.run(handed_in(fresh, tmp_path))
    own = answering(fresh, [Reply(status="refused", code="application.not-submitted")])
    upto = head(fresh)
    with capture_logs() as said:
        own.take(upto)
    (refused,) = [entry for entry in said if entry["event"] == "policy.refused"]
    assert refused["code"] == "application.not-submitted"
    assert refused["rule"] == "applications.when_application_submitted"
    own.take(upto)
    own.close()
    assert place(fresh) == upto


def answering(engines: Engines, answers: list[Reply]) -> Policies:
    """The worker, with a door that gives these answers, one after the other."""
    left = iter(answers)
    return Policies(engines.programme["policies"], lambda *_: next(left), SystemClock())


def too_early(behind: timedelta) -> Reply:
    """What a door says whose clock is so far behind that of the door that took the cause in."""
    return Reply(status="refused", code="workshop.place-still-held", time=NOON - behind)


DONE = Reply(status="accepted", events=())


@pytest.mark.parametrize(
    "not_yet",
    [
        too_early(timedelta(milliseconds=50)),
        too_early(timedelta(minutes=4)),
        Reply(status="unanswered"),
        Reply(status="busy"),
    ],
    ids=["a little behind", "minutes behind", "unanswered", "busy"],
)
def test_what_the_door_could_not_say_yet_is_asked_again(
    fresh: Engines, tmp_path: Path, not_yet: Reply
) -> None:
    asyncio.run(handed_in(fresh, tmp_path))
    own = answering(fresh, [not_yet, not_yet, DONE])
    for _ in range(2):
        with pytest.raises(DoorBusy):
            own.take(head(fresh))
        assert place(fresh) == 0
    own.take(head(fresh))
    assert place(fresh) == head(fresh)
    own.close()


@pytest.mark.parametrize(
    ("behind", "parked"), [(timedelta(hours=1), 1), (timedelta(), 0), (-timedelta(hours=1), 0)]
)
def test_nobody_waits_for_a_door_that_is_far_behind_and_its_answer_is_not_taken_for_one(
    fresh: Engines, tmp_path: Path, behind: timedelta, parked: int
) -> None:
    """What is too early by a clock that is right is an answer, as any other refusal is."""
    asyncio.run(handed_in(fresh, tmp_path))
    own = answering(fresh, [too_early(behind)])
    own.take(head(fresh))
    own.close()
    assert place(fresh) == head(fresh)
    with psycopg.connect(fresh.programme["console"]) as connection:
        dead = "SELECT count(*) FROM work.letters WHERE state = 'dead'"
        assert connection.execute(dead).fetchone() == (parked,)


async def handed_in(engines: Engines, folder: Path) -> None:
    """One application, at noon."""
    async with scene_on(engines, folder) as scene:
        await scene.hands_in(await scene.meets("Ada"))


def test_a_closed_door_keeps_the_batch_until_it_opens(fresh: Engines, tmp_path: Path) -> None:
    async def play() -> None:
        async with scene_on(fresh, tmp_path) as scene:
            ada = await scene.meets("Ada")
            await scene.hands_in(ada)
        async with asking(fresh) as (own, _):
            with pytest.raises(DoorBusy):
                await asyncio.to_thread(own.take, head(fresh))
            assert place(fresh) == 0
            async with door_on(scene.station):
                await asyncio.to_thread(own.take, head(fresh))
        assert eligible(fresh) == [ada]

    asyncio.run(play())


def test_what_came_while_the_worker_was_away_is_asked_for_once_the_door_opens(
    bus: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with scene_on(bus, tmp_path) as scene:
            ada, ben = await scene.meets("Ada"), await scene.meets("Ben")
            await scene.hands_in(ada)
        ready, stop = asyncio.Event(), asyncio.Event()
        with capture_logs() as said:
            working = asyncio.create_task(policies.serve(scene.station, ready, stop))
            await eventually(lambda: any(one["event"] == "policies.waiting" for one in said))
        assert not ready.is_set()
        async with door_on(scene.station) as client, at_work(relay.serve, scene.station):
            await eventually(lambda: eligible(bus) == [ada])
            scene.client = client
            await scene.hands_in(ben)
            await eventually(lambda: eligible(bus) == [ada, ben])
            await eventually(lambda: place(bus) == head(bus))
            stop.set()
            await working

    asyncio.run(play())
