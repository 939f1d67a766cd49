import asyncio
import json
from pathlib import Path

import pytest

from services.door.wire import MAX_REQUEST, Reply
from services.engines.addresses import Engines
from services.log.log import Log
from tests.scenes.world import PLAN, coordinator, door_on, station


def test_a_command_is_answered_when_it_is_durable(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await coordinator(client, "cohort.plan", PLAN)
            assert reply.status == "accepted"
            assert reply.events
            assert (reply.events[0].position, reply.events[0].name) == (1, "cohort.planned")
            log = Log(fresh.programme["reader"])
            assert log.head() == 1
            log.close()

    asyncio.run(scene())


BAD = {
    "empty": b"",
    "not JSON": b"\x00\xff\xfe nonsense",
    "a list": b"[1, 2]",
    "a number": b"7",
    "no actor": json.dumps({"role": "coordinator", "data": {}}).encode(),
    "a strange role": json.dumps({"actor": "system:x", "role": "king", "data": {}}).encode(),
    "deeply nested": b'{"data":' * 3000 + b"1" + b"}" * 3000,
    "large": b'{"data": "' + b"x" * MAX_REQUEST + b'"}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_malformed_is_answered_and_harms_nobody(
    fresh: Engines, tmp_path: Path, body: bytes
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            answer = await client.request("lt.command.cohort.plan", body, timeout=5)
            reply = Reply.model_validate_json(answer.data)
            assert reply.status == "invalid"
            assert reply.fields
            assert (await coordinator(client, "cohort.plan", PLAN)).status == "accepted"

    asyncio.run(scene())


def test_fields_at_fault_are_named_and_values_never_repeated(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            data = {**PLAN, "opens_on": "a secret", "places_per_side": "seven", "colour": "blue"}
            del data["title"]
            reply = await coordinator(client, "cohort.plan", data)
            assert reply.status == "invalid"
            named = {problem.field for problem in reply.fields or ()}
            assert named == {"data.opens_on", "data.places_per_side", "data.colour", "data.title"}
            text = reply.model_dump_json()
            assert "a secret" not in text
            assert "seven" not in text
            assert "blue" not in text

    asyncio.run(scene())


@pytest.mark.parametrize("unreadable", ["\x00", "\x1b[2J", "\x7f"])
def test_text_that_nobody_can_have_written_stops_at_the_door(
    fresh: Engines, tmp_path: Path, unreadable: str
) -> None:
    """PostgreSQL keeps no NUL in a read model, so one such title would stop the projector."""

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            criteria = [{"code": "interest", "title": f"Interest{unreadable}"}]
            data = {**PLAN, "title": f"Autumn{unreadable}", "criteria": criteria}
            reply = await coordinator(client, "cohort.plan", data)
            named = {problem.field for problem in reply.fields or ()}
            assert named == {"data.title", "data.criteria.0.title"}

    asyncio.run(scene())


def test_an_unknown_command_is_answered_with_near_names(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await coordinator(client, "cohort.plann", PLAN)
            assert reply.status == "unknown"
            assert "cohort.plan" in (reply.near or ())

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("meta", "field"),
    [
        ({"time": "2024-09-01T10:00:00Z"}, "time"),
        ({"time": "2024-09-01T10:00:00Z", "reason": "x", "role": "participant"}, "time"),
        ({"time": "2030-01-01T10:00:00Z", "reason": "paper.form"}, "time"),
        ({"time": "2024-09-01T10:00:00"}, "time"),
        ({"role": "system", "actor": "person_01j7x3v900f0m3xk1w2e4r6t8y"}, "actor"),
    ],
)
def test_nobody_claims_a_time_or_a_part_that_is_not_theirs(
    fresh: Engines, tmp_path: Path, meta: dict[str, str], field: str
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await coordinator(client, "cohort.plan", PLAN, **meta)
            assert reply.status == "invalid"
            assert [problem.field for problem in reply.fields or ()] == [field]

    asyncio.run(scene())


def test_many_requests_at_once_are_all_answered_and_recorded_once(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            replies = await asyncio.gather(
                *(coordinator(client, "cohort.plan", PLAN) for _ in range(300))
            )
            positions = sorted(one.events[0].position for one in replies if one.events)
            assert positions == list(range(1, 301))

    asyncio.run(scene())


def test_a_person_is_recognised_by_any_spelling_of_their_address(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            first = await coordinator(
                client, "person.register", {"full_name": "Ada", "email": "Ada.L@Example.org"}
            )
            again = await coordinator(
                client, "person.register", {"full_name": "Ada L", "email": " ada.l@example.ORG "}
            )
            assert first.status == again.status == "accepted"
            assert (first.ids or {})["person_id"] == (again.ids or {})["person_id"]
            assert len(first.events or ()) == 1
            assert not again.events

    asyncio.run(scene())
