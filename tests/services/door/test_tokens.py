"""Every command at the door has a verified person behind it, or is refused unread."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from structlog.testing import capture_logs

from domain.catalogue import COMMANDS
from events.envelope import Origin
from events.ids import CommandId
from services.clock import SetClock
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.identity.own import OwnIssuer
from services.identity.unproven import read_token
from tests.scenes.leaks import tables
from tests.scenes.played import history_of
from tests.scenes.team import BEFORE, RUTH
from tests.scenes.tokens import ISSUER, STRANGER, ask_as, token
from tests.scenes.world import NOON, PLAN, a_plan, coordinator, door_on, station

SENT = CommandId.derived(NOON, "sent")
REGISTERS = {"full_name": "Ada Tregenza", "email": "ada@example.org"}
GOOD = token(RUTH)
MINUTE = timedelta(minutes=1)


class Twice(dict[str, str]):
    """Headers of which one stands twice."""

    def items(self) -> Any:
        return [*super().items(), *super().items()]


async def shown(client: Client, headers: Any, name: str, body: Any) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await client.request(f"lt.command.{name}", data, timeout=5, headers=headers)
    return Reply.model_validate_json(answer.data)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def elsewhere(tmp_path: Path, issuer: str, audience: str) -> OwnIssuer:
    found = OwnIssuer(issuer, audience, tmp_path / "keys", tmp_path / "public")
    found.begin(NOON)
    return found


def headers_of(case: str, folder: Path) -> Any:
    other = "https://elsewhere.example.org"
    return {
        "none": None,
        "another header": {"X-Token": GOOD},
        "in small letters": {"authorization": f"Bearer {GOOD}"},
        "empty": {"Authorization": ""},
        "another scheme": {"Authorization": f"Basic {GOOD}"},
        "no scheme": {"Authorization": GOOD},
        "several values": bearer(f"{GOOD}, Bearer {GOOD}"),
        "twice": Twice(bearer(GOOD)),
        "a control character": bearer(f"{GOOD[:20]}\t{GOOD[20:]}"),
        "not ASCII": bearer(f"{GOOD}é"),
        "huge": bearer("x" * 100_000),
        "no token": bearer("x"),
        "expired": bearer(ISSUER.token(RUTH, NOON - MINUTE, lasting=MINUTE)),
        "of tomorrow": bearer(ISSUER.token(RUTH, NOON + timedelta(days=1))),
        "of another issuer": bearer(elsewhere(folder, other, "x").token(RUTH, NOON)),
        "for another service": bearer(elsewhere(folder, ISSUER.issuer, other).token(RUTH, NOON)),
        "of other keys": bearer(
            elsewhere(folder, ISSUER.issuer, ISSUER.audience).token(RUTH, NOON)
        ),
        "altered": bearer(GOOD[:-4] + ("AAAA" if GOOD[-4:] != "AAAA" else "BBBB")),
    }[case]


CODES = {
    "none": "identity.missing",
    "another header": "identity.missing",
    "in small letters": "identity.missing",
    "empty": "identity.missing",
    "another scheme": "identity.not-readable",
    "no scheme": "identity.not-readable",
    "several values": "identity.not-readable",
    "twice": "identity.not-readable",
    "a control character": "identity.not-readable",
    "not ASCII": "identity.not-readable",
    "huge": "identity.not-readable",
    "no token": "identity.not-readable",
    "expired": "identity.expired",
    "of tomorrow": "identity.not-yet",
    "of another issuer": "identity.unknown-issuer",
    "for another service": "identity.not-genuine",
    "of other keys": "identity.not-genuine",
    "altered": "identity.not-genuine",
}


def test_nobody_acts_without_a_token_that_counts(fresh: Engines, tmp_path: Path) -> None:
    """Whatever they ask, they learn no more than why it is not known who they are."""

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            taken = {"id": SENT, "data": PLAN}
            assert (await ask_as(client, RUTH, "cohort.plan", taken)).status == "accepted"
            for case, code in CODES.items():
                headers, said = headers_of(case, tmp_path / "elsewhere"), set[bytes]()
                for name, body in (
                    ("cohort.plan", taken),
                    ("cohort.plan", {"id": SENT, "data": {**PLAN, "title": "Guessed"}}),
                    ("cohort.plann", {"data": {}}),
                    ("person.register", {"data": REGISTERS}),
                    ("cohort.plan", b"\x00 nonsense"),
                ):
                    reply = await shown(client, headers, name, body)
                    assert (reply.status, reply.code) == ("refused", code), (case, name)
                    assert reply.sentence
                    said.add(reply.encoded())
                assert len(said) == 1

    asyncio.run(scene())
    assert len(history_of(fresh)) == BEFORE + 1


def test_a_token_counts_until_it_expires_by_the_door_s_clock(
    fresh: Engines, tmp_path: Path
) -> None:
    clock = SetClock(NOON)

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path, clock)) as client:
            for _ in range(2):
                reply = await shown(client, bearer(GOOD), "cohort.plan", {"data": a_plan()})
                assert reply.status == "accepted"
            clock.set(NOON + timedelta(minutes=15))
            reply = await shown(client, bearer(GOOD), "cohort.plan", {"data": a_plan()})
            assert reply.code == "identity.expired"

    asyncio.run(scene())


def test_a_key_that_was_stolen_is_out_with_the_next_command(fresh: Engines, tmp_path: Path) -> None:
    """Though its token was shown before."""
    here = station(fresh, tmp_path)
    own = tmp_path / "identity.toml"
    own.write_text('[own]\nkeys = "keys"\npublic = "public"\n')
    issuer = OwnIssuer(ISSUER.issuer, ISSUER.audience, tmp_path / "keys", tmp_path / "public")
    issuer.begin(NOON)
    settings = here.settings.model_copy(update={"identity_file": own})
    mine = bearer(issuer.token(RUTH, NOON))

    async def scene() -> None:
        async with door_on(type(here)(fresh, here.clock, settings)) as client:
            assert (
                await shown(client, mine, "cohort.plan", {"data": a_plan()})
            ).status == "accepted"
            issuer.rotate(NOON, at_once=True)
            reply = await shown(client, mine, "cohort.plan", {"data": a_plan()})
            assert reply.code == "identity.not-genuine"

    asyncio.run(scene())


def test_a_body_that_says_who_asks_is_refused_with_a_sentence(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            for claimed in (RUTH, "system:policies", "newcomer", 7):
                body = {"actor": claimed, "data": PLAN}
                reply = await ask_as(client, RUTH, "cohort.plan", body)
                (field,) = reply.fields or ()
                assert (reply.status, field.field) == ("invalid", "actor")
                assert "known by the token" in field.problem

    asyncio.run(scene())


def test_strangers_register_newcomers_and_nothing_else(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            for name in (*COMMANDS, "nothing.at-all"):
                if name != "person.register":
                    reply = await ask_as(client, STRANGER, name, {"data": {}})
                    assert (reply.status, reply.code) == ("refused", "identity.not-tied")
            for role in ("coordinator", "importer"):
                body = {"role": role, "data": REGISTERS}
                reply = await ask_as(client, STRANGER, "person.register", body)
                assert reply.code == "acting.role-not-held"
            reply = await ask_as(client, STRANGER, "person.register", {"data": REGISTERS})
            assert reply.status == "accepted"

    asyncio.run(scene())
    origin = last_origin(fresh)
    assert (origin.actor, origin.role, origin.issuer) == ("newcomer", "applicant", "own")


def test_whoever_was_never_registered_holds_nothing(fresh: Engines, tmp_path: Path) -> None:
    nobody = "person_01j7x3v900f0m3xk1w2e4r6t8y"

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            reply = await ask_as(client, nobody, "cohort.plan", {"data": a_plan()})
            assert reply.code == "acting.role-not-held"

    asyncio.run(scene())


def test_nobody_takes_an_id_in_advance_of_a_stranger(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            people = {"one": "Ada", "another": "Ben", RUTH: "Cleo"}
            for who, name in people.items():
                data = {"full_name": name, "email": f"{name.lower()}@example.org"}
                reply = await ask_as(client, who, "person.register", {"id": SENT, "data": data})
                assert reply.status == "accepted"
                assert not reply.repeated
                again = await ask_as(client, who, "person.register", {"id": SENT, "data": data})
                assert again.repeated

    asyncio.run(scene())


def test_the_same_is_a_repetition_with_another_token_of_the_same_person_and_of_no_other(
    fresh: Engines, tmp_path: Path
) -> None:
    body = {"id": SENT, "data": PLAN}

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            first, again = [
                await shown(client, bearer(ISSUER.token(RUTH, NOON)), "cohort.plan", body)
                for _ in range(2)
            ]
            assert again == first.model_copy(update={"repeated": True})
            reply = await coordinator(client, "person.register", REGISTERS)
            ada = (reply.ids or {})["person_id"]
            await coordinator(client, "role.grant", {"person_id": ada, "role": "coordinator"})
            hers = await ask_as(client, ada, "cohort.plan", {**body, "data": a_plan()})
            assert (hers.status, hers.repeated) == ("accepted", None)
            assert hers.events != first.events

    asyncio.run(scene())


def last_origin(engines: Engines) -> Origin:
    return history_of(engines)[-1].envelope.origin


def test_a_fact_says_by_whose_word_and_by_which_credential(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            await shown(client, bearer(GOOD), "cohort.plan", {"data": a_plan()})

    asyncio.run(scene())
    origin = last_origin(fresh)
    claims = read_token(GOOD).claims
    digest = "\0".join(("leading-together credential", "id", ISSUER.issuer, claims["jti"]))
    assert (origin.actor, origin.issuer) == (RUTH, "own")
    assert origin.credential == sha256(digest.encode()).hexdigest()


def parts_of(text: str) -> Iterator[str]:
    yield text
    yield from text.split(".")[1:]  # all tokens of one key begin alike


def test_no_token_is_logged_stored_or_repeated(fresh: Engines, tmp_path: Path) -> None:
    stranger = ISSUER.token("a-subject-that-nobody-may-read", NOON)
    bad = GOOD[:-4] + "AAAA"
    told: list[Reply] = []

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            for shown_by in (GOOD, stranger, bad, f"{GOOD} {GOOD}"):
                for name, body in (
                    ("person.register", {"data": REGISTERS}),
                    ("cohort.plan", {"data": a_plan()}),
                    ("cohort.nothing", b"{"),
                ):
                    told.append(await shown(client, bearer(shown_by), name, body))

    with capture_logs() as logs:
        asyncio.run(scene())
    said = json.dumps([*logs, *(one.model_dump(mode="json") for one in told)], default=str)
    urls = fresh.programme["owner"], fresh.vault["owner"]
    kept = b"".join(rows for url in urls for _, rows in tables(url))
    for one in (*parts_of(GOOD), *parts_of(stranger), "a-subject-that-nobody-may-read"):
        assert one not in said
        assert one.encode() not in kept
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    counted = [one for one in logs if one["event"] == "requests.not-identified"]
    assert {*counted[0]} <= {"event", "log_level", "identity.not-genuine", "identity.not-readable"}


def test_a_flood_of_bad_tokens_does_not_stop_good_ones(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            spoilt = [f"{GOOD[:-8]}{number:08}" for number in range(1500)]
            data = json.dumps({"data": a_plan()}).encode()
            for one in spoilt:
                inbox = client.new_inbox()
                await client.publish("lt.command.cohort.plan", data, inbox, bearer(one))
            replies = await asyncio.gather(
                *(coordinator(client, "cohort.plan", a_plan()) for _ in range(64))
            )
            assert {one.status for one in replies} == {"accepted"}

    asyncio.run(scene())
    assert len(history_of(fresh)) == BEFORE + 64
