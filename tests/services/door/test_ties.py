"""Whom a provider speaks of is somebody's by a recorded tie, as long as it stands."""

import asyncio
import threading

import pytest

from events.ids import PersonId
from services.door import reception
from services.engines.addresses import Engines
from services.identity import comers
from services.identity.identities import WAITING
from services.log.wishes import Accepted, Refused
from services.operations.granting import SignIn, make_coordinator
from services.vault.ties import subject_digest
from tests.scenes.leaks import tables
from tests.scenes.played import history_of
from tests.scenes.team import RUTH
from tests.scenes.tokens import ask_as
from tests.scenes.world import a_plan
from tests.services.door.provided import SUBJECT, House
from tests.services.identity.minting import _Handler, ed25519

MANY = WAITING + 20


def test_whoever_is_made_coordinator_from_outside_can_come_in_at_once(house: House) -> None:
    """Nobody who is tied yet could tie them."""

    async def scene() -> None:
        async with house.door() as client:
            ada = PersonId(await house.known(client, "Ada"))
            told = "Ruth can't be reached."
            made = make_coordinator(house.station, ada, told, SignIn("trust", SUBJECT))
            assert isinstance(made, Accepted)
            names = ["role.granted", "identity.tied", "role.glass-broken"]
            assert [one.name for one in made.written] == names
            assert (await house.asks(client, "cohort.plan", a_plan())).status == "accepted"

    asyncio.run(scene())


def test_what_is_said_wrong_of_a_sign_in_makes_nobody_coordinator(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = PersonId(await house.known(client, "Ada"))
            wrong = make_coordinator(house.station, ada, "Why not?", SignIn("typo", SUBJECT))
            assert isinstance(wrong, Refused)
            assert wrong.code == "identity.no-such-issuer"
            reply = await ask_as(client, ada, "cohort.plan", {"data": a_plan()})
            assert reply.code == "acting.role-not-held"

    asyncio.run(scene())
    kinds = [one.event.name for one in history_of(fresh)]
    assert kinds.count("role.granted") == 1  # Ruth's


def test_whoever_was_tied_acts_as_that_person_until_they_are_untied(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            assert await house.consents(client, ada) == "identity.not-tied"
            tied = await house.tied(client, ada)
            assert (tied.status, tied.ids) == ("accepted", {"person_id": ada})
            assert (await house.tied(client, ada)).events == ()
            await house.is_told(client, ada, "accepted")
            assert await house.consents(client, ada) == "accepted"  # it is so already
            mine = (tied.events or ())[0].subject
            gone = {"person_id": ada, "tie_id": mine}
            assert (await house.asks(client, "identity.untie", gone)).status == "accepted"
            # It is remembered whose the subject is, and does not count any more all the same.
            assert await house.consents(client, ada) == "identity.not-tied"
            await asyncio.sleep(comers.FRESH)
            assert await house.consents(client, ada) == "identity.not-tied"
            data = {"full_name": "Ben", "email": "ben@example.org"}
            assert (await house.asks(client, "person.register", data)).status == "accepted"

    asyncio.run(scene())
    facts = {one.event.name: one.envelope.origin for one in history_of(fresh)}
    given = facts["person.consent-given"]
    assert (given.issuer, len(given.credential or "")) == ("trust", 64)
    assert facts["identity.tied"].issuer == "own"
    assert facts["person.registered"].actor == "newcomer"


def test_two_who_are_tied_to_one_subject_at_once_are_one(house: House) -> None:
    async def scene() -> None:
        async with house.door() as client:
            people = [await house.known(client, name) for name in ("Ada", "Ben", "Cleo")]
            replies = await asyncio.gather(*(house.tied(client, who) for who in people * 3))
            assert {one.code for one in replies} == {None, "identity.tied-to-another"}
            (mine,) = {(one.ids or {})["person_id"] for one in replies if one.events}
            assert await house.consents(client, mine) == "accepted"

    asyncio.run(scene())


def test_an_issuer_that_is_none_ties_nobody(house: House) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            for issuer in ("own", "another"):
                reply = await house.tied(client, ada, issuer=issuer)
                assert reply.code == "identity.no-such-issuer"

    asyncio.run(scene())


def test_a_subject_stands_nowhere_in_the_clear(house: House, fresh: Engines) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            assert (await house.tied(client, ada)).status == "accepted"
            assert await house.consents(client, ada) == "accepted"

    asyncio.run(scene())
    digest = subject_digest(house.provider.issuer, SUBJECT).encode()
    for url in (fresh.programme["owner"], fresh.vault["owner"]):
        for name, rows in tables(url):
            assert SUBJECT.encode() not in rows, name
            assert digest not in rows, name


def test_a_slow_provider_holds_up_nobody_else(house: House) -> None:
    """Those who wait for it are bounded in number, and who is too many is told to come again."""
    slow, over = asyncio.Event(), threading.Event()

    async def scene() -> None:
        loop = asyncio.get_running_loop()

        def keys(handler: _Handler) -> None:
            loop.call_soon_threadsafe(slow.set)
            over.wait(10.0)
            handler.say({"keys": [ed25519().jwk]})

        house.provider.answers["/keys"] = keys
        async with house.door() as client:
            body = {"full_name": "Ada", "email": "ada@example.org"}
            waiting = [
                asyncio.create_task(house.asks(client, "person.register", body))
                for _ in range(MANY)
            ]
            await slow.wait()
            reply = await ask_as(client, RUTH, "cohort.plan", {"data": a_plan()})
            assert reply.status == "accepted"
            assert sum(not one.done() for one in waiting) > WAITING // 2
            over.set()
            replies = await asyncio.gather(*waiting)
            assert {one.status for one in replies} == {"accepted", "busy"}

    asyncio.run(scene())


def test_those_who_wait_for_a_provider_keep_no_more_than_so_many_bytes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "ROOM", 200_000)

    async def scene() -> None:
        answer, loop = asyncio.Event(), asyncio.get_running_loop()

        def keys(handler: _Handler) -> None:
            asyncio.run_coroutine_threadsafe(answer.wait(), loop).result(10)
            handler.say({"keys": [ed25519().jwk]})

        house.provider.answers["/keys"] = keys
        async with house.door() as client:
            body = {"full_name": "Ada", "email": f"{'a' * 40_000}@example.org"}
            waiting = [
                asyncio.create_task(house.asks(client, "person.register", body)) for _ in range(9)
            ]
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=5)
            assert {one.result().status for one in done} == {"busy"}
            answer.set()
            statuses = [one.status for one in await asyncio.gather(*waiting)]
            assert sorted(statuses) == ["busy"] * 5 + ["invalid"] * 4

    asyncio.run(scene())
