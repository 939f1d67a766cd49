"""Who was registered twice reads what is theirs under either id, until the two are parted again."""

from contextlib import closing

from events.people import PersonMerged, PersonParted
from services.vault.arrivals import Arrival
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.cast import registered
from tests.scenes.given import person
from tests.scenes.readable import Programme, add_facts, fold_all
from tests.scenes.world import KEYS
from tests.services.reading.test_people import arrive

AGAIN = "somebody who came again"
TWICE = {"Ada Zennor": "zennor@example.org", "Adah Zennor-Tregenza": "zennor@example.org"}


def keys(programme: Programme, who: str, name: str) -> set[str]:
    return {str(row["key"]) for row in programme.asks(who, name).rows or []}


def test_who_was_registered_twice_reads_what_is_theirs_under_either_id(changing: Programme) -> None:
    applicants = (who for who in changing.people if who.startswith("applicant"))
    before = next(who for who in applicants if keys(changing, who, "pairing_board"))
    mine = {name: keys(changing, before, name) for name in ("pairing_board", "application_queue")}
    again = person(AGAIN)
    changing.people[AGAIN] = again
    old = changing.people[before]
    with closing(Vault(changing.engines.vault["commands"], KEYS)) as vault:
        vault.people.meet([Arrival(again, Card("A Person", "again@example.org"))], lambda _: set())
        fold_all(changing.engines, add_facts(changing.engines, vault, [registered(again)]))
        assert not keys(changing, AGAIN, "pairing_board")
        merged = PersonMerged(person_id=again, merged_id=old, reason="merge.twice")
        fold_all(changing.engines, add_facts(changing.engines, vault, [merged]))
        for who in (AGAIN, before):
            assert {name: keys(changing, who, name) for name in mine} == mine
            assert keys(changing, who, "people") >= {again, old}
            assert {row["key"] for row in changing.asks(who, "journey").rows or []} >= {again}
        facilitator = next(who for who in changing.people if who.startswith("a facilitator of"))
        seen = {row["key"]: row for row in changing.asks(facilitator, "people").rows or []}
        assert seen[old]["merged_into"] == again
        assert again in seen, "how they are reached now stands there"
        parted = PersonParted(person_id=again, merged_id=old, reason="part.two-people")
        fold_all(changing.engines, add_facts(changing.engines, vault, [parted]))
    assert not keys(changing, AGAIN, "pairing_board")
    assert {name: keys(changing, before, name) for name in mine} == mine


def test_who_was_merged_is_found_with_the_id_that_is_kept_and_asked_about_no_more(
    changing: Programme,
) -> None:
    arrive(changing, TWICE)
    with closing(Vault(changing.engines.vault["commands"], KEYS)) as vault:
        while vault.people.index(50):
            pass
    kept, merged = map(person, TWICE)
    coordinator = next(who for who in changing.people if who.startswith("coordinator"))

    def sharing() -> set[object]:
        return {row["key"] for row in changing.asks(coordinator, "people.shared").rows or []}

    def found() -> dict[object, object]:
        rows = changing.asks(coordinator, "people.find", words="zennor").rows or []
        return {row["key"]: row["merged_into"] for row in rows}

    assert {kept, merged} <= sharing()
    assert found() == {kept: None, merged: None}
    with closing(Vault(changing.engines.vault["commands"], KEYS)) as vault:
        fact = PersonMerged(person_id=kept, merged_id=merged, reason="merge.twice")
        fold_all(changing.engines, add_facts(changing.engines, vault, [fact]))
        assert found() == {kept: None, merged: kept}
        assert not {kept, merged} & sharing()
        parted = PersonParted(person_id=kept, merged_id=merged, reason="part.two-people")
        fold_all(changing.engines, add_facts(changing.engines, vault, [parted]))
    assert found() == {kept: None, merged: None}
    assert {kept, merged} <= sharing()
