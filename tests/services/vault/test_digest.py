"""A command is known again by a keyed digest, which dies with everybody whom it is about."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import blake2b, sha256
from itertools import permutations
from pathlib import Path

import psycopg
import pytest

from domain.people.person import Met, RegisterPerson
from domain.people.ties import DeclareRelationship
from events.ids import CommandId
from events.personal import Sealed
from events.terms import Relationship
from services.engines.addresses import Engines
from services.log.wishes import Accepted, Refused
from services.log.writer import Writer
from services.vault.epochs import EpochKeys, derived
from services.vault.keys import ITSELF, Keys, _version
from services.vault.rotation import Rotation
from services.vault.vault import Vault
from tests.scenes.cast import ADA, AUTUMN, BEN, CLEO
from tests.scenes.given import NOON
from tests.scenes.world import EPOCH, KEYS, MASTER, keys_in, wish, writer_on

EVENT = "0191fa7c-0000-7000-8000-000000000001"
SAID = b'{"kind":"treats"}'
FIXED = {ADA: b"A" * 32, BEN: b"B" * 32, f"panel:{AUTUMN}": b"P" * 32}


def test_it_is_equal_for_equal_content_about_the_same_people(
    vault: Vault, notifiers: Vault
) -> None:
    mine = vault.digest(SAID, [ADA, BEN])
    assert len(mine) == 32
    assert bytes.fromhex(mine)
    assert notifiers.digest(SAID, [BEN, ADA]) == mine, "in whichever order they are named"
    assert notifiers.digest(SAID, [ADA, BEN, ADA]) == mine, "and however often"
    assert notifiers.digest(b'{"kind":"veto"}', [ADA, BEN]) != mine


def test_it_differs_by_the_people(vault: Vault) -> None:
    about: list[list[str]] = [[], [ADA], [BEN], [CLEO], [ADA, BEN], [ADA, CLEO], [ADA, BEN, CLEO]]
    assert len({vault.digest(SAID, people) for people in about}) == len(about)


@pytest.mark.parametrize("gone", [ADA, BEN], ids=["one", "the other"])
def test_the_same_is_not_made_again_once_one_of_them_was_erased(
    fresh: Engines, vault: Vault, owners: Vault, gone: str
) -> None:
    before = vault.digest(SAID, [ADA, BEN])
    assert owners.digest(SAID, [ADA, BEN]) == before
    owners.destroy(gone)
    vault.forget()
    later = Vault(fresh.vault["commands"], KEYS)
    try:
        for one in (owners, vault, later):
            assert one.digest(SAID, [ADA, BEN]) != before
            assert one.lacks([ADA, BEN])
            assert not one.lacks([CLEO])
    finally:
        later.close()


def test_who_holds_all_that_is_left_can_not_confirm_a_guess(
    fresh: Engines, vault: Vault, owners: Vault
) -> None:
    """The guess is right. He has the master key and the epoch's, the whole vault, and knows how it
    is made.
    """
    people = [ADA, BEN]
    for one in (CLEO, f"panel:{AUTUMN}"):
        vault.keys.make(one)
    target = vault.digest(SAID, people)
    assert target in set(attempts(fresh, people)), "he could before, or this would try nothing"
    owners.destroy(ADA)
    tried = set(attempts(fresh, people))
    assert len(tried) > 20
    assert target not in tried


def attempts(engines: Engines, people: Sequence[str]) -> Iterator[str]:
    """Digests under every key that is left, in every order, with nothing or zeros for others."""
    with psycopg.connect(engines.vault["owner"]) as owner:
        rows = owner.execute("SELECT audience, version, epoch, wrapped FROM vault.keys").fetchall()
    wrapping = Keys(None, KEYS)  # type: ignore[arg-type]  # unused
    found = {name: wrapping._unwrap(it, name, number, of) for name, number, of, it in rows if it}
    base = derived(found[ITSELF], "command")
    left = [*found.values(), b"", bytes(32), MASTER, EPOCH]
    left += [sha256(one.encode()).digest() for one in people]
    for number in range(3):
        for keys in permutations(left, number):
            joined = b"".join(keys)
            for key in (base, keyed(base, joined, 32), derived(base + joined, "digest")):
                yield keyed(key, SAID, 16).hex()


def keyed(key: bytes, text: bytes, size: int) -> bytes:
    return blake2b(text, digest_size=size, key=key).digest()


@pytest.fixture
def writer(fresh: Engines, vault: Vault) -> Iterator[Writer]:
    with writer_on(fresh, vault) as one:
        for who in (ADA, BEN):
            address = f"{who[-5:]}@example.org"
            command = RegisterPerson(full_name="X", email=address).having_met(Met(who))
            known = wish(vault, command)
            one.decide([known])
            assert isinstance(known.answer, Accepted)
        yield one


def test_a_command_about_who_was_erased_is_not_known_again(
    fresh: Engines, vault: Vault, owners: Vault, writer: Writer
) -> None:
    """Neither the right guess nor a wrong one: both are answered alike."""
    right = DeclareRelationship(person_id=ADA, other_id=BEN, kind=Relationship.TEAM)
    wrong = right.model_copy(update={"kind": Relationship.VETO})
    before = [wish(vault, one, "it") for one in (right, right, wrong)]
    for one in before:
        writer.decide([one])
    first, again, other = (one.answer for one in before)
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.repeated
    assert isinstance(other, Refused)
    assert other.code == "command.reused"
    owners.destroy(BEN)
    later = Vault(fresh.vault["commands"], KEYS)
    try:
        with writer_on(fresh, later) as new:
            after = [wish(later, one, "it") for one in (right, wrong)]
            for one in after:
                new.decide([one])
    finally:
        later.close()
    assert [one.answer for one in after] == [after[0].answer] * 2
    assert isinstance(after[0].answer, Refused)
    assert after[0].answer.code == "person.erased"


def with_fixed_keys(engines: Engines, keys: EpochKeys) -> None:
    with (
        closing(Vault(engines.vault["commands"], keys)) as vault,
        psycopg.connect(engines.vault["owner"]) as owner,
    ):
        vault.prove()
        for name, key in FIXED.items():
            row = (name, vault.keys._wrap(_version(1, key), name, 1))
            owner.execute("INSERT INTO vault.keys VALUES (%s, 1, 1, %s)", row)


def turned(engines: Engines, keys: EpochKeys) -> None:
    """Every key that can be turned is another one."""
    with Rotation(engines.vault["owner"], keys) as rotation:
        rotation.audiences()
        rotation.epoch()
        rotation.master()


@pytest.mark.parametrize("turn", [False, True], ids=["as they began", "after all were turned"])
def test_keys_are_derived_as_they_always_were(fresh: Engines, tmp_path: Path, turn: bool) -> None:
    """Or nothing that was sealed, and no command that comes again, would be known any more."""
    keys = keys_in(tmp_path)
    with_fixed_keys(fresh, keys)
    if turn:
        turned(fresh, keys)
    with closing(Vault(fresh.vault["commands"], keys)) as vault:
        assert len(vault.keys.held(ADA) or ()) == 1 + turn
        are_as_they_were(vault)


def are_as_they_were(vault: Vault) -> None:
    assert vault.digest(b'{"a":1}', []) == "16ac1a4296e82a97730931333041bf0f"
    assert vault.digest(b'{"a":1}', [ADA, BEN]) == "4731e40d880db74cb05e1dd944721404"
    sent = CommandId.derived(NOON, "sent")
    assert vault.command_id(ADA, sent) == "command_01j7x7thw01e4avgqaz2hrsncn"
    assert vault.hidden_tag(ADA) == "hidden_0hxrmtxace6vn41fbv4gg56mbg"
    assert vault.sender(ADA) == "56c3a5dccac17956ce6bc54eb29c9822"
    audiences = {
        ADA: "BkZS9Ie43rnR5zAmh3nPPsa5T7QNU86Veuz_wdU5SmLM9eiuAPFb",
        f"rules:{ADA}": "rZJ7EywLdvt525KiTYe06TbRji0iZ-bfY_KHCPa0F5KW2SmCAave",
        f"{ADA}+{BEN}": "kY8W0g3In9u45rv9dHjRHXMSyRQ2n4CKqAxLlRcGwaklR_E6AWgQ",
        f"panel:{AUTUMN}+{ADA}": "oS-rOi6y5CD16AnOnhVgCg7dGrpZ4ZnFWD0aUkpXA6-sVA4giick",
    }
    for audience, sealed in audiences.items():
        key = ".".join("1" * len(audience.split("+")))
        kept = Sealed(audience=audience, key=key, event=EVENT, field="kind", sealed=sealed)
        assert vault.open(kept) == "as it was"
