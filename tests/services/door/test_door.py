import asyncio
import json
from pathlib import Path

import pytest
from nats.aio.client import Client

from domain.cohorts.cohort import PlanCohort
from events.cohorts import Criterion
from events.envelope import Origin, read_document
from events.ids import CommandId
from events.terms import Role
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.door.wire import MAX_REQUEST, Parsed, Request, content_of, tool
from services.engines.addresses import Engines
from services.log.log import Log
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import ask_as
from tests.scenes.world import NOON, PLAN, a_plan, apart, coordinator, door_on, station, vault_of


def test_a_command_is_answered_when_it_is_durable(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await coordinator(client, "cohort.plan", a_plan())
            assert reply.status == "accepted"
            assert reply.events
            assert (reply.events[0].position, reply.events[0].name) == (
                BEFORE + 1,
                "cohort.planned",
            )
            log = Log(fresh.programme["home"])
            assert log.head() == BEFORE + 1
            log.close()

    asyncio.run(scene())


BAD = {
    "empty": b"",
    "not JSON": b"\x00\xff\xfe nonsense",
    "a list": b"[1, 2]",
    "a number": b"7",
    "an actor": json.dumps({"actor": RUTH, "data": {}}).encode(),
    "a strange role": json.dumps({"role": "king", "data": {}}).encode(),
    "deeply nested": b'{"data":' * 3000 + b"1" + b"}" * 3000,
    "large": b'{"data": "' + b"x" * MAX_REQUEST + b'"}',
}


def test_what_is_malformed_is_answered_and_harms_nobody(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            for kind, body in BAD.items():
                reply = await ask_as(client, RUTH, "cohort.plan", body)
                assert (reply.status, bool(reply.fields)) == ("invalid", True), kind
                planned = await coordinator(client, "cohort.plan", a_plan())
                assert planned.status == "accepted", kind

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


EARLIER = {"time": "2024-09-01T10:00:00Z", "reason": "paper.form"}
SENT = CommandId.derived(NOON, "sent")
EVENT = "0191fa1d-a400-7a36-b5ba-1af76074d100"


CLAIMS: list[tuple[dict[str, str], str]] = [
    ({"time": "2024-09-01T10:00:00Z"}, "time"),
    ({**EARLIER, "role": "participant"}, "time"),
    ({**EARLIER, "time": "2030-01-01T10:00:00Z"}, "time"),
    ({**EARLIER, "time": "0001-01-01T00:00:00Z"}, "time"),
    ({**EARLIER, "time": "2015-12-31T23:59:59Z"}, "time"),
    ({**EARLIER, "reason": "she told me so on the phone"}, "reason"),
    ({**EARLIER, "reason": "x"}, "reason"),
    ({"time": "2024-09-01T10:00:00"}, "time"),
    ({"role": "system"}, "role"),
    ({"actor": "person_01j7x3v900f0m3xk1w2e4r6t8y"}, "actor"),
    ({"actor": RUTH}, "actor"),
    ({"correlationid": "Ada's complaint"}, "correlationid"),
    ({"correlationid": "ada.tregenza"}, "correlationid"),
    ({"causationid": "person_01j7x3v900f0m3xk1w2e4r6t8y"}, "causationid"),
    ({"causationid": EVENT.upper()}, "causationid"),
]


def test_nobody_claims_a_time_or_a_part_that_is_not_theirs(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            for meta, field in CLAIMS:
                reply = await coordinator(client, "cohort.plan", a_plan(), **meta)
                at_fault = [problem.field for problem in reply.fields or ()]
                assert (reply.status, at_fault) == ("invalid", [field]), meta

    asyncio.run(scene())


def last_origin(engines: Engines) -> Origin:
    log = Log(engines.programme["home"], connections=1)
    try:
        return read_document(log.page(0)[-1].document)[0].origin
    finally:
        log.close()


def test_what_somebody_says_of_an_earlier_time_and_a_cause_is_kept(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            meta = {**EARLIER, "correlationid": SENT, "causationid": EVENT}
            assert (await coordinator(client, "cohort.plan", a_plan(), **meta)).status == "accepted"

    asyncio.run(scene())
    origin = last_origin(fresh)
    assert (origin.time.isoformat(), origin.reason) == ("2024-09-01T10:00:00+00:00", "paper.form")
    assert (origin.correlation_id, origin.causation_id) == (SENT, EVENT)


def test_what_is_done_for_somebody_says_how_they_asked(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> str:
        async with door_on(station(fresh, tmp_path)) as client:
            card = {"full_name": "Ada Tregenza", "email": "ada@example.org"}
            known = await coordinator(client, "person.register", card)
            ada = (known.ids or {})["person_id"]
            agrees = {"data": {"person_id": ada}, "id": SENT}
            unasked = await ask_as(client, RUTH, "person.give-consent", agrees)
            assert unasked.code == "acting.nobody-asked"
            asked = {**agrees, "onbehalfof": ada, "asked": "paper"}
            assert (await ask_as(client, RUTH, "person.give-consent", asked)).status == "accepted"
            again = await ask_as(client, RUTH, "person.give-consent", {**asked, "asked": "message"})
            assert again.code == "command.reused"
            return ada

    ada = asyncio.run(scene())
    assert (last_origin(fresh).on_behalf_of, last_origin(fresh).asked) == (ada, "paper")


def test_the_sender_knows_a_command_by_the_id_they_sent_and_the_log_by_another(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await coordinator(client, "cohort.plan", PLAN, id=SENT)
            assert (reply.status, reply.command, reply.repeated) == ("accepted", SENT, None)
            other = {**PLAN, "title": "Spring 2025"}
            reused = await coordinator(client, "cohort.plan", other, id=SENT)
            assert (reused.code, reused.command) == ("command.reused", SENT)

    asyncio.run(scene())
    origin = last_origin(fresh)
    with vault_of(fresh) as vault:
        assert origin.command_id == vault.command_id(RUTH, SENT)
    assert origin.command_id == origin.correlation_id == origin.causation_id != SENT


def test_a_repeated_command_is_told_to_be_one_with_the_answer_it_had(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            first = await coordinator(client, "cohort.plan", PLAN, id=SENT)
            again = await coordinator(client, "cohort.plan", PLAN, id=SENT)
            assert again == first.model_copy(update={"repeated": True})
            this = {"cohort_id": (first.events or ())[0].subject}
            opened = await coordinator(client, "cohort.open-applications", this)
            nothing = CommandId.derived(NOON, "already so")
            for repeated in (None, True):
                reply = await coordinator(client, "cohort.open-applications", this, id=nothing)
                assert (reply.status, reply.events, reply.repeated) == ("accepted", (), repeated)
            assert (opened.repeated, len(opened.events or ())) == (None, 1)

    asyncio.run(scene())


class GrownCriterion(Criterion):
    hint: str | None = None


class GrownPlan(PlanCohort):
    """What a later version might ask beside."""

    colour: str | None = None
    rooms: int = 3
    criteria: tuple[GrownCriterion, ...]


def test_a_command_that_grew_is_the_same_for_whoever_asks_as_before() -> None:
    request = Request(role=Role.COORDINATOR, data={})
    before, after, more = (
        content_of(Parsed(command, request, tool(RUTH)))
        for command in (
            PlanCohort.model_validate(PLAN),
            GrownPlan.model_validate(PLAN),
            GrownPlan.model_validate({**PLAN, "rooms": 4}),
        )
    )
    assert before == after != more


async def another_coordinator(client: Client, name: str) -> str:
    """Somebody whom Ruth makes known, and grants her own role."""
    said = {"full_name": name, "email": f"{name.lower()}@example.org"}
    reply = await coordinator(client, "person.register", said)
    who = (reply.ids or {})["person_id"]
    await coordinator(client, "role.grant", {"person_id": who, "role": "coordinator"})
    return who


def test_nobody_takes_an_id_in_advance_of_somebody_else(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            others = [await another_coordinator(client, name) for name in ("Owen", "Wyn")]
            titles = dict(zip((RUTH, *others), ("Autumn", "Winter", "Spring"), strict=True))
            replies = [
                await ask_as(client, who, "cohort.plan", {"id": SENT, "data": plan})
                for who, title in titles.items()
                if (plan := {**PLAN, **apart(title)})
            ]
            assert [reply.status for reply in replies] == ["accepted"] * 3
            assert len({(reply.events or ())[0].subject for reply in replies}) == 3

    asyncio.run(scene())


async def answered_at_last(client: Client, named: str) -> Reply:
    """What a plan is answered; who is told that the door is busy, or nothing, asks again."""
    sent, plan = CommandId.derived(NOON, named), a_plan()
    while True:
        reply = await coordinator(client, "cohort.plan", plan, id=sent)
        if reply.status not in TO_BE_ASKED_AGAIN:
            return reply


def test_many_requests_at_once_are_all_answered_and_recorded_once(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            replies = await asyncio.gather(
                *(answered_at_last(client, str(number)) for number in range(300))
            )
            positions = sorted(one.events[0].position for one in replies if one.events)
            assert positions == list(range(BEFORE + 1, BEFORE + 301))

    asyncio.run(scene())
