"""Whom a provider speaks of is somebody's by a recorded tie, as long as it stands."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client

from events.ids import PersonId
from services.clock import SetClock
from services.door import reception
from services.door.asking import ask
from services.door.ties import TiedPeople
from services.door.wire import Reply
from services.engines.addresses import Engines
from services.identity.comers import FRESH
from services.identity.identities import WAITING
from services.log.writer import Accepted, Refused
from services.operations.granting import SignIn, make_coordinator
from services.process.station import Station
from services.vault.rotation import Rotation
from services.vault.ties import subject_digest
from services.vault.vault import Vault
from tests.scenes.leaks import tables
from tests.scenes.played import history_of
from tests.scenes.team import RUTH
from tests.scenes.tokens import IDENTITY, OWN, ask_as
from tests.scenes.world import KEYS, PLAN, door_on, keys_in, station, vault_of
from tests.services.identity.minting import AUDIENCE, NOW, StandIn, _Handler, ed25519, stand_in

SUBJECT = "ada-as-the-trust-calls-her"
MANY = WAITING + 20


@dataclass
class House:
    """A door that takes a provider's word, and who asks there."""

    station: Station
    provider: StandIn

    @asynccontextmanager
    async def door(self) -> AsyncIterator[Client]:
        async with door_on(self.station) as client:
            yield client

    async def known(self, client: Client, name: str) -> str:
        data = {"full_name": name, "email": f"{name.lower()}@example.org"}
        reply = await ask_as(client, RUTH, "person.register", {"data": data})
        return str((reply.ids or {})["person_id"])

    async def tied(self, client: Client, who: str, subject: str = SUBJECT, **more: Any) -> Reply:
        data = {"person_id": who, "issuer": "trust", "subject": subject, **more}
        return await ask_as(client, RUTH, "identity.tie", {"data": data})

    async def asks(self, client: Client, name: str, data: Any, subject: str = SUBJECT) -> Reply:
        """By a token of the provider's."""
        shown = self.provider.token(sub=subject, jti=f"{subject} {time.monotonic_ns()}")
        return await ask(client, name, {"data": data}, token=shown)

    async def consents(self, client: Client, who: str) -> str | None:
        reply = await self.asks(client, "person.give-consent", {"person_id": who})
        return reply.code or reply.status


@pytest.fixture
def house(fresh: Engines, tmp_path: Path) -> Iterator[House]:
    with stand_in() as provider:
        provider.keys = [ed25519().jwk]
        table = {"issuer": provider.issuer, "code": "trust", "audience": AUDIENCE}
        said = "\n".join(f"{name} = {json.dumps(value)}" for name, value in table.items())
        own = OWN.replace('"identity', f'"{IDENTITY.parent}/identity')
        file = tmp_path / "identity.toml"
        file.write_text(f'{own}[[providers]]\n{said}\nalgorithms = ["Ed25519"]\n')
        here = station(fresh, tmp_path, SetClock(NOW))
        settings = here.settings.model_copy(update={"identity_file": file})
        yield House(replace(here, settings=settings), provider)


def test_whoever_is_made_coordinator_from_outside_can_come_in_at_once(house: House) -> None:
    """Nobody who is tied yet could tie them."""

    async def scene() -> None:
        async with house.door() as client:
            ada = PersonId(await house.known(client, "Ada"))
            told = "Ruth can't be reached."
            made = make_coordinator(house.station, ada, told, SignIn("trust", SUBJECT))
            assert isinstance(made, Accepted)
            names = ["role.granted", "role.glass-broken", "identity.tied"]
            assert [one.name for one in made.written] == names
            assert (await house.asks(client, "cohort.plan", PLAN)).status == "accepted"
            nobody = make_coordinator(house.station, ada, told, SignIn("elsewhere", SUBJECT))
            assert isinstance(nobody, Refused)
            assert nobody.code == "identity.no-such-issuer"

    asyncio.run(scene())


