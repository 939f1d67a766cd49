import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from events.addresses import one_spelling
from events.assessments import DecisionMade
from events.people import Contact, PersonRegistered, RelationshipDeclared
from events.personal import Erased, Sealed
from events.terms import Channel, Outcome, Relationship
from services.engines.addresses import Engines
from services.vault.epochs import EpochKeys, master_key
from services.vault.keys import _version
from services.vault.opening import Reading
from services.vault.vault import ErasedAudience, LostKey, Vault, WrongMasterKey
from tests.scenes.cast import ADA, AUTUMN, BEN, NOBODY, PATIENT, application
from tests.scenes.world import KEYS

EVENT = "0191fa7c-0000-7000-8000-000000000001"
REGISTERED = PersonRegistered(
    person_id=ADA,
    full_name="Ada Tregenza",
    contact=Contact(email="ada@example.org"),
    reached_by=(Channel.EMAIL,),
)
RELATED = RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)
RESULT: dict[str, Any] = {"outcome": Outcome.OFFER, "score": 700, "reasons": ("interest.clear",)}
DECIDED = DecisionMade(
    application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT, **RESULT
)
T = TypeVar("T")


def sealed_name(vault: Vault, event: PersonRegistered = REGISTERED) -> Sealed:
    name = vault.seal(event, EVENT, for_rules=False).full_name
    assert isinstance(name, Sealed)
    return name


def number_of(vault: Vault, name: str) -> str:
    """Which version of a key is the newest, as sealed values name it."""
    return str(vault.keys.make(name).number)


def at_once(number: int, work: Callable[[int], T]) -> list[T]:
    start = threading.Barrier(number)

    def begin(one: int) -> T:
        start.wait()
        return work(one)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def nothing_beside(digest: str) -> bytes:
    raise LookupError(digest)


def test_a_sealed_value_opens_for_who_holds_the_master_key(vault: Vault, notifiers: Vault) -> None:
    name = sealed_name(vault)
    assert "Ada" not in name.model_dump_json()
    key = number_of(vault, ADA)
    assert (name.audience, name.key, name.event, name.field) == (ADA, key, EVENT, "full_name")
    assert notifiers.open(name) == "Ada Tregenza"


def test_what_rules_read_and_what_they_do_not_is_sealed_by_itself(
    vault: Vault, notifiers: Vault
) -> None:
    half = vault.seal(REGISTERED, EVENT, for_rules=False)
    assert half.reached_by == REGISTERED.reached_by
    stored = vault.seal(half, EVENT, for_rules=True)
    assert stored.full_name == half.full_name, "what is sealed is not sealed again"
    assert isinstance(stored.reached_by, Sealed)
    assert stored.reached_by.audience == f"rules:{ADA}"
    read = Reading(notifiers, nothing_beside)(stored)
    assert read == half, "rules have theirs, and the rest unread"


def test_a_fact_comes_from_under_its_cover_as_it_was(vault: Vault, notifiers: Vault) -> None:
    cover = vault.covered(DECIDED, EVENT, {"actor": BEN})
    assert isinstance(cover.content, Sealed)
    assert cover.content.audience == f"panel:{AUTUMN}+{ADA}"
    panel, ada = number_of(vault, f"panel:{AUTUMN}"), number_of(vault, ADA)
    assert cover.content.key == f"{panel}.{ada}"
    assert "offer" not in cover.model_dump_json()
    assert Reading(notifiers, nothing_beside)(cover) == DECIDED
    assert notifiers.open(cover.content)["by"] == {"actor": BEN}


def test_a_value_that_is_sealed_under_a_cover_is_opened_with_it(
    vault: Vault, notifiers: Vault
) -> None:
    inner = vault.seal(RELATED, EVENT, for_rules=True)
    assert isinstance(inner.kind, Sealed)
    assert inner.kind.audience == "+".join(sorted((ADA, BEN)))
    cover = vault.covered(inner, EVENT, {})
    assert ADA not in cover.model_dump_json(), "of the two it shows one"
    assert Reading(notifiers, nothing_beside)(cover) == RELATED


def other_letter(text: str) -> str:
    """One character in the middle, changed."""
    at = len(text) // 2
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize(
    "moved",
    [
        {"field": "contact"},
        {"event": EVENT.replace("1", "2")},
        {"audience": BEN, "key": "{ben}"},
        {"audience": f"rules:{ADA}"},
        {"audience": f"{ADA}+{BEN}", "key": "{ada}.{ben}"},
        {"key": "{ada}.{ada}"},
        {"key": "0{ada}"},
        {"key": "first"},
        {"key": ""},
        {"sealed": ""},
        {"sealed": "bm90aGluZw"},
        {"sealed": "bm90aGluZw=="},
        {"sealed": "not base64"},
    ],
    ids=str,
)
def test_what_was_moved_or_altered_does_not_open(vault: Vault, moved: dict[str, str]) -> None:
    mine = sealed_name(vault)
    sealed_name(vault, REGISTERED.model_copy(update={"person_id": BEN}))
    numbers = {"ada": number_of(vault, ADA), "ben": number_of(vault, BEN)}
    said = {name: value.format(**numbers) for name, value in moved.items()}
    with pytest.raises(ValueError, match=r"a sealed (full_name|contact) was tampered") as refusal:
        vault.open(mine.model_copy(update=said))
    assert "Ada" not in str(refusal.value)
    assert vault.open(mine) == "Ada Tregenza"


