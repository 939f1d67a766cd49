"""What must hold of the panel: each invariant has a history that breaks it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from events.assessments import (
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorStoodDown,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
)
from events.cohorts import DecisionsReleased
from events.event import Event
from events.people import PersonErased, RelationshipDeclared
from events.roles import RoleWithdrawn
from events.terms import Outcome, Relationship, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    CARYS,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
)
from tests.scenes.given import NOON
from tests.scenes.judged import breaks, each, judged, stands, still_holds, told
from tests.scenes.selection import (
    appointed,
    assessed,
    assigned,
    conflict,
    decision,
    nothing,
    scored,
    withdrawn,
)

MINUTE = timedelta(minutes=1)
RELEASED = DecisionsReleased(cohort_id=AUTUMN)
AS_SCORED = decision(ADA, PATIENT, score=733)  # the mean of 12/15 and 10/15


def knows(one: str, other: str, kind: Relationship) -> RelationshipDeclared:
    tie = {"person_id": one, "other_id": other, "kind": kind}
    return RelationshipDeclared.model_validate(tie)


def scores_far_apart() -> Iterator[Event]:
    yield from eligible(ADA, PATIENT)
    yield from scored(CLEO, ADA, 5, 5, lay=True)
    yield from scored(CARYS, ADA, 1, 1)


def test_a_decision_on_too_few_assessments_is_found() -> None:
    name = "assessments.enough"
    one = [opened(), eligible(ADA, PATIENT), scored(CLEO, ADA, lay=True)]
    breaks(name, [*one[0], *one[1], *one[2]], decision(ADA, PATIENT))
    nobody_lay = [*eligible(ADA, PATIENT), *scored(CLEO, ADA), *scored(CARYS, ADA)]
    breaks(name, nobody_lay, decision(ADA, PATIENT))
    close = [*assessed(ADA, PATIENT), conflict(CARYS, ADA, Relationship.TEAM)]
    breaks(name, close, decision(ADA, PATIENT))


@pytest.mark.parametrize("two", [(CLEO, ADA), (ADA, CLEO)])
def test_an_assessment_by_family_does_not_count_whoever_declared_it(two: tuple[str, str]) -> None:
    family = [*assessed(ADA, PATIENT), knows(*two, Relationship.FAMILY)]
    breaks("assessments.enough", family, decision(ADA, PATIENT))


def test_what_comes_out_before_the_release_is_found() -> None:
    name = "assessments.still-enough-at-the-release"
    decided = [*opened(), *assessed(ADA, PATIENT), decision(ADA, PATIENT)]
    breaks(name, [*decided, knows(CLEO, ADA, Relationship.FAMILY)], RELEASED)
    breaks(name, [*decided, conflict(CLEO, ADA, Relationship.TEAM)], RELEASED)
    assert judged([*decided, RELEASED]).of(name) == []


def test_scores_far_apart_are_talked_through() -> None:
    name = "assessments.moderated-when-far-apart"
    before = [*opened(), *scores_far_apart()]
    breaks(name, before, decision(ADA, PATIENT))
    ids = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA}
    held = ModerationHeld.model_validate(ids)
    assert judged([*before, held, decision(ADA, PATIENT)]).of(name) == []


def test_a_decision_names_the_mean_of_its_scores() -> None:
    name = "assessments.score-as-found"
    before = [*opened(), *assessed(ADA, PATIENT)]
    breaks(name, before, decision(ADA, PATIENT, score=734))
    assert judged([*before, AS_SCORED]).of(name) == []
    erased = [knows(COLM, ADA, Relationship.ACQUAINTED), PersonErased(person_id=COLM)]
    gone = [*before, *scored(COLM, ADA, 5, 5), *erased]
    assert judged([*gone, AS_SCORED]).of(name) == [], "nobody can tell how Colm stood to Ada"


def test_no_place_comes_with_a_reason() -> None:
    before = [*opened(), *assessed(ADA, PATIENT)]
    breaks("assessments.reason-for-no-place", before, decision(ADA, PATIENT, Outcome.DECLINE))


def test_nothing_is_decided_after_the_release() -> None:
    before = [*opened(), *assessed(ADA, PATIENT), RELEASED]
    breaks("assessments.nothing-after-the-release", before, decision(ADA, PATIENT))


def test_nobody_decides_on_themselves() -> None:
    name = "assessments.nobody-on-themselves"
    before = [*opened(), *assessed(ADA, PATIENT)]
    breaks(name, before, told(decision(ADA, PATIENT), by=ADA, role="co-chair"))
    breaks(name, before, assigned(ADA, ADA))
    assert judged([*before, told(decision(ADA, PATIENT), by=CLEO)]).of(name) == []


def test_nobody_decides_on_a_rival() -> None:
    name = "assessments.nobody-on-a-rival"
    before = [*opened(), *assessed(ADA, PATIENT), *applied(AMINA, PATIENT)]
    breaks(name, before, assigned(AMINA, ADA))
    breaks(name, before, told(decision(ADA, PATIENT), by=AMINA, role="co-chair"))
    breaks(name, [*before, *applied(BEN, HEALTHCARE)], assigned(BEN, ADA))
    breaks(name, [*before, withdrawn(AMINA, PATIENT)], assigned(AMINA, ADA))
    assert judged([*before, assigned(BEN, ADA)]).of(name) == []


def gone(reason: str) -> RoleWithdrawn:
    return RoleWithdrawn(person_id=CARYS, cohort_id=AUTUMN, role=Role.ASSESSOR, reason=reason)


STOOD_DOWN = AssessorStoodDown(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    assessor_id=CARYS,
    scored=True,
)


def test_nobody_counts_who_may_not_assess_any_more() -> None:
    name = "assessments.only-assessors-count"
    table = [*opened(), *assessed(ADA, PATIENT), AS_SCORED]
    breaks(name, [*table, gone("role.stepped-down")], RELEASED)
    breaks(name, [*table, *applied(CARYS, PATIENT), withdrawn(CARYS, PATIENT)], RELEASED)
    again = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CARYS, lay=False)
    for after in (
        [gone("role.work-is-done")],
        [gone("role.stepped-down"), again],
        [gone("role.stepped-down"), STOOD_DOWN],
    ):
        assert judged([*table, *after, RELEASED]).of(name) == []
    breaks("assessments.enough", [*table, gone("role.left-the-programme")], AS_SCORED)


def test_whoever_may_not_assess_any_more_has_no_part_in_it_for_long() -> None:
    name, later = "assessments.stood-down", NOON + 61 * MINUTE
    left, done = told(gone("role.stepped-down")), told(gone("role.work-is-done"))
    table = [*opened(), *assessed(ADA, PATIENT)]
    to_score = [*opened(), *eligible(ADA, PATIENT), *appointed(CARYS), assigned(CARYS, ADA)]
    for history in ([*table, left], [*to_score, left], [*to_score, done]):
        stands(name, history, until=NOON + MINUTE, from_then=later)
    for history in ([*table, done], [*table, RELEASED, left], [*table, left, STOOD_DOWN]):
        still_holds(name, history, later)


def test_nobody_assesses_whom_they_are_close_to() -> None:
    name = "assessments.not-too-close"
    before = [*opened(), *eligible(ADA, PATIENT), *appointed(CLEO)]
    breaks(name, [*before, knows(ADA, CLEO, Relationship.EMPLOYER)], assigned(CLEO, ADA))
    asked = [*before, assigned(CLEO, ADA), conflict(CLEO, ADA, Relationship.REFERS)]
    breaks(name, asked, assigned(CLEO, ADA))
    known = [*before, knows(ADA, CLEO, Relationship.ACQUAINTED), assigned(CLEO, ADA)]
    assert judged(known).of(name) == []


def test_a_tie_of_somebody_who_was_erased_is_not_told_of() -> None:
    before = [*opened(), *eligible(ADA, PATIENT), knows(ADA, CLEO, Relationship.TEAM)]
    erased = [*before, PersonErased(person_id=CLEO), assigned(CLEO, ADA)]
    assert judged(erased).of("assessments.not-too-close") == []


def test_who_knows_an_applicant_says_so_first() -> None:
    name = "assessments.acquaintance-on-record"
    known = knows(CLEO, ADA, Relationship.ACQUAINTED)
    facts = [*opened(), *eligible(ADA, PATIENT), known, *scored(CLEO, ADA)]
    before, submitted = facts[:-1], facts[-1]
    breaks(name, before, submitted)
    said = [*before, conflict(CLEO, ADA, Relationship.ACQUAINTED), submitted]
    assert judged(said).of(name) == []


def test_who_was_not_asked_does_not_assess() -> None:
    facts = [*opened(), *eligible(ADA, PATIENT), *scored(CLEO, ADA)]
    assert facts[-2] == assigned(CLEO, ADA)
    breaks("assessments.only-who-was-asked", facts[:-2], facts[-1])


def test_only_the_eligible_are_assessed() -> None:
    before = [*opened(), *applied(ADA, PATIENT), *appointed(CLEO)]
    breaks("assessments.only-the-eligible", before, assigned(CLEO, ADA))


def test_the_number_of_acts_tells_nothing_at_the_release() -> None:
    name = "assessments.alike-at-the-release"
    before = [*opened(), *eligible(ADA, PATIENT), *eligible(AMINA, PATIENT)]
    once_more = [*before, assigned(CLEO, ADA), assigned(CLEO, AMINA), assigned(CARYS, ADA)]
    breaks(name, once_more, RELEASED)
    assert judged([*once_more, nothing(AMINA), RELEASED]).of(name) == []
    assert judged([*once_more, PersonErased(person_id=AMINA), RELEASED]).of(name) == []


def test_an_assessment_scores_each_criterion_and_no_other() -> None:
    name = "assessments.criteria-as-planned"
    *before, submitted = [*opened(), *eligible(ADA, PATIENT), *scored(CLEO, ADA)]
    assert isinstance(submitted, AssessmentSubmitted)
    breaks(name, before, submitted.model_copy(update={"scores": {"interest": 4}}))
    breaks(name, before, submitted.model_copy(update={"scores": {"interest": 6, "leadership": 4}}))
    assert judged([*before, submitted]).of(name) == []


def test_what_lies_under_a_cover_is_not_guessed() -> None:
    """Without keys, or when somebody was erased, the panel's acts are all alike."""
    history = [*opened(), *eligible(ADA, PATIENT), decision(ADA, PATIENT, Outcome.DECLINE)]
    assert isinstance(history[-1], DecisionMade)
    found = judged(history, sealed=True).found
    assert [one for one in found if one.invariant.startswith("assessments.")] == []


def test_what_comes_out_later_is_looked_at_again() -> None:
    name = "assessments.looked-at-again"
    table = [*opened(), *assessed(ADA, PATIENT), AS_SCORED]
    tied = each(*table, knows(CLEO, ADA, Relationship.FAMILY), at=NOON)
    stands(name, tied, until=NOON + MINUTE, from_then=NOON + 61 * MINUTE)
    heard = each(*table, RELEASED, conflict(CLEO, ADA, Relationship.TEAM), at=NOON)
    stands(name, heard, until=NOON + MINUTE, from_then=NOON + 61 * MINUTE)
    later = each(knows(ADA, BEN, Relationship.TEAM), at=NOON + 61 * MINUTE)
    assert judged([*tied, *later], NOON + 61 * MINUTE).of(name)
    undone = [*tied, *each(conflict(CARYS, ADA, Relationship.TEAM), at=NOON), *later]
    assert judged(undone, NOON + 61 * MINUTE).of(name) == [], "nothing is decided any more"
    ids = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA}
    for looked in (DecisionReopened, DecisionInDoubt):
        told_so = [*tied, *each(looked.model_validate(ids)), *later]
        assert judged(told_so, NOON + 61 * MINUTE).of(name) == []
