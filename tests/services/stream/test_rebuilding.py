import asyncio
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, SubjectTransform

from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.turns import TurnIsOver
from services.process.following import Urls, follow
from services.process.station import Station
from services.stream import consumers, rebuilding
from services.stream.comparing import SHOWN, Verified
from services.stream.copying import subject_of
from services.stream.rebuilding import Elsewhere, NotDecided, StreamRebuild
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.credentials import PORTAL, Service, connection_as
from tests.scenes.damaged import altered, put_back, shortened
from tests.scenes.streams import (
    copied,
    has,
    rebuilt,
    rows,
    stray,
    stream_of,
    taken,
    verified,
)
from tests.scenes.world import station

NUMBER = 1200  # more than two pages


def numbered(first: int, last: int) -> list[tuple[int, bytes]]:
    """What a subscriber has of these positions of the log."""
    return [(n, b'{"n":%d}' % (n - 1)) for n in range(first, last + 1)]


def test_a_stream_is_equal_or_late_or_tells_where_it_differs(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        assert await verified(bus) == Verified(0, 0, 0)
        await copied(bus, station(bus, tmp_path), NUMBER)
        assert await verified(bus) == Verified(NUMBER, NUMBER, NUMBER)
        recorded_in(bus, rows(3))
        assert await verified(bus) == Verified(NUMBER, NUMBER, NUMBER + 3)
        await stray(bus)
        outcome = await verified(bus)
        assert (outcome.equal, outcome.stream) == (NUMBER, NUMBER + 1)
        assert outcome.problem == f"message {NUMBER + 1} of the stream has other bytes than the log"

    asyncio.run(scene())


def test_a_log_that_was_restored_behind_its_stream_is_told(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 5)
        await stray(bus)
        outcome = await verified(bus)
        assert outcome.problem == "message 6 of the stream lies beyond the log's head"

    asyncio.run(scene())


def test_a_stray_message_stops_the_relay_until_the_stream_is_made_anew(
    bus: Engines, portal: Service, tmp_path: Path
) -> None:
    """And then it goes on by itself, and so does whoever follows: no gap, and nothing twice."""

    async def scene() -> None:
        here = station(bus, tmp_path)
        await copied(bus, here, 20)
        async with client_of(bus) as client, connection_as(portal) as reader:
            seen = await taken(reader, 15)
            await stray(bus)
            async with at_work(relay.serve, here, waited=False):
                recorded_in(bus, rows(30, 20))
                await asyncio.sleep(0.5)
                assert await last_in_stream(client) == 21  # it does not publish behind a stray one
                outcome = await rebuilt(bus, log_is_right=True)
                assert PORTAL in outcome.consumers
                assert outcome.lost == []
                assert outcome.replaced == 1
                recorded_in(bus, rows(10, 50))
                await eventually(lambda: has(client, 60))
                seen += await taken(reader, 45)
            assert seen == numbered(1, 60)
        assert await verified(bus) == Verified(60, 60, 60)

    asyncio.run(scene())


STEPS = [
    (StreamRebuild, "_delete"),
    (StreamRebuild, "_fill"),
    (consumers, "make_again"),
    (consumers, "_make"),
    (rebuilding, "mark_whole"),
]


@pytest.mark.parametrize(("where", "step"), STEPS, ids=[step for _, step in STEPS])
def test_a_rebuild_that_was_killed_goes_on(
    bus: Engines,
    portal: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    where: Any,
    step: str,
) -> None:
    class Killed(Exception):
        pass

    async def killed(*_: Any) -> None:
        raise Killed

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 40)
        async with connection_as(portal) as reader:
            seen = await taken(reader, 7)
            await stray(bus)
            with monkeypatch.context() as patch:
                patch.setattr(where, step, killed)
                with pytest.raises(Killed):
                    await rebuilt(bus, log_is_right=True)
            outcome = await rebuilt(bus, log_is_right=True)
            assert outcome.consumers == [PORTAL, "notifier", "policies", "projector"]
            assert outcome.replaced == 1
            seen += await taken(reader, 33)
            assert seen == numbered(1, 40)
        assert await verified(bus) == Verified(40, 40, 40)
        with psycopg.connect(bus.programme["owner"]) as connection:
            assert connection.execute("SELECT * FROM work.saved_consumers").fetchall() == []

    asyncio.run(scene())


def kept(engines: Engines) -> list[tuple[Any, ...]]:
    """What was replaced, as an operator may see it."""
    with psycopg.connect(engines.programme["operator"]) as connection:
        query = "SELECT sequence, subject, document FROM work.replaced ORDER BY sequence"
        return connection.execute(query).fetchall()


def test_consumers_go_on_from_where_stream_and_log_were_equal(
    bus: Engines, portal: Service, tmp_path: Path
) -> None:
    """Here a log was restored that ends at 14, and has grown again; a subscriber was at 20."""

    async def scene() -> None:
        here = station(bus, tmp_path)
        await copied(bus, here, 20)
        async with connection_as(portal) as reader:
            assert await taken(reader, 20) == numbered(1, 20)
            shortened(bus, 14)
            recorded_in(bus, rows(10, 100))
            await rebuilt(bus, log_is_right=True)
            found = await taken(reader, 10)
        assert found == [(n, b'{"n":%d}' % (n + 85)) for n in range(15, 25)]
        assert [sequence for sequence, *_ in kept(bus)] == list(range(15, 21))

    asyncio.run(scene())


