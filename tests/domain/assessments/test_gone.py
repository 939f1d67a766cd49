"""Who may not assess any more has no part in judging, and what they found counts no more."""

import pytest

from domain.applications.applying import StartApplication
from domain.assessments.assessors import AppointAssessor
from domain.assessments.panel import MakeDecision, TooFewAssessments
from domain.assessments.standing_down import StandDown
from domain.offers.release import ReleaseDecisions
from domain.offers.results import NotAllDecided
from events.applications import ApplicationStarted
from events.assessments import AssessorAppointed, AssessorStoodDown
from events.cohorts import DecisionsReleased
from events.roles import RoleWithdrawn
from events.terms import Outcome, Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, CARYS, PATIENT, application, eligible, opened
from tests.scenes.given import Given, given
from tests.scenes.selection import (
    RELEASE_DAY,
    assessed,
    assigned,
    decision,
    offer,
    reinstated,
    signed,
    withdrawn,
)

DECIDE = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
RELEASE = ReleaseDecisions(cohort_id=AUTUMN)
STAND_DOWN = StandDown(cohort_id=AUTUMN, assessor_id=CARYS)
OTHERS = ("role.stepped-down", "role.granted-by-mistake", "role.left-the-programme")
DONE = "role.work-is-done"


def gone(reason: str = OTHERS[0]) -> RoleWithdrawn:
    return RoleWithdrawn(person_id=CARYS, cohort_id=AUTUMN, role=Role.ASSESSOR, reason=reason)


def decided_on() -> Given:
    return given(opened(), assessed(ADA, PATIENT), decision(ADA, PATIENT, score=740))


def out_of(*found: AssessorStoodDown) -> set[tuple[str, bool]]:
    return {(one.application_id, one.scored) for one in found}


@pytest.mark.parametrize("reason", OTHERS)
def test_what_somebody_found_counts_as_long_as_they_may_assess(reason: str) -> None:
    scored = given(opened(), assessed(ADA, PATIENT))
    scored.when(DECIDE).then_kinds(type(decision(ADA, PATIENT)))
    given(scored.facts, gone(reason)).when(DECIDE).then_refused(TooFewAssessments)
    again = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CARYS, lay=False)
    assert given(scored.facts, gone(reason), again).when(DECIDE).new


def test_what_somebody_found_counts_once_their_work_is_done() -> None:
    assert given(opened(), assessed(ADA, PATIENT), gone(DONE)).when(DECIDE).new
    scene = given(decided_on().facts, eligible(AMINA, PATIENT), assigned(CARYS, AMINA), gone(DONE))
    found = [one for one in scene.when(STAND_DOWN).new if isinstance(one, AssessorStoodDown)]
    assert out_of(*found) == {(application(AMINA), False)}, "others score what they have not"


def test_no_decision_is_released_that_rests_on_somebody_who_may_not_assess_any_more() -> None:
    """Also in the moment before the panel is told that it is open again."""
    assert signed(decided_on()).when(RELEASE, at=RELEASE_DAY).new
    assert signed(given(decided_on().facts, gone(DONE))).when(RELEASE, at=RELEASE_DAY).new
    late = given(signed(decided_on()).facts, gone())
    late.when(RELEASE, at=RELEASE_DAY).then_refused(NotAllDecided)
    open_again = late.when(STAND_DOWN)
    assert [type(one) for one in open_again.new] == [AssessorStoodDown]
    given(late.facts, open_again.new).when(DECIDE).then_refused(TooFewAssessments)


def test_what_everybody_has_heard_stands() -> None:
    heard = given(
        decided_on().facts,
        DecisionsReleased(cohort_id=AUTUMN),
        offer(ADA, PATIENT),
        gone(),
    )
    heard.when(STAND_DOWN, at=RELEASE_DAY).then_already_so()


def test_whoever_applied_and_took_it_back_stands_down_all_the_same() -> None:
    """Before the panel was told, and whether or not the application goes on again."""
    applies = StartApplication(cohort_id=AUTUMN, person_id=CARYS, side=PATIENT)
    new = decided_on().when(applies).then_kinds(ApplicationStarted, RoleWithdrawn).facts
    mine = {"application_id": new[-2].application_id}  # type: ignore[attr-defined]
    back = withdrawn(CARYS, PATIENT).model_copy(update=mine)
    on = reinstated(CARYS, PATIENT).model_copy(update=mine)
    for facts in ([*new, back], [*new, back, on]):
        found = given(facts).when(STAND_DOWN).new
        assert out_of(*found) == {(application(ADA), True)}  # type: ignore[arg-type]


def test_whose_work_was_done_and_who_applies_then_has_no_part_any_more() -> None:
    applies = StartApplication(cohort_id=AUTUMN, person_id=CARYS, side=PATIENT)
    scene = given(decided_on().facts, gone(DONE))
    scene.when(STAND_DOWN).then_already_so()
    after = scene.when(applies).then_kinds(ApplicationStarted, RoleWithdrawn)
    assert out_of(*after.when(STAND_DOWN).new) == {(application(ADA), True)}  # type: ignore[arg-type]


def test_whoever_is_appointed_again_keeps_their_part() -> None:
    again = AppointAssessor(cohort_id=AUTUMN, assessor_id=CARYS, lay=False)
    scene = given(decided_on().facts, gone()).when(again).then_kinds(AssessorAppointed)
    scene.when(STAND_DOWN).then_already_so()
