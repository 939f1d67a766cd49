"""A run can be seen before it is signed, and nobody is shown what it weighed of themselves."""

import json
from typing import Any

import pytest

from domain.matching.asking import AnotherRunReason
from domain.pairings.compatibility import RULES
from domain.pairings.compatibility import TEAM as WHATEVER_IT_IS
from events.event import Event
from events.ids import MatchingRunId, PersonId
from events.matching import (
    Matching,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunDiscarded,
    MatchingRunGivenUp,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.people import RelationshipDeclared
from events.reasons import CohortReasonPutRight, OfTheTeam
from events.terms import Relationship
from projections.matching_runs import IN_CONFIDENCE, MATCHING_RUNS, TEAM, RunRow
from projections.projection import Shown
from projections.replay import folded
from services.reading.sight import Sight
from services.reading.table import TABLE
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BARTEK,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
)
from tests.scenes.given import NOON, given
from tests.scenes.pairs import cohort_of
from tests.scenes.runs import found_by, inputs_of, locked, made_from, the_asked, the_run, vetoes
from tests.scenes.scribe import unsealed, written_down

RUN = MatchingRunId.derived(NOON, "a run")
THIS: dict[str, Any] = {"run_id": RUN, "cohort_id": AUTUMN}
FAMILY = RelationshipDeclared(person_id=AMINA, other_id=BOLA, kind=Relationship.FAMILY)
AFTER = made_from(
    given(cohort_of(ADA, AMINA, beside=(BEN, BOLA, BARTEK)), vetoes(ADA, BEN), FAMILY)
)
FOUND: Matching = found_by(the_run(AFTER))
ASKED = MatchingRunAsked(**THIS, inputs=inputs_of(the_asked(AFTER)), digest="0" * 64)
MADE = MatchingRunMade(**THIS, found=FOUND)


def row_after(*facts: Event) -> RunRow:
    rows = folded(MATCHING_RUNS, written_down(*facts))
    return rows[RUN]


def seen_by(who: PersonId, relation: str, *facts: Event) -> Shown:
    """What somebody is shown of the run, by a relation that they have to it."""
    sight = Sight(TABLE["matching_runs"], (relation,), frozenset({who}), frozenset())
    stored = json.loads(row_after(*facts).model_dump_json())
    return sight.told_by(stored, lambda sealed: unsealed(sealed.model_dump()))


def test_what_is_weighed_is_seen_as_soon_as_it_is_asked_for() -> None:
    shown = told(MATCHING_RUNS, row_after(ASKED))
    assert shown["state"] == "asked"
    assert len(shown["weighed"][0]["rows"]) == 2
    assert shown["pairs"] is None


def test_what_was_found_is_seen_before_anybody_signs() -> None:
    shown = told(MATCHING_RUNS, row_after(ASKED, MADE))
    assert shown["state"] == "made"
    assert [(it["patient_leader_id"], it["healthcare_leader_id"]) for it in shown["pairs"]] == [
        (it.patient_leader_id, it.healthcare_leader_id) for it in FOUND.pairs
    ]
    assert shown["points"] == sum(it.points for it in FOUND.pairs)
    assert shown["fewest_points"] == min(it.points for it in FOUND.pairs)
    assert [it["person_id"] for it in shown["unmatched"]] == [
        it.person_id for it in FOUND.unmatched
    ]


def test_without_the_keys_nothing_of_it_is_told() -> None:
    shown = told_without_keys(MATCHING_RUNS, row_after(ASKED, MADE))
    assert {shown[one] for one in ("pairs", "weighed", "unmatched", "seed")} == {"(sealed)"}
    assert "content" not in shown


def test_it_says_which_side_has_signed_and_what_became_of_it() -> None:
    signed = [
        MatchingRunApproved(**THIS, side=one, signed_by=who)
        for one, who in ((PATIENT, CLEO), (HEALTHCARE, CARYS))
    ]
    row = row_after(MADE, *signed)
    assert row.signed == {PATIENT: CLEO, HEALTHCARE: CARYS}
    assert row_after(MADE, MatchingRunPublished(**THIS)).state == "published"
    assert row_after(ASKED, MatchingRunGivenUp(**THIS, reason="failed")).state == "given-up"


