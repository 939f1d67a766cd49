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

AGAIN = "somebody who came again"


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
