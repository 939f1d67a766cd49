"""What must hold of the days of those who assess: each invariant has a history that breaks it."""

from datetime import datetime, timedelta
from typing import Any

from events.applications import ApplicationAmended, Profile
from events.assessments import (
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
    DecisionReopened,
)
from events.calendar import end_of, start_of
from events.cohorts import CohortCancelled, DecisionsReleased
from events.people import PersonErased
from events.terms import Area
from tests.scenes.cast import ADA, AUTUMN, CLEO, PATIENT, application, eligible, opened
from tests.scenes.given import NOON
from tests.scenes.judged import Told, breaks, judged, stands, still_holds, told
from tests.scenes.selection import (
    SAID,
    SCORE_BY,
    appointed,
    assigned,
    decision,
    reinstated,
    scored,
    withdrawn,
)

DAY = timedelta(days=1)
REMIND_ON, OVER = SAID.remind_on, end_of(SCORE_BY)
MINE: dict[str, Any] = {"cohort_id": AUTUMN, "assessor_id": CLEO}
TO_SCORE = [*opened(), *eligible(ADA, PATIENT), *appointed(CLEO)]
WAITS = [*TO_SCORE, assigned(CLEO, ADA)]
LATE = AssessorLate(**MINE, score_by=SCORE_BY)
REMINDED = AssessorReminderDue(**MINE, score_by=SCORE_BY, remind_on=REMIND_ON)
ADAS: dict[str, Any] = {
    "application_id": application(ADA),
    "cohort_id": AUTUMN,
    "person_id": ADA,
}
AMENDED = ApplicationAmended(
    **ADAS,
    side=PATIENT,
    profile=Profile(area=Area.DEVON),
    experiences=2,
    interest="I want to help more.",
)


def until(days: int, at: datetime = NOON) -> Told:
    fact = AssessorDayChanged(
        **MINE,
        score_by=SCORE_BY + days * DAY,
        remind_on=REMIND_ON + days * DAY,
        reason="assessment.more-time",
    )
    return told(fact, at=at)


def test_an_assessor_has_the_days_of_the_rules() -> None:
    name = "assessments.time-to-score"
    right = assigned(CLEO, ADA)
    again = AssessorAwaitedAgain(
        **ADAS, assessor_id=CLEO, score_by=SCORE_BY, remind_on=SAID.remind_on
    )
    for fact in (right, again):
        assert judged([*TO_SCORE, fact]).of(name) == []
        for wrong in (
            {"score_by": SCORE_BY - DAY},
            {"score_by": SCORE_BY + 2 * DAY},
            {"remind_on": REMIND_ON + DAY},
            {"remind_on": NOON.date()},
        ):
            breaks(name, TO_SCORE, fact.model_copy(update=wrong))


def test_a_day_that_comes_earlier_leaves_some() -> None:
    name = "assessments.never-less-in-a-hurry"
    late = start_of(SCORE_BY) - 5 * DAY
    breaks(name, WAITS, until(-4, at=late))
    breaks(name, [*WAITS, until(9)], until(-4, at=late))
    for history in ([*WAITS, until(-2, at=late)], [*WAITS, AMENDED, until(-4, at=late)]):
        assert judged(history).of(name) == []


def test_who_is_late_is_told_of_once_and_not_before() -> None:
    name = "assessments.told-once-and-in-time"
    late, near = told(LATE, at=OVER), told(REMINDED, at=start_of(REMIND_ON))
    assert judged([*WAITS, near, late]).of(name) == []
    breaks(name, WAITS, told(LATE, at=OVER - DAY))
    breaks(name, WAITS, told(REMINDED, at=start_of(REMIND_ON) - DAY))
    breaks(name, [*WAITS, late], late)
    breaks(name, [*WAITS, near], near)
    for history in (TO_SCORE, [*WAITS, *scored(CLEO, ADA)], [*WAITS, until(9)]):
        breaks(name, history, late)
        breaks(name, history, near)


def test_who_is_late_is_not_forgotten() -> None:
    name, later = "assessments.late-not-forgotten", OVER + 3 * DAY
    stands(name, WAITS, until=OVER + DAY, from_then=later)
    stands(name, [*WAITS, until(9)], until=later, from_then=later + 9 * DAY)
    looked = DecisionReopened(**ADAS)
    again = AssessorAwaitedAgain(
        **ADAS, assessor_id=CLEO, score_by=SCORE_BY, remind_on=SAID.remind_on
    )
    stands(name, [*WAITS, looked, again], until=OVER + DAY, from_then=later)
    for meanwhile in (
        [told(LATE, at=OVER)],
        [*scored(CLEO, ADA)][-1:],
        [decision(ADA, PATIENT)],
        [decision(ADA, PATIENT), looked],
        [withdrawn(ADA, PATIENT)],
        [withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)],
        [AMENDED],
        [PersonErased(person_id=CLEO)],
        [PersonErased(person_id=ADA)],
        [DecisionsReleased(cohort_id=AUTUMN)],
        [CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")],
    ):
        still_holds(name, [*WAITS, *meanwhile], later)
