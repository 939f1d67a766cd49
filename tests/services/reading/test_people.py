"""People who are found, and who share an address: what is cut says so, and tells of nobody else."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from services.reading.refusals import NotACursor
from services.vault.arrivals import Arrival
from services.vault.cards import opened_card as open_one_card
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.cast import registered
from tests.scenes.given import person
from tests.scenes.readable import TOGETHER, Programme, add_facts, fold_all
from tests.scenes.world import KEYS
from tests.services.reading.conftest import Playing

HOUSES = {
    "one@example.org": ("Ada Angove", "Ben Angove"),
    "two@example.org": ("Cara Curnow", "Dan Curnow", "Eve Curnow"),
    "three@example.org": ("Finn Freethy", "Gwen Freethy"),
}


@pytest.fixture(scope="module")
def lived(at_moment: Playing) -> Iterator[Programme]:
    """The programme at its end, and three households that share an address each."""
    with at_moment("now") as found:
        arrive(found, {name: email for email, names in HOUSES.items() for name in names})
        with closing(Vault(found.engines.vault["commands"], KEYS)) as vault:
            while vault.people.index(50):
                pass
        yield found


def arrive(programme: Programme, people: dict[str, str]) -> int:
    """These people are registered, at these addresses; the last position."""
    with closing(Vault(programme.engines.vault["commands"], KEYS)) as vault:
        for name, email in people.items():
            vault.people.meet([Arrival(person(name), Card(name, email=email))], lambda _: set())
        at = add_facts(programme.engines, vault, [registered(person(it), it) for it in people])
    fold_all(programme.engines, at)
    return at


def coordinator(programme: Programme) -> str:
    return next(who for who in programme.people if who.startswith("coordinator"))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7, 9])
def test_households_come_whole_and_a_page_leads_to_the_next(lived: Programme, limit: int) -> None:
    every = lived.asks(coordinator(lived), "people.shared").rows or []
    houses: dict[Any, set[Any]] = {}
    for row in every:
        houses.setdefault(row["group"], set()).add(row["full_name"])
    there = [*HOUSES.values(), tuple(one.capitalize() for one in TOGETHER)]
    assert sorted(map(sorted, houses.values())) == sorted(map(sorted, there))
    assert set(houses) == {1, 2, 3, 4}
    found, after = list[Any](), None
    while True:
        reply = lived.asks(coordinator(lived), "people.shared", limit=limit, after=after)
        assert reply.rows
        assert len(reply.rows) <= max(limit, 3)
        found, after = [*found, *reply.rows], reply.after
        if after is None:
            break
    assert found == every


def test_who_goes_on_where_no_household_is_any_more_is_told_so(lived: Programme) -> None:
    first = lived.asks(coordinator(lived), "people.shared", limit=1)
    with closing(Vault(lived.engines.vault["commands"], KEYS)) as vault:
        (gone, *_) = [row["key"] for row in first.rows or []]
        email = str((first.rows or [])[0]["email"])
        vault.people.part(str(gone), email)
    with pytest.raises(NotACursor):
        lived.asks(coordinator(lived), "people.shared", limit=1, after=first.after)
    with closing(Vault(lived.engines.vault["commands"], KEYS)) as vault:
        while vault.people.index(50):
            pass


def test_who_finds_more_than_is_given_is_told_so(lived: Programme) -> None:
    who = coordinator(lived)
    cut = lived.asks(who, "people.find", words="curnow", limit=2)
    assert (len(cut.rows or []), cut.cut) == (2, True)
    whole = lived.asks(who, "people.find", words="curnow", limit=3)
    assert (len(whole.rows or []), whole.cut) == (3, None)


def test_nobody_is_looked_at_whom_whoever_looks_may_not_find(
    lived: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, open_card = list[str](), open_one_card

    def opened_card(keys: Any, who: str, sealed: bytes) -> Any:
        looked_at.append(who)
        return open_card(keys, who, sealed)

    monkeypatch.setattr("services.vault.people.opened_card", opened_card)
    for words in ("curnow", "two@example.org", "ada"):
        assert lived.asks("of another cohort", "people.find", words=words).rows == []
    assert looked_at == []
    assert len(lived.asks(coordinator(lived), "people.find", words="curnow").rows or []) == 3
    assert looked_at


def test_an_answer_is_as_old_as_the_first_who_cant_be_found_yet(lived: Programme) -> None:
    before = lived.reader.position("people.find")
    at = arrive(lived, {"Hugo Hocking": "hugo@example.org", "Ida Inch": "ida@example.org"})
    assert lived.reader.position("people") == at
    assert lived.reader.position("people.find") == at - 2 >= before
    reply = lived.asks(coordinator(lived), "people.find", words="hocking")
    assert (reply.rows, reply.position) == ([], at - 2)
    with closing(Vault(lived.engines.vault["commands"], KEYS)) as vault:
        vault.people.index(50)
    reply = lived.asks(coordinator(lived), "people.find", words="hocking")
    assert (len(reply.rows or []), reply.position) == (1, at)
