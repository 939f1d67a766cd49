"""What must hold of plans and days: each invariant has a history that breaks it."""

from datetime import UTC, date, datetime
from typing import Any

from events.applications import ApplicationAmended, Profile
from events.assessments import AssessorAppointed, AssessorStoodDown
from events.cohorts import (
    ApplicationsClosed,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.roles import RoleWithdrawn
from events.terms import Area, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    CARYS,
    CLEO,
    PATIENT,
    application,
    applied,
    opened,
    planned,
)
from tests.scenes.judged import DAY, breaks, judged, told
from tests.scenes.selection import (
    appointed,
    assessed,
    decision,
    offered,
    reinstated,
    scored,
    turn,
    withdrawn,
)

CLOSED = datetime(2024, 10, 11, 23, tzinfo=UTC)  # midnight in London
START, END = datetime(2024, 11, 25, 9, tzinfo=UTC), datetime(2025, 5, 30, 9, tzinfo=UTC)
RELEASED = DecisionsReleased(cohort_id=AUTUMN)
STARTED, COMPLETED = CohortStarted(cohort_id=AUTUMN), CohortCompleted(cohort_id=AUTUMN)
SLIP = "cohort.step-mistake"
NOT_STARTED = CohortStartTakenBack(cohort_id=AUTUMN, reason=SLIP)
NOT_OVER = CohortCompletionTakenBack(cohort_id=AUTUMN, reason=SLIP)


def otherwise(**others: Any) -> CohortPlanAmended:
    return CohortPlanAmended(cohort_id=AUTUMN, reason="cohort.plan-mistake", **others)


def longer(until: date) -> ExtensionGranted:
    return ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=until, reason="extension.our-delay"
    )


AMENDED = ApplicationAmended(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    profile=Profile(area=Area.DEVON),
    experiences=1,
    interest="I want to help more.",
)
APPOINTED = AssessorAppointed(cohort_id=AUTUMN, assessor_id=ADA, lay=False)
NO_LONGER = RoleWithdrawn(
    person_id=ADA, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.applies-themselves"
)


def test_a_plan_has_no_fewer_places_than_are_taken() -> None:
    two = [planned(), *offered(ADA, PATIENT), *offered(AMINA, PATIENT)]
    name = "cohorts.places-not-below-those-taken"
    breaks(name, two, otherwise(places_per_side=1))
    assert judged([two, otherwise(places_per_side=2)]).of(name) == []


def test_all_are_judged_by_one_measure() -> None:
    name = "cohorts.judged-by-one-measure"
    breaks(name, [planned(), *assessed(ADA, PATIENT)], otherwise(moderation_gap=20), sealed=False)
    assert judged([planned(), otherwise(moderation_gap=20), assessed(ADA, PATIENT)]).of(name) == []


def test_the_days_of_a_plan_stay_in_order() -> None:
    breaks("cohorts.days-in-order", [planned()], otherwise(starts_on=date(2026, 1, 1)))


def test_a_day_that_was_lived_through_is_not_moved() -> None:
    name = "cohorts.what-was-taken-stays"
    breaks(name, list(opened()), otherwise(opens_on=date(2024, 9, 1)))
    breaks(name, [*opened(), RELEASED], otherwise(decisions_on=date(2024, 11, 5)))
    late = [*opened(), RELEASED, STARTED, NOT_STARTED, otherwise(starts_on=date(2024, 11, 26))]
    assert judged(late).of(name) == []
    moved = otherwise(opens_on=date(2024, 8, 30))
    again = moved.model_copy(update={"reason": "cohort.plan-venue"})
    assert judged([planned(), moved, *list(opened())[1:], again]).of(name) == [], "only the reason"


def test_nobody_has_so_long_that_others_wait_for_weeks() -> None:
    name = "cohorts.extensions-bounded"
    breaks(name, [planned()], longer(date(2034, 10, 18)), sealed=False)
    sooner = otherwise(decisions_on=date(2024, 10, 12))
    breaks(name, [planned(), longer(date(2024, 11, 18))], sooner, sealed=False)