def test_whoever_was_tied_acts_as_that_person_until_they_are_untied(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            assert await house.consents(client, ada) == "identity.not-tied"
            await asyncio.sleep(FRESH)
            tied = await house.tied(client, ada)
            assert (tied.status, tied.ids) == ("accepted", {"person_id": ada})
            assert (await house.tied(client, ada)).events == ()
            assert await house.consents(client, ada) == "accepted"
            assert await house.consents(client, ada) == "accepted"  # it is so already
            mine = (tied.events or ())[0].subject
            gone = {"person_id": ada, "tie_id": mine}
            assert (await house.asks(client, "identity.untie", gone)).status == "accepted"
            # It is remembered whose the subject is, and does not count any more all the same.
            assert await house.consents(client, ada) == "identity.not-tied"
            await asyncio.sleep(FRESH)
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


def test_a_row_that_leads_to_no_recorded_tie_of_the_subject_makes_nobody_known(
    house: House, fresh: Engines
) -> None:
    issuer = house.provider.issuer

    async def scene() -> str:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            tied = await house.tied(client, ada, "another-subject")
            return str((tied.events or ())[0].subject)

    tie = asyncio.run(scene())
    with vault_of(fresh) as vault, closing(known_ties(fresh, vault)) as people:
        found = people.whose(issuer, "another-subject")
        assert found
        assert found.tie == tie
        digest = subject_digest(issuer, SUBJECT)
        vault.ties.keep("tie_00000000000000000000000000", found.person_id, digest)
        assert people.whose(issuer, SUBJECT) is None
        vault.ties.keep(tie, found.person_id, digest)  # of another subject, says the fact
        assert people.whose(issuer, SUBJECT) is None


def known_ties(engines: Engines, vault: Vault) -> TiedPeople:
    return TiedPeople(engines.programme["commands"], vault)


def test_an_erased_person_s_tie_leads_to_nobody_and_is_worth_nothing(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            await house.tied(client, ada)
            assert await house.consents(client, ada) == "accepted"
            owners = Vault(fresh.vault["owner"], KEYS)
            with closing(owners):
                owners.destroy(ada)
            await asyncio.sleep(FRESH)
            assert await house.consents(client, ada) == "identity.not-tied"

    asyncio.run(scene())
    with psycopg.connect(fresh.vault["owner"]) as owner:
        assert owner.execute("SELECT count(*) FROM vault.ties").fetchone() == (0,)


def test_the_end_of_an_epoch_carries_ties_on(house: House, fresh: Engines, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    keys = keys_in(folder)
    files = {"master_key_file": keys.master, "epoch_keys_file": keys.file}
    house.station = replace(house.station, settings=house.station.settings.model_copy(update=files))

    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            await house.tied(client, ada)
            assert await house.consents(client, ada) == "accepted"

    asyncio.run(scene())
    before = digests(fresh)
    with Rotation(fresh.vault["keeper"], keys) as rotation:
        assert rotation.epoch() == 2
    assert digests(fresh).isdisjoint(before)
    with (
        closing(Vault(fresh.vault["commands"], keys)) as vault,
        closing(known_ties(fresh, vault)) as people,
    ):
        assert people.whose(house.provider.issuer, SUBJECT)


def digests(engines: Engines) -> set[bytes]:
    with psycopg.connect(engines.vault["owner"]) as owner:
        return {one for (one,) in owner.execute("SELECT digest FROM vault.ties")}


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
    slow = asyncio.Event()

    async def scene() -> None:
        loop = asyncio.get_running_loop()

        def keys(handler: _Handler) -> None:
            loop.call_soon_threadsafe(slow.set)
            time.sleep(1.0)
            handler.say({"keys": [ed25519().jwk]})

        house.provider.answers["/keys"] = keys
        async with house.door() as client:
            body = {"full_name": "Ada", "email": "ada@example.org"}
            waiting = [
                asyncio.create_task(house.asks(client, "person.register", body))
                for _ in range(MANY)
            ]
            await slow.wait()
            reply = await ask_as(client, RUTH, "cohort.plan", {"data": PLAN})
            assert reply.status == "accepted"
            assert sum(not one.done() for one in waiting) > WAITING // 2
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