def test_why_it_was_put_aside_can_be_put_right() -> None:
    aside = MatchingRunDiscarded(**THIS, reason="other")
    right = CohortReasonPutRight(
        cohort_id=AUTUMN, run_id=RUN, of=OfTheTeam.RUN_DISCARDED, reason="not-signed"
    )
    shown = told(MATCHING_RUNS, row_after(MADE, aside, right))
    assert (shown["state"], shown["because"]) == ("discarded", "not-signed")


def test_a_run_after_another_says_why_and_does_not_change_that_one() -> None:
    later = MatchingRunId.derived(NOON, "a later run")
    again = ASKED.model_copy(
        update={"run_id": later, "former_run_id": RUN, "reason": AnotherRunReason.OTHER}
    )
    rows = folded(MATCHING_RUNS, written_down(ASKED, again))
    assert rows[RUN] == row_after(ASKED)
    assert told(MATCHING_RUNS, rows[later])["again"] == "other"


def test_what_was_told_in_confidence_is_only_that_the_team_knows() -> None:
    kinds = told(MATCHING_RUNS, row_after(MADE))["weighed"][0]["kinds"]
    assert {one for one in kinds if isinstance(one, str)} == {"rule.one-family", "team"}


def test_what_is_in_confidence_are_rules_that_there_are() -> None:
    assert {code for code, _ in RULES} > IN_CONFIDENCE
    assert TEAM == WHATEVER_IT_IS


def test_all_else_is_shown_as_it_was_weighed() -> None:
    (shown,) = told(MATCHING_RUNS, row_after(MADE))["weighed"]
    for row, was in zip(shown["rows"], FOUND.weighed.rows, strict=True):
        for cell, before in zip(row["cells"].split(), was.cells, strict=True):
            kind, it_was = shown["kinds"][int(cell)], FOUND.weighed.kinds[before]
            said = it_was if isinstance(it_was, str) else [*it_was]
            assert kind == (TEAM if said == "rule.veto" else said)


@pytest.mark.parametrize("relation", ["coordinator", "co-chair"])
@pytest.mark.parametrize("who", [ADA, BEN])
def test_whoever_is_in_it_is_not_shown_what_it_weighed(who: PersonId, relation: str) -> None:
    shown = seen_by(who, relation, ASKED, MADE)
    assert shown["weighed"] == []
    assert len(shown["pairs"]) == len(FOUND.pairs)
    assert seen_by(CLEO, relation, ASKED, MADE)["weighed"]


def test_nobody_is_told_why_they_themselves_are_left_over() -> None:
    (left,) = FOUND.unmatched
    assert seen_by(left.person_id, "coordinator", MADE)["unmatched"] == []
    assert seen_by(CLEO, "coordinator", MADE)["unmatched"] == [left.model_dump()]


def test_whom_the_team_left_out_is_for_coordinators() -> None:
    assert "left_out" in seen_by(CLEO, "coordinator", MADE)
    assert "left_out" not in seen_by(CLEO, "co-chair", MADE)


def test_locks_are_seen_by_whoever_is_none_of_the_two() -> None:
    """Why one was lost is told as all else is: what is in confidence is that the team knows."""
    ways = locked(ADA, BEN, "work-in-hand"), locked(AMINA, BARTEK)
    after = made_from(
        given(cohort_of(ADA, AMINA, beside=(BEN, BOLA, BARTEK)), ways, vetoes(ADA, BEN))
    )
    found = MatchingRunMade(**THIS, found=found_by(the_run(after)))
    two = "patient_leader_id", "healthcare_leader_id"
    seen = seen_by(CLEO, "co-chair", found)["locks"]
    assert sorted((*(it[one] for one in two), it["reason"], it["lost"]) for it in seen) == sorted(
        [(ADA, BEN, "work-in-hand", TEAM), (AMINA, BARTEK, "asked-by-both", None)]
    )
    assert [it[two[0]] for it in seen_by(ADA, "coordinator", found)["locks"]] == [AMINA]
    asked = seen_by(CARYS, "coordinator", ASKED)
    assert asked["locks"] == []
