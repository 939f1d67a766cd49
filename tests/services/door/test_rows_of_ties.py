"""The rows that lead from subjects to people: who leaves one, what takes it away, and what it is
worth.
"""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg

from events.ids import CommandId, PersonId, TieId
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.vault.rotation import Rotation
from services.vault.ties import MOST, subject_digest
from services.vault.vault import Vault
from tests.scenes.at_work import eventually
from tests.scenes.team import RUTH
from tests.scenes.tokens import ask_as
from tests.scenes.world import KEYS, keys_in, vault_of
from tests.services.door.provided import SUBJECT, House, known_ties, rows
from tests.services.identity.minting import NOW

DAY = timedelta(days=1)


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
            assert await house.consents(client, ada) == "accepted"
            assert rows(fresh) == 1
            assert (await ties(ada, SUBJECT)).repeated

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