def test_what_only_the_stream_has_is_not_given_up_before_somebody_decided(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 20)
        async with client_of(bus) as client:
            before = await stream_of(client)
            cut = shortened(bus, 17)
            with pytest.raises(NotDecided) as decided:
                await rebuilt(bus)
            assert (decided.value.found.equal, decided.value.found.differing) == (17, 3)
            assert (await stream_of(client)).created == before.created
            assert kept(bus) == []
            await rebuilt(bus, log_is_right=True)
            documents = [document for *_, document in cut.events]
            gone = zip((18, 19, 20), documents, strict=True)
            assert kept(bus) == [(n, "lt.event.workshop.booked", text) for n, text in gone]
            put_back(bus, cut)
            await rebuilt(bus)
        assert await verified(bus) == Verified(20, 20, 20)

    asyncio.run(scene())


def test_every_event_that_was_altered_is_told(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 40)
        for position in (7, 31):
            altered(bus, position, b"{}")
        found = await verified(bus)
        assert [position for position, _ in found.differences] == [7, 31]
        assert (found.equal, found.differing) == (6, 2)
        shortened(bus, 10)
        found = await verified(bus)
        assert found.differing == 31
        assert len(found.differences) == SHOWN

    asyncio.run(scene())


def test_a_consumer_whose_last_event_is_gone_begins_at_the_start(
    bus: Engines, portal: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log was changed while a rebuild was interrupted: nothing may be missed."""

    async def killed(*_: Any) -> None:
        raise Elsewhere

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        async with connection_as(portal) as reader:
            await taken(reader, 10)
            with monkeypatch.context() as patch:
                patch.setattr(StreamRebuild, "_fill", killed)
                with pytest.raises(Elsewhere):
                    await rebuilt(bus)
            shortened(bus, 5)
            recorded_in(bus, rows(5, 100))
            await rebuilt(bus)
            assert [sequence for sequence, _ in await taken(reader, 10)] == list(range(1, 11))

    asyncio.run(scene())


def test_consumers_come_back_as_they_were(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        async with client_of(bus) as client:
            jetstream = client.jetstream()
            given = ConsumerConfig(
                durable_name="filtered",
                filter_subjects=["lt.event.cohort.>", "lt.event.workshop.>"],
                ack_wait=33,
                max_deliver=7,
                metadata={"owner": "analytics"},
            )
            await jetstream.add_consumer(STREAM, given)
            before = (await jetstream.consumer_info(STREAM, "filtered")).config
            await rebuilt(bus)
            after = (await jetstream.consumer_info(STREAM, "filtered")).config
            for name in ("filter_subjects", "ack_wait", "max_deliver", "ack_policy"):
                assert getattr(after, name) == getattr(before, name), name
            assert (after.metadata or {})["owner"] == "analytics"

    asyncio.run(scene())


def test_two_rebuilds_at_once_are_one(bus: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        with psycopg.connect(bus.programme["owner"]) as other:
            other.execute(rebuilding.REBUILDERS_TURN)
            with pytest.raises(Elsewhere):
                await rebuilt(bus)
        await rebuilt(bus)

    asyncio.run(scene())


def test_who_has_lost_their_turn_deletes_nothing(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may be at it by then."""
    listed = consumers.listed
    lose: LiteralString = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
        " WHERE relation = 'work.rebuilders_turn'::regclass AND granted"
    )

    async def listed_too_late(client: Client) -> Any:
        with psycopg.connect(bus.programme["owner"], autocommit=True) as owner:
            assert owner.execute(lose).fetchall() == [(True,)]
        return await listed(client)

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 10)
        async with client_of(bus) as client:
            before = await client.jetstream().stream_info(STREAM)
            monkeypatch.setattr(consumers, "listed", listed_too_late)
            with pytest.raises(TurnIsOver):
                await rebuilt(bus)
            assert (await client.jetstream().stream_info(STREAM)).created == before.created
        with psycopg.connect(bus.programme["owner"]) as owner:
            assert owner.execute("SELECT FROM work.saved_consumers").fetchall() == []

    asyncio.run(scene())


def test_a_message_on_another_subject_is_told_as_what_it_is(bus: Engines) -> None:
    async def scene() -> None:
        (row,) = rows(1)
        recorded_in(bus, [row])
        async with client_of(bus) as owner, client_of(bus, "relay") as filler:
            jetstream = owner.jetstream()
            config = (await jetstream.stream_info(STREAM)).config
            moved = SubjectTransform(src="lt.event.>", dest="moved.>")
            await jetstream.update_stream(config.evolve(subject_transform=moved))
            await filler.jetstream().publish(subject_of(row), bytes(row.document))
        outcome = await verified(bus)
        assert outcome.problem == "message 1 of the stream has another subject than its event"

    asyncio.run(scene())


def test_a_worker_of_ours_follows_on_after_the_stream_was_made_anew(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.process.following.LINGER", 1.0)

    class Follower:
        def __init__(self) -> None:
            self.at = 0

        def checkpoint(self) -> int:
            return self.at

        def take(self, upto: int) -> None:
            self.at = max(self.at, upto)

        def mend(self) -> None:
            pass

    async def scene() -> None:
        here, own = station(bus, tmp_path), Follower()
        urls = Urls(bus.nats["notifier"], bus.programme["notifier"])

        def serve(_: Station, ready: asyncio.Event, stop: asyncio.Event) -> Any:
            return follow("notifier", urls, own, ready, stop)

        async with at_work(relay.serve, here), at_work(serve, here):
            recorded_in(bus, rows(5))
            await eventually(lambda: own.at == 5)
            await rebuilt(bus)
            recorded_in(bus, rows(5))
            await eventually(lambda: own.at == 10, 30)

    asyncio.run(scene())
