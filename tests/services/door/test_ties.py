"""Whom a provider speaks of is somebody's by a recorded tie, as long as it stands."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client

from events.ids import CommandId, PersonId, TieId
from services.clock import SetClock
from services.door.asking import ask
from services.door.ties import TiedPeople
from services.door.wire import Reply
from services.engines.addresses import Engines
from services.identity import comers
from services.identity.identities import WAITING
from services.log.writer import Accepted, Refused
from services.operations.granting import SignIn, make_coordinator
from services.process.station import Station
from services.vault.rotation import Rotation
from services.vault.ties import MOST, subject_digest
from services.vault.vault import Vault
from tests.scenes.at_work import eventually
from tests.scenes.leaks import tables
from tests.scenes.played import history_of
from tests.scenes.team import RUTH
from tests.scenes.tokens import IDENTITY, OWN, ask_as
from tests.scenes.world import KEYS, PLAN, door_on, keys_in, station, vault_of
from tests.services.identity.minting import AUDIENCE, NOW, StandIn, _Handler, ed25519, stand_in

SUBJECT = "ada-as-the-trust-calls-her"
MANY = WAITING + 20
DAY = timedelta(days=1)


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

    async def is_told(self, client: Client, who: str, answer: str) -> None:
        """Once it is not remembered any more what was so before."""

        async def told() -> bool:
            return await self.consents(client, who) == answer

        await eventually(told)


@pytest.fixture
def house(fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(comers, "FRESH", 0.05)
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
            names = ["role.granted", "identity.tied", "role.glass-broken"]
            assert [one.name for one in made.written] == names
            assert (await house.asks(client, "cohort.plan", PLAN)).status == "accepted"

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
            reply = await ask_as(client, ada, "cohort.plan", {"data": PLAN})
            assert reply.code == "acting.role-not-held"

    asyncio.run(scene())
    kinds = [one.event.name for one in history_of(fresh)]
    assert kinds.count("role.granted") == 1  # Ruth's


def test_whoever_may_not_tie_leaves_no_row_behind(house: House, fresh: Engines) -> None:
    """Each row is looked at by whoever signs in."""

    async def scene() -> None:
        async with house.door() as client:
            ada = await house.known(client, "Ada")
            for _ in range(3):
                data = {"person_id": ada, "issuer": "trust", "subject": SUBJECT}
                reply = await ask_as(client, ada, "identity.tie", {"data": data})
                assert reply.code == "acting.role-not-held"
            assert rows(fresh) == 0

    asyncio.run(scene())


def test_no_wish_for_a_tie_that_was_refused_leaves_a_row_behind(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada, ben = [await house.known(client, name) for name in ("Ada", "Ben")]
            assert (await house.tied(client, ada)).status == "accepted"
            for _ in range(3):
                assert (await house.tied(client, ben)).code == "identity.tied-to-another"
            await eventually(lambda: rows(fresh) == 1)
            assert await house.consents(client, ada) == "accepted"

    asyncio.run(scene())


def rows(engines: Engines) -> int:
    with psycopg.connect(engines.vault["owner"]) as owner:
        found = owner.execute("SELECT count(*) FROM vault.ties").fetchone()
        return int(found[0]) if found else 0


def test_a_tie_goes_on_though_its_command_is_sent_again_for_something_else(
    house: House, fresh: Engines
) -> None:
    """Under one id and time it would be the same tie."""

    async def scene() -> None:
        async with house.door() as client:
            ada, ben = [await house.known(client, name) for name in ("Ada", "Ben")]
            sent = CommandId.derived(NOW, "tie")
            same = {"id": sent, "time": (NOW - DAY).isoformat(), "reason": "noted.at-the-time"}

            async def ties(who: str, subject: str) -> Reply:
                data = {"person_id": who, "issuer": "trust", "subject": subject}
                return await ask_as(client, RUTH, "identity.tie", {**same, "data": data})

            assert (await ties(ada, SUBJECT)).status == "accepted"
            assert (await ties(ben, SUBJECT)).code == "command.reused"
            assert (await ties(ada, "another")).code == "command.reused"
            assert (await ties(ada, SUBJECT)).repeated
            assert await house.consents(client, ada) == "accepted"
            assert rows(fresh) == 1

    asyncio.run(scene())


def test_of_very_many_rows_of_a_subject_some_are_looked_at_and_nobody_else_is_tied(
    house: House, fresh: Engines
) -> None:
    async def scene() -> None:
        async with house.door() as client:
            ada, ben = [await house.known(client, name) for name in ("Ada", "Ben")]
            assert (await house.tied(client, ada)).status == "accepted"
            with vault_of(fresh) as vault:
                subject = subject_digest(house.provider.issuer, SUBJECT)
                for number in range(MOST + 1):
                    vault.ties.keep(TieId.derived(NOW, "left", str(number)), ben, subject)
                assert len(vault.ties.of(subject)) == MOST
            assert (await house.tied(client, ben)).code == "identity.tie-anew"
            assert await house.consents(client, ada) == "accepted"

    asyncio.run(scene())


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
        vault.ties.leave([tie])
        vault.ties.keep(tie, found.person_id, digest)  # of another subject, says the fact
        assert people.whose(issuer, SUBJECT) is None


def test_a_row_that_is_wished_for_again_while_old_ones_are_swept_stays(
    house: House, fresh: Engines
) -> None:
    async def scene() -> PersonId:
        async with house.door() as client:
            return PersonId(await house.known(client, "Ada"))

    ada = asyncio.run(scene())
    again, left = (TieId.derived(NOW, name) for name in ("again", "left"))
    with vault_of(fresh) as vault:
        for tie in (again, left):
            vault.ties.keep(tie, ada, "a" * 64)
        with psycopg.connect(fresh.vault["owner"]) as owner:
            owner.execute("UPDATE vault.ties SET made_at = made_at - interval '2 hours'")
        old = vault.ties.old("", 10)
        assert old == sorted([again, left])
        vault.ties.keep(again, ada, "a" * 64)
        vault.ties.leave_old(old)
        assert [one.tie for one in vault.ties.of("a" * 64)] == [again]


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
            await house.is_told(client, ada, "identity.not-tied")

    asyncio.run(scene())
    assert rows(fresh) == 0


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


def test_a_tie_that_can_not_be_read_stops_no_epoch_s_end(
    house: House, fresh: Engines, tmp_path: Path
) -> None:
    """The others are carried on; it leads to nobody."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    keys = keys_in(folder)
    files = {"master_key_file": keys.master, "epoch_keys_file": keys.file}
    house.station = replace(house.station, settings=house.station.settings.model_copy(update=files))

    async def scene() -> tuple[str, ...]:
        async with house.door() as client:
            found = [await house.known(client, name) for name in ("Ada", "Ben", "Cleo")]
            for who in found:
                assert (await house.tied(client, who, f"{who}-there")).status == "accepted"
            return tuple(found)

    ada, ben, cleo = asyncio.run(scene())
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("UPDATE vault.ties SET sealed = %s WHERE person = %s", (b"altered", ada))
        owner.execute(
            "UPDATE vault.ties SET person = %s WHERE person = %s",
            ("person_00000000000000000000000000", ben),
        )
    with Rotation(fresh.vault["keeper"], keys) as rotation:
        assert rotation.epoch() == 2
    with (
        closing(Vault(fresh.vault["commands"], keys)) as vault,
        closing(known_ties(fresh, vault)) as people,
    ):
        issuer = house.provider.issuer
        found = [people.whose(issuer, f"{who}-there") for who in (ada, ben, cleo)]
        assert [one and one.person_id for one in found] == [None, None, cleo]


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
            reply = await ask_as(client, RUTH, "cohort.plan", {"data": PLAN})
            assert reply.status == "accepted"
            assert sum(not one.done() for one in waiting) > WAITING // 2
            over.set()
            replies = await asyncio.gather(*waiting)
            assert {one.status for one in replies} == {"accepted", "busy"}

    asyncio.run(scene())
