import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from events.catalogue import Recorded
from events.event import Event
from events.offers import ApplicationDeclined, OfferMade, ReserveListed
from events.personal import Embargoed, Sealed, marked
from services.clock import SetClock, SystemClock
from services.crew import STREAM
from services.engines.addresses import Engines
from services.process.following import catch_up
from services.workers import notifier, relay
from services.workers.projector import Projector
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream
from tests.scenes.played import Scene, history_of
from tests.scenes.world import NOON, door_on, station

OUTCOMES = ("offer", "reserve", "decline")
# What gives an outcome away, as JSON has it, in facts, rows or letters.
TELLING = re.compile(r'"(offer|reserve|decline)"(?!\s*:)|others-higher|"(score|interest)":\s*\d')


@asynccontextmanager
async def decided(engines: Engines, folder: Path) -> AsyncIterator[tuple[Scene, dict[str, str]]]:
    """Three patient leaders have been assessed and decided on, each otherwise; nobody knows."""
    clock = SetClock(NOON)
    here = station(engines, folder, clock)
    async with door_on(here) as client:
        scene = Scene(here, client, clock)
        await scene.plans()
        people = [await scene.meets(name) for name in ("Ada", "Amina", "Aoife")]
        outcomes = {
            await scene.hands_in(person): outcome
            for person, outcome in zip(people, OUTCOMES, strict=True)
        }
        await scene.decides(outcomes)
        yield scene, outcomes


def rows(engines: Engines) -> Iterator[str]:
    """All that stands in tables that others read."""
    with psycopg.connect(engines.programme["reader"]) as reader:
        tables = reader.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = 'work' UNION SELECT format('%I.%I', schemaname, viewname)"
            " FROM pg_views WHERE schemaname = 'read' ORDER BY 1"
        ).fetchall()
        for (name,) in tables:
            statement = f"SELECT to_jsonb(t)::text FROM {name} t"  # noqa: S608 - our own tables
            yield from (text for (text,) in reader.execute(statement.encode()))


def gives_away(text: str) -> list[str]:
    return [found[0] for found in TELLING.finditer(text)]


def embargoed(fact: Recorded[Event]) -> dict[str, Any]:
    found = {name for name, mark in marked(type(fact.event)) if isinstance(mark, Embargoed)}
    return {name: getattr(fact.event, name) for name in found}


def test_before_the_release_no_document_row_or_letter_tells_an_outcome(
    bus: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with decided(bus, tmp_path) as (scene, _), client_of(bus) as client:
            projector = Projector(bus.programme["projector"], SystemClock())
            projector.prepare()
            await catch_up(projector, bus.programme["projector"], asyncio.Event())
            projector.close()
            head = len(history_of(bus))
            async with at_work(relay.serve, scene.station), at_work(notifier.serve, scene.station):
                await eventually(lambda: told_all(bus, head))
                assert await last_in_stream(client) == head
            for position in range(1, head + 1):
                message = await client.jetstream().get_msg(STREAM, seq=position)
                assert gives_away((message.data or b"").decode()) == []

    asyncio.run(play())
    assert [gives_away(row) for row in rows(bus) if gives_away(row)] == []
    letters = [file.read_text() for file in (tmp_path / "outbox").rglob("*.*")]
    assert letters
    assert [gives_away(letter) for letter in letters if gives_away(letter)] == []


def told_all(engines: Engines, head: int) -> bool:
    with psycopg.connect(engines.programme["notifier"]) as connection:
        query = "SELECT position FROM work.places WHERE worker = 'notifier'"
        return connection.execute(query).fetchone() == (head,)


def test_what_is_sealed_has_one_length_whatever_it_says(fresh: Engines, tmp_path: Path) -> None:
    """Or the length of `offer` and of `reserve`, or of no reasons and of one, would tell them."""

    async def play() -> None:
        async with decided(fresh, tmp_path):
            pass

    asyncio.run(play())
    shapes: dict[tuple[str, str], list[int]] = {}
    for fact in history_of(fresh):
        for name, value in embargoed(fact).items():
            assert isinstance(value, Sealed)
            shapes.setdefault((fact.event.name, name), []).append(len(value.sealed))
    assert len(shapes) == 5
    assert {len(lengths) for lengths in shapes.values()} == {3, 6}
    assert all(len(set(lengths)) == 1 for lengths in shapes.values())


def test_the_writer_opens_them_also_after_a_restart_and_tells_all_together(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> dict[str, str]:
        async with decided(fresh, tmp_path) as (scene, outcomes):
            before = len(history_of(fresh))
        async with door_on(scene.station) as client:
            scene.client = client
            await scene.releases()
        new = history_of(fresh)[before:]
        assert len({fact.envelope.origin.command_id for fact in new}) == 1
        assert told_to(new) == outcomes
        return outcomes

    asyncio.run(play())


def told_to(facts: list[Recorded[Event]]) -> dict[str, str]:
    kinds = {OfferMade: "offer", ReserveListed: "reserve", ApplicationDeclined: "decline"}
    return {
        json.loads(fact.event.model_dump_json())["application_id"]: kinds[type(fact.event)]
        for fact in facts
        if type(fact.event) in kinds
    }