@pytest.mark.parametrize("moved", [{"audience": BEN}, {"key": "0"}, {"key": str(2**21)}], ids=str)
def test_what_names_a_version_that_never_was_opens_as_little(
    vault: Vault, moved: dict[str, str]
) -> None:
    mine = sealed_name(vault)
    sealed_name(vault, REGISTERED.model_copy(update={"person_id": BEN}))
    with pytest.raises(LostKey, match="restore the vault's newest backup"):
        vault.open(mine.model_copy(update=moved))


def test_each_altered_character_is_found(vault: Vault) -> None:
    mine = sealed_name(vault)
    with pytest.raises(ValueError, match="tampered with"):
        vault.open(mine.model_copy(update={"sealed": other_letter(mine.sealed)}))


def test_of_who_was_erased_nothing_opens_and_nothing_new_is_kept(
    fresh: Engines, vault: Vault, notifiers: Vault, owners: Vault
) -> None:
    mine = sealed_name(vault)
    assert owners.destroy(ADA) == 1
    assert owners.destroy(ADA) == 0
    assert notifiers.open(mine) == Erased()
    later = Vault(fresh.vault["commands"], KEYS)
    try:
        with pytest.raises(ErasedAudience):
            later.seal(REGISTERED, EVENT, for_rules=False)
    finally:
        later.close()


def test_only_the_owner_may_destroy(vault: Vault, notifiers: Vault) -> None:
    mine = sealed_name(vault)
    for one in (vault, notifiers):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one.destroy(ADA)
    assert notifiers.open(mine) == "Ada Tregenza"


def test_keys_that_are_held_need_no_further_look(vault: Vault, notifiers: Vault) -> None:
    mine = sealed_name(vault)
    notifiers.hold([ADA, NOBODY])
    notifiers.close()
    assert notifiers.open(mine) == "Ada Tregenza"


def test_a_key_has_versions_and_each_opens_its_own(
    fresh: Engines, vault: Vault, notifiers: Vault
) -> None:
    before = sealed_name(vault), vault.covered(DECIDED, EVENT, {}).content
    panel, first = vault.keys.make(f"panel:{AUTUMN}").number, vault.keys.make(ADA).number
    next_one = _version(first + 1, bytes(reversed(range(32))))
    second = vault.keys._wrap(next_one, ADA, 1)
    with psycopg.connect(fresh.vault["owner"]) as owner:
        row = (ADA, next_one.number, second)
        owner.execute("INSERT INTO vault.keys VALUES (%s, %s, 1, %s)", row)
    later = Vault(fresh.vault["commands"], KEYS)
    try:
        after = sealed_name(later), later.covered(DECIDED, EVENT, {}).content
    finally:
        later.close()
    sealed = [one for one in (*before, *after) if isinstance(one, Sealed)]
    assert [one.key for one in sealed] == [
        f"{first}",
        f"{panel}.{first}",
        f"{first + 1}",
        f"{panel}.{first + 1}",
    ]
    for name in (before[0], after[0]):
        assert notifiers.open(name) == "Ada Tregenza"
    assert notifiers.open(sealed[1]) == notifiers.open(sealed[3])


def test_two_who_make_one_key_at_once_agree(fresh: Engines, notifiers: Vault) -> None:
    vaults = [Vault(fresh.vault["commands"], KEYS) for _ in range(6)]
    try:
        for sealed in at_once(6, lambda one: sealed_name(vaults[one])):
            assert notifiers.open(sealed) == "Ada Tregenza"
    finally:
        for one in vaults:
            one.close()


def test_a_wrong_master_key_is_named(fresh: Engines, vault: Vault, tmp_path: Path) -> None:
    vault.prove()
    mine = sealed_name(vault)
    (tmp_path / "master.key").write_text(bytes(32).hex())
    other = Vault(fresh.vault["commands"], EpochKeys(tmp_path / "master.key", KEYS.file))
    try:
        for attempt in (other.prove, lambda: other.open(mine), lambda: sealed_name(other)):
            with pytest.raises(WrongMasterKey, match="LT_MASTER_KEY_FILE"):
                attempt()
    finally:
        other.close()


def test_a_master_key_is_made_once_and_only_where_that_is_wished(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with pytest.raises(WrongMasterKey, match=r"master\.key must hold"):
        master_key(file)
    made = master_key(file, create=True)
    assert master_key(file) == master_key(file, create=True) == made
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("0123")
    with pytest.raises(WrongMasterKey, match="64 hexadecimal digits"):
        master_key(file, create=True)


@pytest.mark.parametrize(
    ("spellings", "folded"),
    [
        (["01872 000000", "+44 1872 000000", "+44 (0)1872 000 000", "0044-1872-000000"], "01872"),
        (["+353 1 000 0000", "00353 1 0000000"], "+3531"),
        (["ada@example.org", " ADA@Example.org", "ａｄａ@example.org"], "ada@"),
    ],
)
def test_one_address_or_number_is_known_in_every_spelling(
    spellings: list[str], folded: str
) -> None:
    (one,) = {one_spelling(spelling) for spelling in spellings}
    assert one.startswith(folded)
