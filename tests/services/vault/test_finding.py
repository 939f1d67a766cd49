"""People are found by beginnings of words, by whoever holds the keys, and not when erased."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import psycopg
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.engines.addresses import Engines
from services.vault.arrivals import Arrival
from services.vault.epochs import EpochKeys
from services.vault.vault import LostKey, Vault, WrongMasterKey
from services.vault.words import MOST, Card, findable, keyed, sought
from tests.scenes.cast import ADA, AMINA, BEN, BOLA, CARYS, CLEO, COLM, NOBODY
from tests.scenes.world import KEYS

PEOPLE: Final[dict[str, Card]] = {
    ADA: Card("Ada Tregenza", "ada.t@example.org", "01872 000001", "St Ives"),
    AMINA: Card("Amina Adair", "amina@nhs.example", "+44 (0)7700 900002", "Truro"),
    BEN: Card("Ben O'Brien", "ben@example.org", "00353 1 000 0003", "Land's End"),
    BOLA: Card("Zoë Núñez-Björk", "zoe@example.org", None, "Penzance"),
    CARYS: Card("Łukasz Þórsson", "l@example.org", "07700-900-005", None),
    CLEO: Card("Anne-Marie Tre", None, "(01872) 000006", "Bodmin"),
    COLM: Card("李 小龙", "bruce@example.org", None, "Ştei"),
}
NAMES: Final = {who: card.full_name.split()[0] for who, card in PEOPLE.items()}


@pytest.fixture
def found(fresh: Engines, vault: Vault) -> Iterator[Vault]:
    """A reader's vault, which has seen no key yet, when all are known and can be found."""
    vault.people.meet([Arrival(who, card) for who, card in PEOPLE.items()], lambda _: set())
    assert vault.people.index(100) == len(PEOPLE)
    with closing(Vault(fresh.vault["home"], KEYS)) as opened:
        yield opened


def by(vault: Vault, query: str) -> list[str]:
    """Who is found, in their order, with their cards as they are."""
    people = vault.people.find(query)
    assert all(one.card == PEOPLE[one.person] for one in people if one.person in PEOPLE)
    return [NAMES.get(one.person, one.person) for one in people]


FOUND_BY: Final[dict[str, list[str]]] = {
    "ada": ["Ada", "Amina"],
    "Ada T": ["Ada"],
    "tregenza, ADA": ["Ada"],
    "treg": ["Ada"],
    "tre": ["Ada", "Anne-Marie"],
    "a": [],
    "t": ["Ada"],
    "st": ["Ada", "李"],
    "st ives": ["Ada"],
    "truro": ["Amina"],
    "zoe": ["Zoë"],
    "ZOË": ["Zoë"],
    "nunez bjork": ["Zoë"],
    "Núñez-Björk": ["Zoë"],
    "lukasz thorsson": ["Łukasz"],
    "Łukasz": ["Łukasz"],
    "anne": ["Anne-Marie"],
    "marie": ["Anne-Marie"],
    "annemarie": [],
    "obrien": ["Ben"],
    "o'brien": ["Ben"],
    "O\u2019BRIEN": ["Ben"],
    "brien": ["Ben"],
    "lands end": ["Ben"],
    "land's": ["Ben"],
    "李": ["李"],
    "小": ["李"],
    "stei": ["李"],
    "ada.t@example.org": ["Ada"],
    "ADA.T@EXAMPLE": ["Ada"],
    "example": ["Ada", "Amina", "Ben", "Zoë", "Łukasz", "李"],
    "nhs": ["Amina"],
    "amina@": ["Amina"],
    "01872 000001": ["Ada"],
    "01872": ["Ada", "Anne-Marie"],
    "+44 1872 000001": ["Ada"],
    "+44 (0)1872 00": ["Ada", "Anne-Marie"],
    "0044 1872 000006": ["Anne-Marie"],
    "07700 900002": ["Amina"],
    "07700": ["Amina", "Łukasz"],
    "+353 1 000 0003": ["Ben"],
    "00353 1": ["Ben"],
    "+3531": ["Ben"],
    "ada ben": [],
    "ada okafor": [],
    "ben tregenza": [],
    "tregenzas": [],
    "": [],
    " ": [],
    "?!": [],
    "'": [],
}


def test_who_is_found_by_what(found: Vault) -> None:
    """All words must be there."""
    expected = {query: sorted(who) for query, who in FOUND_BY.items()}
    assert {query: sorted(by(found, query)) for query in FOUND_BY} == expected


def test_whose_words_are_whole_come_first_and_then_it_goes_by_name(found: Vault) -> None:
    assert by(found, "ada") == ["Ada", "Amina"]
    assert by(found, "tre") == ["Anne-Marie", "Ada"]
    assert by(found, "ste") == ["李"]
    assert by(found, "exa") == ["Ada", "Amina", "Ben", "Zoë", "Łukasz", "李"]


def test_only_so_many_are_found(found: Vault) -> None:
    assert len(found.people.find("example")) == 6
    assert len(found.people.find("example", 2)) == 2
    for who, card in PEOPLE.items():
        assert [one.person for one in found.people.find(card.full_name, 1)] == [who]


