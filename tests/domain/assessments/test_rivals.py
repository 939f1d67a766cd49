"""Nobody judges those beside whom they apply."""

from typing import Any

import pytest

from domain.assessments.assessment import (
    SubmitAssessment,
)
from domain.assessments.assessors import AppointAssessor, AssignAssessor
from domain.assessments.members import AppliesThemselves, NotAppointed
from domain.assessments.panel import (
    ChangeDecision,
    DecisionChangeReason,
    HoldModeration,
    MakeDecision,
    TooFewAssessments,
)
from domain.assessments.policies import when_an_assessor_is_one_no_more
from domain.assessments.standing_down import StandDown
from domain.cohorts.cohort import UnknownCohort
from domain.cohorts.impartial import YouHaveApplied
from events.assessments import AssessorAppointed, AssessorStoodDown, PanelDidNothing
from events.ids import PersonId
from events.roles import RoleWithdrawn
from events.terms import Outcome, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    CARYS,
    COLM,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    applied,
    eligible,
    opened,
    registered,
)
from tests.scenes.given import given
from tests.scenes.pairs import recorded
from tests.scenes.selection import appointed, assessed, assigned, decision, scored, withdrawn

APPOINT = AppointAssessor(cohort_id=AUTUMN, assessor_id=CARYS, lay=False)
ASSIGN = AssignAssessor(application_id=application(ADA), assessor_id=CARYS)
SCORE = SubmitAssessment(
    application_id=application(ADA),
    assessor_id=CARYS,
    scores={"interest": 0, "leadership": 0},
    recommendation=Outcome.DECLINE,
)
DECIDE = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
STAND_DOWN = StandDown(cohort_id=AUTUMN, assessor_id=CARYS)


def test_whoever_applies_is_not_appointed() -> None:
    given(opened(), applied(CARYS, PATIENT)).when(APPOINT).then_refused(AppliesThemselves)
    asked = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CARYS, lay=False)
    given(opened(), opened(SPRING), applied(CARYS, PATIENT, SPRING)).when(APPOINT).then(asked)


def test_whoever_took_their_application_back_does_not_assess_either() -> None:
    """It may go on; and who judges has none there, however it went."""
    back = given(opened(), applied(CARYS, PATIENT), withdrawn(CARYS, PATIENT))
    back.when(APPOINT).then_refused(AppliesThemselves)
    before = given(back.facts, eligible(ADA, PATIENT), appointed(CARYS))
    before.when(ASSIGN).then_refused(AppliesThemselves)
    given(before.facts, assigned(CARYS, ADA)).when(SCORE).then_refused(AppliesThemselves)


def test_nobody_types_in_what_a_rival_found() -> None:
    before = given(opened(), eligible(ADA, PATIENT), appointed(CARYS), assigned(CARYS, ADA))
    assert before.when(SCORE).new
    given(before.facts, applied(CARYS, PATIENT)).when(SCORE).then_refused(AppliesThemselves)


def test_what_a_rival_found_does_not_count() -> None:
    given(opened(), assessed(ADA, PATIENT), applied(CARYS, HEALTHCARE)).when(DECIDE).then_refused(
        TooFewAssessments
    )


@pytest.mark.parametrize(
    "wish",
    [
        DECIDE,
        ChangeDecision(
            application_id=application(ADA),
            outcome=Outcome.DECLINE,
            reason=DecisionChangeReason.MISTAKE,
        ),
        HoldModeration(application_id=application(ADA)),
    ],
    ids=lambda wish: wish.name,
)
def test_nobody_decides_beside_their_own(wish: Any) -> None:
    scene = given(opened(), assessed(ADA, PATIENT), applied(BEN, HEALTHCARE))
    scene.when(wish, by=BEN, role=Role.CO_CHAIR).then_refused(YouHaveApplied)
    elsewhere = given(opened(), assessed(ADA, PATIENT), registered(BEN))
    assert type(elsewhere.when(wish, by=BEN, role=Role.CO_CHAIR).refusal) is not YouHaveApplied


def stood_down(whom: PersonId, *, scored_it: bool) -> AssessorStoodDown:
    return AssessorStoodDown(
        application_id=application(whom),
        cohort_id=AUTUMN,
        person_id=whom,
        assessor_id=CARYS,
        scored=scored_it,
    )


def test_whoever_applies_has_no_part_in_any_of_it_and_nobody_can_tell_in_which_they_had() -> None:
    before = (
        opened(),
        assessed(ADA, PATIENT),
        decision(ADA, PATIENT),
        eligible(AMINA, PATIENT),
        assigned(CARYS, AMINA),
        eligible(BEN, HEALTHCARE),
        applied(CARYS, PATIENT),
    )
    found = given(*before).when(STAND_DOWN)
    assert {type(fact) for fact in found.new} == {AssessorStoodDown, PanelDidNothing}
    assert {*found.new} >= {
        stood_down(ADA, scored_it=True),
        stood_down(AMINA, scored_it=False),
    }
    assert [fact.subject_id() for fact in found.new] == sorted(map(application, (ADA, AMINA, BEN)))
    after = given(found.facts, found.new)
    after.when(STAND_DOWN).then_already_so()
    after.when(DECIDE, named="again").then_refused(TooFewAssessments)
    assert given(after.facts, scored(COLM, ADA)).when(DECIDE, named="again").new


def test_nobody_stands_down_from_what_is_not_there() -> None:
    given(opened(SPRING)).when(STAND_DOWN).then_refused(UnknownCohort)


def test_whoever_does_not_apply_keeps_their_part() -> None:
    given(opened(), assessed(ADA, PATIENT)).when(STAND_DOWN).then_already_so()


def test_it_follows_when_an_assessor_is_one_no_more() -> None:
    gone = RoleWithdrawn(
        person_id=CARYS, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.applies-themselves"
    )
    assert list(when_an_assessor_is_one_no_more(recorded(gone))) == [STAND_DOWN]
    other = gone.model_copy(update={"role": Role.HOST})
    assert list(when_an_assessor_is_one_no_more(recorded(other))) == []


def test_nobody_is_asked_to_assess_who_applies() -> None:
    gone = RoleWithdrawn(
        person_id=CARYS, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.applies-themselves"
    )
    before = given(opened(), eligible(ADA, PATIENT), appointed(CARYS))
    assert before.when(ASSIGN).new
    given(before.facts, applied(CARYS, PATIENT), gone).when(ASSIGN).then_refused(NotAppointed)