def test_a_cohort_starts_and_ends_on_its_days_when_nobody_has_yet_to_answer() -> None:
    name = "cohorts.started-and-completed-on-its-days"
    breaks(name, [planned()], told(STARTED, at=START - DAY))
    breaks(name, [planned(), told(STARTED, at=START)], told(COMPLETED, at=END - DAY))
    breaks(name, [planned(), *offered(ADA, PATIENT)], told(STARTED, at=START))
    moved = [planned(), otherwise(starts_on=date(2024, 11, 24)), told(STARTED, at=START - DAY)]
    assert judged(moved, END).of(name) == []


def test_a_step_is_taken_back_that_was_taken_and_on_which_nothing_rests() -> None:
    name = "cohorts.steps-taken-back"
    ran = [planned(), RELEASED, STARTED, COMPLETED]
    breaks(name, [planned(), RELEASED], NOT_STARTED)
    breaks(name, ran, NOT_STARTED)
    breaks(name, [*ran, NOT_OVER], NOT_OVER)
    assert judged([*ran, NOT_OVER, NOT_STARTED]).of(name) == []


def test_what_was_taken_back_can_be_done_again() -> None:
    again = [planned(), RELEASED, STARTED, NOT_STARTED, STARTED]
    assert judged(again).of("cohorts.step-by-step") == []


def test_what_was_closed_is_open_again_by_a_later_day() -> None:
    closed = [*opened(), told(ApplicationsClosed(cohort_id=AUTUMN), at=CLOSED)]
    more = told(otherwise(closes_on=date(2024, 10, 20)), at=CLOSED)
    late = told(ApplicationsClosed(cohort_id=AUTUMN), at=CLOSED + 9 * DAY)
    known = judged([*closed, more, told(list(applied(ADA, PATIENT)), at=CLOSED + DAY), late], END)
    for name in ("applications.inside-the-window", "cohorts.step-by-step"):
        assert known.of(name) == []


def test_who_has_no_longer_any_more_comes_too_late() -> None:
    name = "applications.inside-the-window"
    gone = ExtensionWithdrawn(cohort_id=AUTUMN, person_id=ADA, reason="extension.not-needed")
    before = [*opened(), *applied(ADA, PATIENT), longer(date(2024, 10, 20))]
    assert judged([before, told(AMENDED, at=CLOSED)]).of(name) == []
    breaks(name, [*before, gone], told(AMENDED, at=CLOSED))


def test_a_decision_rests_on_what_stands() -> None:
    name = "assessments.decided-on-what-stands"
    before = [*opened(), *assessed(ADA, PATIENT), decision(ADA, PATIENT)]
    breaks(name, [*before, AMENDED], RELEASED, sealed=False)
    out = AssessorStoodDown(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        assessor_id=CARYS,
        scored=True,
    )
    breaks(name, [*before, out], RELEASED, sealed=False)
    assert judged([before, AMENDED, decision(ADA, PATIENT), RELEASED]).of(name) == []


def test_what_was_found_of_other_words_is_not_enough() -> None:
    before = [*opened(), *assessed(ADA, PATIENT), AMENDED]
    breaks("assessments.enough", before, decision(ADA, PATIENT), sealed=False)
    again = [*before, *scored(CLEO, ADA, lay=True), *scored(CARYS, ADA)]
    assert judged([*again, decision(ADA, PATIENT)]).of("assessments.enough") == []


def test_what_a_rival_found_is_not_enough() -> None:
    before = [*opened(), *assessed(ADA, PATIENT), *applied(CARYS, PATIENT)]
    breaks("assessments.enough", before, decision(ADA, PATIENT), sealed=False)


def test_no_assessor_applies() -> None:
    name = "assessments.no-assessor-applies"
    breaks(name, [*opened(), *applied(ADA, PATIENT)], APPOINTED)
    _, began, *_ = applied(ADA, PATIENT)
    breaks(name, [*opened(), *appointed(ADA)], began)
    both = [*opened(), *appointed(ADA), told(began, NO_LONGER)]
    assert judged(both).of(name) == []


def test_an_application_goes_on_to_something() -> None:
    name = "applications.goes-on-to-something"
    before = [*opened(), *applied(ADA, PATIENT), withdrawn(ADA, PATIENT), RELEASED]
    breaks(name, before, reinstated(ADA, PATIENT))
    heard = told(reinstated(ADA, PATIENT), turn(ADA, PATIENT, 1))
    assert judged([*before, heard]).of(name) == []