def test_nobody_is_found_before_they_are_indexed(fresh: Engines, vault: Vault) -> None:
    people = list(PEOPLE)[:5]
    vault.people.meet([Arrival(who, PEOPLE[who]) for who in people], lambda _: set())
    assert by(vault, "ada") == []
    assert [vault.people.index(2) for _ in range(4)] == [2, 2, 1, 0]
    assert by(vault, "ada") == ["Ada", "Amina"]
    vault.people.meet([Arrival(NOBODY, Card("Ada Newcomer", "new@example.org"))], lambda _: set())
    assert by(vault, "newcomer") == []
    assert vault.people.index(2) == 1
    assert by(vault, "newcomer") == [NOBODY]


def test_two_who_index_at_once_take_each_their_own(fresh: Engines, vault: Vault) -> None:
    vault.people.meet([Arrival(who, card) for who, card in PEOPLE.items()], lambda _: set())
    with psycopg.connect(fresh.vault["commands"]) as other:
        other.execute("SELECT FROM vault.people WHERE person = %s FOR UPDATE", (ADA,))
        assert vault.people.index(100) == len(PEOPLE) - 1
        assert by(vault, "ada") == ["Amina"]
    assert vault.people.index(100) == 1
    assert by(vault, "ada") == ["Ada", "Amina"]


def test_who_was_erased_is_found_by_nobody(fresh: Engines, found: Vault, owners: Vault) -> None:
    """Not even where a row of theirs is left over from an older copy."""
    assert by(found, "tregenza") == ["Ada"]
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("CREATE TABLE older AS TABLE vault.people")
        owners.destroy(ADA)
        owner.commit()
        for query in ("tregenza", "treg", "ada.t@example.org", "01872 000001", "ives"):
            assert by(found, query) == []
        assert by(found, "ada") == ["Amina"]
        owner.execute("INSERT INTO vault.people TABLE older ON CONFLICT DO NOTHING")
        owner.commit()
        assert by(found, "ada") == ["Ada", "Amina"], "this vault's lease still runs"
        with closing(Vault(fresh.vault["home"], KEYS)) as later:
            assert by(later, "ada") == ["Amina"]
            assert later.people.card_of(ADA) is None


def test_words_of_somebody_else_lead_to_nobody(fresh: Engines, found: Vault) -> None:
    """A number of 64 bits may be that of two words; what is opened tells."""
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute(
            "UPDATE vault.people SET words = words || (SELECT words FROM vault.people"
            " WHERE person = %s) WHERE person = %s",
            (ADA, BEN),
        )
    assert by(found, "tregenza") == ["Ada"]
    assert by(found, "brien") == ["Ben"]


def test_who_lacks_a_key_finds_nobody(fresh: Engines, found: Vault, other_keys: EpochKeys) -> None:
    with closing(Vault(fresh.vault["home"], other_keys)) as thief:
        assert by(thief, "ada") == []
        with pytest.raises(WrongMasterKey):
            thief.people.card_of(ADA)
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("DELETE FROM vault.keys WHERE audience = %s", (ADA,))


def test_somebody_whose_key_is_lost_is_missed_and_nobody_else(fresh: Engines, found: Vault) -> None:
    """Neither who is known already nor who comes then; and what is lost is no erasure."""
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("DELETE FROM vault.keys WHERE audience = %s", (ADA,))
        owner.execute("UPDATE vault.people SET words = NULL")
    with closing(Vault(fresh.vault["commands"], KEYS)) as later:
        newcomer = Arrival(NOBODY, Card("Dilys Truscott", "dilys@example.org"))
        later.people.meet([newcomer], lambda _: set())
        later.people.change(ADA, 7, lambda card: card._replace(town="Looe"))
        while later.people.index(1):
            pass
        assert by(later, "ada") == ["Amina"]
        assert by(later, "brien") == ["Ben"]
        assert by(later, "truscott") == [NOBODY]
        with pytest.raises(LostKey):
            later.people.card_of(ADA)


def test_a_card_that_was_altered_or_exchanged_is_not_shown(fresh: Engines, found: Vault) -> None:
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("UPDATE vault.people SET card = set_byte(card, 30, 255 - get_byte(card, 30))")
    with pytest.raises(ValueError, match="a card was tampered with"):
        found.people.find("tregenza")
    with pytest.raises(ValueError, match="a card was tampered with"):
        found.people.card_of(BEN)


def test_numbers_of_words_are_keyed(found: Vault) -> None:
    words = sorted(findable(PEOPLE[ADA]))
    one, other = (keyed(bytes([number]) * 32, words) for number in range(2))
    assert len(set(one)) == len(words)
    assert not set(one) & set(other)
    assert keyed(bytes(32), words) == one


WORD: Final = st.text("abcdefghijklmnopqrstuvwxyzäéößłøæçñ'’", min_size=1, max_size=14)


@over(st.lists(WORD, min_size=1, max_size=3), st.integers(2, 14))
def test_each_beginning_of_each_word_finds_it(words: list[str], length: int) -> None:
    card = Card(" ".join(words), "somebody@example.org")
    for word in words:
        asked = sought(word.title()[:length])
        assert set(asked) <= findable(card) or all(len(one) < 2 for one in asked)


@over(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=30))
def test_whatever_the_name_there_are_only_so_many_words(words: list[str]) -> None:
    found = findable(Card(" ".join(words), "somebody@example.org", "01872 000000", "Truro"))
    assert len(found) <= MOST
    assert all(0 < len(one.encode()) <= 15 for one in found)
