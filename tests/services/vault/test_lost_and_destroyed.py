"""A key that is not there was lost or was destroyed, and nobody takes one for the other."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from domain.people.person import RegisterPerson
from events.event import Event
from events.ids import PersonId
from events.people import Contact, PersonRegistered, RelationshipDeclared
from events.personal import Erased, Sealed
from events.terms import Channel, Relationship
from services.clock import SetClock
from services.engines.addresses import Engines
from services.process.station import Station, kept_running
from services.settings import Settings
from services.vault.keys import VERSIONS
from services.vault.opening import Reading
from services.vault.vault import ErasedAudience, LostKey, Vault
from services.workers import commands
from tests.scenes.cast import ADA, AUTUMN, BEN, CLEO, NOBODY
from tests.scenes.given import person
from tests.scenes.tokens import IDENTITY
from tests.scenes.world import KEYS, NOON, coordinator, door_on, station

EVENT = "0191fa7c-0000-7000-8000-000000000001"
REGISTERED = PersonRegistered(
    person_id=ADA,
    full_name="Ada Tregenza",
    contact=Contact(email="ada@example.org"),
    reached_by=(Channel.EMAIL,),
)
RELATED = RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.TREATS)
RESTORE = "restore the vault's newest backup"
Anew = Callable[[], Vault]


@pytest.fixture
def anew(fresh: Engines) -> Iterator[Anew]:
    """Vaults of processes that have seen no key yet."""
    with ExitStack() as stack:

        def another() -> Vault:
            vault = Vault(fresh.vault["commands"], KEYS)
            stack.callback(vault.close)
            return vault

        yield another


def stored(vault: Vault, event: Event = REGISTERED) -> Event:
    """As the log has it, all that is sealed by itself."""
    half = vault.seal(event, EVENT, for_rules=False)
    return vault.seal(half, EVENT, for_rules=True)


def name_in(fact: Event) -> Sealed:
    assert isinstance(fact, PersonRegistered)
    assert isinstance(fact.full_name, Sealed)
    return fact.full_name


def lose(engines: Engines, *names: str) -> None:
    """The vault is restored from before these keys were made."""
    with psycopg.connect(engines.vault["owner"]) as owner:
        owner.execute("DELETE FROM vault.keys WHERE audience = ANY(%s)", (list(names),))


def rows_of(engines: Engines, name: str) -> int:
    with psycopg.connect(engines.vault["owner"]) as owner:
        return len(owner.execute("SELECT FROM vault.keys WHERE audience = %s", (name,)).fetchall())


def reading(vault: Vault, fact: Event) -> Event:
    return Reading(vault, lambda _: b"")(fact)


def test_what_was_sealed_by_a_lost_key_is_not_said_to_be_erased(
    fresh: Engines, vault: Vault, anew: Anew
) -> None:
    fact, under = stored(vault), vault.covered(stored(vault, RELATED), EVENT, {})
    lose(fresh, ADA)
    later = anew()
    for attempt in (
        lambda: later.open(name_in(fact)),
        lambda: reading(later, fact),
        lambda: reading(later, under),
    ):
        with pytest.raises(LostKey, match=RESTORE):
            attempt()
    assert rows_of(fresh, ADA) == 0, "looking makes none"


def test_what_was_sealed_by_a_destroyed_key_is_erased(
    vault: Vault, owners: Vault, anew: Anew
) -> None:
    fact, under = stored(vault), vault.covered(stored(vault, RELATED), EVENT, {})
    owners.destroy(ADA)
    later = anew()
    assert later.open(name_in(fact)) == Erased()
    read, below = reading(later, fact), reading(later, under)
    assert isinstance(read, PersonRegistered)
    assert read.reached_by == Erased()
    assert getattr(below, "content", None) == Erased()


def kind_in(fact: Event) -> Sealed:
    assert isinstance(fact, RelationshipDeclared)
    assert isinstance(fact.kind, Sealed)
    return fact.kind


def test_of_two_one_may_be_lost_and_one_destroyed(
    fresh: Engines, vault: Vault, owners: Vault, anew: Anew
) -> None:
    """With either of them destroyed it is gone, whatever became of the other."""
    both = kind_in(stored(vault, RELATED))
    lose(fresh, BEN)
    with pytest.raises(LostKey):
        anew().open(both)
    owners.destroy(ADA)
    assert anew().open(both) == Erased()


def test_a_key_that_was_lost_and_made_anew_opens_nothing_from_before(
    fresh: Engines, vault: Vault, anew: Anew
) -> None:
    before = name_in(stored(vault))
    for _ in range(3):
        lose(fresh, ADA)
        later = anew()
        after = name_in(stored(later))
        assert later.open(after) == anew().open(after) == "Ada Tregenza"
        assert after.key != before.key
        for one in (later, anew()):
            with pytest.raises(LostKey, match=RESTORE):
                one.open(before)


def test_which_version_is_the_first_is_chosen_by_chance(vault: Vault) -> None:
    people = [person(f"somebody {number}") for number in range(100)]
    vault.keys.make_all(people)
    numbers = [vault.keys.make(who).number for who in people]
    assert all(1 <= one <= VERSIONS for one in numbers)
    assert len(set(numbers)) > 95


def test_a_vault_that_lacks_the_newest_person_is_older_than_the_log(
    fresh: Engines, vault: Vault, owners: Vault, anew: Anew
) -> None:
    stored(vault)
    anew().prove()
    anew().prove(ADA)
    with pytest.raises(LostKey, match=RESTORE):
        anew().prove(BEN)
    owners.destroy(ADA)
    anew().prove(ADA)
    lose(fresh, ADA)
    for _ in range(2):
        with pytest.raises(LostKey, match=RESTORE):
            anew().prove(ADA)
    assert rows_of(fresh, ADA) == 0


def test_the_door_stays_shut_while_the_vault_is_older_than_the_log(
    fresh: Engines, tmp_path: Path
) -> None:
    """Or people would be taken for newcomers, and sealed under keys that open nothing of theirs."""

    async def register(name: str) -> str:
        async with door_on(station(fresh, tmp_path)) as client:
            said = {"full_name": name, "email": f"{name}@example.org"}
            reply = await coordinator(client, RegisterPerson.name, said)
            return (reply.ids or {})["person_id"]

    async def shut() -> None:
        with pytest.raises(LostKey, match=RESTORE):
            await register("cleo")

    asyncio.run(register("ada"))
    newest = asyncio.run(register("ben"))
    lose(fresh, newest)
    asyncio.run(shut())


def test_nothing_is_sealed_for_somebody_whose_key_was_destroyed(
    fresh: Engines, vault: Vault, owners: Vault, anew: Anew
) -> None:
    stored(vault)
    owners.destroy(ADA)
    owners.destroy(CLEO)
    later = anew()
    for who in (ADA, CLEO):
        fact = REGISTERED.model_copy(update={"person_id": who})
        with pytest.raises(ErasedAudience):
            later.seal(fact, EVENT, for_rules=False)
        with pytest.raises(ErasedAudience):
            later.keys.make(who)
        anew().keys.make_all([who, NOBODY])
        assert rows_of(fresh, who) == 1, "who never had a key is to have none either"
    assert later.keys.held(NOBODY)


@pytest.mark.parametrize("gone", [ADA, BEN], ids=["one", "the other"])
def test_a_code_about_them_is_sealed_under_no_key_that_anybody_has(
    vault: Vault, owners: Vault, anew: Anew, gone: PersonId
) -> None:
    vault.welcome([ADA, BEN])
    owners.destroy(gone)
    later = anew()
    code = kind_in(stored(later, RELATED))
    assert later.open(code) == anew().open(code) == Erased()
    assert later.fallen == {code.audience}


def test_what_falls_with_somebody_is_gone_with_them_and_not_lost(
    vault: Vault, owners: Vault, anew: Anew
) -> None:
    vault.keys.make(f"run:{AUTUMN}", [ADA, BEN])
    assert owners.destroy(BEN) == 1, "Ben's own was never made"
    later = anew()
    assert later.keys.gone(BEN)
    assert later.keys.gone(f"run:{AUTUMN}")
    assert not later.keys.gone(ADA)
    assert later.keys.held(ADA) is None


def test_a_worker_that_lacks_keys_says_in_a_sentence_what_to_do(
    fresh: Engines, vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And goes on looking, so that whoever brings the file back need not start it anew."""
    vault.prove()
    settings = Settings(data=tmp_path, master_key_file=KEYS.master, identity_file=IDENTITY)
    here = Station(fresh, SetClock(NOON), settings)

    async def play() -> None:
        ready, stop = asyncio.Event(), asyncio.Event()
        working = asyncio.create_task(kept_running("commands", commands.serve, here, ready, stop))
        await asyncio.sleep(0.5)
        assert not ready.is_set()
        shutil.copy(KEYS.file, settings.epoch_keys)
        await asyncio.wait_for(ready.wait(), 20)
        stop.set()
        await working

    asyncio.run(play())
    said = "".join(capsys.readouterr())
    assert "Restore the file that LT_EPOCH_KEYS_FILE" in said
    assert "Traceback" not in said
