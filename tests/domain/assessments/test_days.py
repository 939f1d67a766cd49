"""Assessors have days; they are reminded of them, given others, and somebody knows who is late."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.assessments.assessment import SubmitAssessment
from domain.assessments.assessors import AssignAssessor
from domain.assessments.days import (
    AssessorDayReason,
    AssessorHasTime,
    AwaitAgain,
    ChangeAssessorDay,
    NoteAssessorsLate,
    NothingToScore,
    OwnDay,
    RemindAssessors,
    ScoringDayIsOver,
    ScoringDayTooLate,
    ScoringDayTooSoon,
)
from domain.assessments.policies import when_it_is_to_be_scored_again
from domain.cohorts.cohort import UnknownCohort
from domain.people.person import PersonIsErased
from events.applications import ApplicationAmended, Profile
from events.assessments import (
    AssessmentsAwaited,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
    AssessorStoodDown,
    DecisionReopened,
)
from events.calendar import end_of, start_of
from events.cohorts import DecisionsReleased
from events.event import Event
from events.people import PersonErased
from events.terms import Area, Outcome, Relationship, Role
from tests.domain.rules.test_what_follows import named_by
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
    planned,
)
from tests.scenes.given import NOON, Given, given
from tests.scenes.pairs import recorded
from tests.scenes.programme_rules import NEW, adopted
from tests.scenes.selection import (
    SAID,
    SCORE_BY,
    appointed,
    assigned,
    conflict,
    decision,
    reinstated,
    scored,
    withdrawn,
)

DAY = timedelta(days=1)
TODAY = NOON.date()
REMIND_ON = SAID.remind_on
DECISIONS_ON = date(2024, 11, 4)
GIVE = AssignAssessor(application_id=application(ADA), assessor_id=CLEO)
REMIND = RemindAssessors(cohort_id=AUTUMN, remind_on=REMIND_ON)
LATE = NoteAssessorsLate(cohort_id=AUTUMN, score_by=SCORE_BY)
NEAR, OVER = start_of(REMIND_ON), end_of(SCORE_BY)
REMINDED = AssessorReminderDue(
    cohort_id=AUTUMN, assessor_id=CLEO, score_by=SCORE_BY, remind_on=REMIND_ON
)
IS_LATE = AssessorLate(cohort_id=AUTUMN, assessor_id=CLEO, score_by=SCORE_BY)
AGAIN = AwaitAgain(application_id=application(ADA))
AMENDED = ApplicationAmended(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    profile=Profile(area=Area.DEVON),
    experiences=2,
    interest="I want to help more.",
)


def waits(*more: Any) -> Given:
    """Cleo has Ada's application to score."""
    scene = given(opened(), eligible(ADA, PATIENT), appointed(CLEO, lay=True), appointed(CARYS))
    return given(scene.facts, assigned(CLEO, ADA, lay=True), SAID, *more)


def another(day: date, who: str = CLEO) -> ChangeAssessorDay:
    return ChangeAssessorDay.model_validate(
        {"cohort_id": AUTUMN, "assessor_id": who, "score_by": day}
        | {"reason": AssessorDayReason.MORE_TIME}
    )


def on(day: date) -> datetime:
    return datetime.combine(day, NOON.time(), UTC)


def given_on(day: date, **numbers: Any) -> AssessorAssigned:
    """What follows when Ada's application is given to Cleo on a day."""
    plan = planned().model_copy(update={"rules_id": NEW})
    scene = [*eligible(ADA, PATIENT), *appointed(CLEO)]
    (fact, *_) = given(adopted(TODAY, **numbers), plan, scene).when(GIVE, at=on(day)).new
    assert isinstance(fact, AssessorAssigned)
    return fact


def test_whoever_is_given_something_has_the_days_of_the_cohorts_rules() -> None:
    fact = given_on(TODAY, assessment_days=20, assessment_reminder_days=4)
    assert (fact.score_by, fact.remind_on) == (TODAY + 20 * DAY, TODAY + 16 * DAY)
    scene = [planned(), *adopted(TODAY), *eligible(ADA, PATIENT)]
    assert named_by(GIVE, scene) == planned().rules_id


@pytest.mark.parametrize(
    ("before", "left"), [(20, 14), (14, 14), (9, 9), (3, 3), (2, 3), (0, 3), (-9, 3)]
)
def test_nobody_scores_after_people_hear_and_some_days_are_always_left(
    before: int, left: int
) -> None:
    day = DECISIONS_ON - before * DAY
    fact = given_on(day)
    assert fact.score_by == day + left * DAY
    assert day < fact.remind_on <= fact.score_by, "and not reminded on the day of the letter"


def test_the_scheduler_hears_of_each_day_once_and_neither_who_nor_what_it_is() -> None:
    before = given(opened(), eligible(ADA, PATIENT), eligible(AMINA, PATIENT), appointed(CLEO))
    first = before.when(GIVE).then_kinds(AssessorAssigned, AssessmentsAwaited)
    also = AssignAssessor(application_id=application(AMINA), assessor_id=CLEO)
    first.when(also).then_kinds(AssessorAssigned)
    first.when(also, at=NOON + DAY).then_kinds(AssessorAssigned, AssessmentsAwaited)
    assert AssessmentsAwaited.model_fields.keys() == {"cohort_id", "score_by", "remind_on"}


def test_who_has_something_to_score_is_reminded_once_for_all_of_it() -> None:
    scene = waits(eligible(AMINA, PATIENT), assigned(CLEO, AMINA))
    scene.when(REMIND, at=NEAR - timedelta(seconds=1)).then_refused(AssessorHasTime)
    said = scene.when(REMIND, role=Role.SYSTEM, at=NEAR).then(REMINDED)
    said.when(REMIND, at=NEAR).then_already_so()
    scene.when(REMIND, at=OVER).then_already_so()


def test_when_the_day_is_over_somebody_knows_who_is_late_and_nothing_is_blocked() -> None:
    scene = waits()
    scene.when(LATE, at=OVER - timedelta(seconds=1)).then_refused(AssessorHasTime)
    said = scene.when(LATE, role=Role.SYSTEM, at=OVER).then(IS_LATE)
    said.when(LATE, at=OVER).then_already_so()
    score = SubmitAssessment(
        application_id=application(ADA),
        assessor_id=CLEO,
        scores={"interest": 4, "leadership": 4},
        recommendation=Outcome.OFFER,
    )
    said.when(score, at=OVER + 9 * DAY).then_kinds(AssessmentSubmitted)
    said.when(another(SCORE_BY + 5 * DAY), at=OVER).then_kinds(AssessorDayChanged)


STOOD_DOWN = AssessorStoodDown(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    assessor_id=CLEO,
    scored=False,
)


@pytest.mark.parametrize(
    "meanwhile",
    [
        [*scored(CLEO, ADA)][-1:],
        [decision(ADA, PATIENT)],
        [withdrawn(ADA, PATIENT)],
        [withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)],
        [AMENDED],
        [conflict(CLEO, ADA, Relationship.FAMILY)],
        [STOOD_DOWN],
        [PersonErased(person_id=CLEO)],
        [PersonErased(person_id=ADA)],
    ],
    ids=["scored", "decided", "withdrawn", "back", "amended", "close", "away", "erased", "gone"],
)
def test_nobody_is_late_with_what_they_could_not_or_need_not_score(meanwhile: list[Event]) -> None:
    for wish, at in ((REMIND, NEAR), (LATE, OVER)):
        waits(meanwhile).when(wish, at=at).then_already_so()


def test_a_soft_conflict_keeps_the_day() -> None:
    waits(conflict(CLEO, ADA, Relationship.ACQUAINTED)).when(LATE, at=OVER).then(IS_LATE)


def test_somebody_has_longer_for_all_that_they_have_yet_to_score() -> None:
    until = SCORE_BY + 7 * DAY
    fact = AssessorDayChanged(
        cohort_id=AUTUMN,
        assessor_id=CLEO,
        score_by=until,
        remind_on=until - 3 * DAY,
        reason="assessment.more-time",
    )
    scene = waits(eligible(BEN, HEALTHCARE), assigned(CLEO, BEN), assigned(CARYS, ADA))
    later = scene.when(another(until)).then(fact)
    later.when(another(until)).then_already_so()
    carys = IS_LATE.model_copy(update={"assessor_id": CARYS})
    later.when(LATE, at=OVER).then(carys)
    late = NoteAssessorsLate(cohort_id=AUTUMN, score_by=until)
    later.when(late, at=end_of(until)).then(IS_LATE.model_copy(update={"score_by": until}))


def test_more_time_is_taken_back_but_never_in_a_hurry() -> None:
    at = on(SCORE_BY - 6 * DAY)
    scene = waits()
    scene.when(another(SCORE_BY - 7 * DAY), at=at).then_refused(ScoringDayIsOver)
    scene.when(another(SCORE_BY - 4 * DAY), at=at).then_refused(ScoringDayTooSoon)
    sooner = scene.when(another(SCORE_BY - 3 * DAY), at=at).then_kinds(AssessorDayChanged)
    sooner.when(another(SCORE_BY), at=at).then_kinds(AssessorDayChanged)
    assert str(SCORE_BY) in ScoringDayTooSoon(SCORE_BY).sentence


def test_of_a_day_that_is_near_already_it_is_said_that_it_stays() -> None:
    near = waits().when(another(SCORE_BY - DAY), at=on(SCORE_BY - 2 * DAY))
    near.then_refused(ScoringDayTooSoon)
    assert near.refusal is not None
    assert str(SCORE_BY) in near.refusal.sentence


def test_no_day_lies_after_the_cohort_has_begun() -> None:
    waits().when(another(planned().starts_on)).then_kinds(AssessorDayChanged)
    waits().when(another(planned().starts_on + DAY)).then_refused(ScoringDayTooLate)


def test_who_has_nothing_to_score_needs_no_other_day() -> None:
    waits().when(another(SCORE_BY, CARYS)).then_refused(NothingToScore)
    waits().when(another(SCORE_BY), by=CLEO).then_refused(OwnDay)
    waits(PersonErased(person_id=CLEO)).when(another(SCORE_BY + DAY)).then_refused(PersonIsErased)
    for wish in (another(SCORE_BY), REMIND, LATE):
        given(appointed(CLEO)).when(wish).then_refused(UnknownCohort)


@pytest.mark.parametrize("both", [[AMENDED], [withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)]])
def test_whoever_scores_again_or_after_all_has_days_from_then(both: list[Event]) -> None:
    assert list(when_it_is_to_be_scored_again(recorded(both[-1]))) == [AGAIN]
    scene, at = waits(both), on(SCORE_BY + DAY)
    fact = AssessorAwaitedAgain(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        assessor_id=CLEO,
        score_by=SCORE_BY + 15 * DAY,
        remind_on=SCORE_BY + 12 * DAY,
    )
    said = AssessmentsAwaited(**fact.model_dump(include={"cohort_id", "score_by", "remind_on"}))
    again = scene.when(AGAIN, role=Role.SYSTEM, at=at).then(fact, said)
    again.when(AGAIN, role=Role.SYSTEM, at=at).then_already_so()
    late = NoteAssessorsLate(cohort_id=AUTUMN, score_by=fact.score_by)
    again.when(late, at=end_of(fact.score_by)).then_kinds(AssessorLate)


def test_what_was_scored_and_says_something_else_is_to_be_scored_again_by_all_who_did() -> None:
    scene = waits(scored(COLM, ADA), eligible(BEN, HEALTHCARE), AMENDED)
    new = scene.when(AGAIN, role=Role.SYSTEM).new
    again = [one.assessor_id for one in new if isinstance(one, AssessorAwaitedAgain)]
    assert again == sorted((CLEO, COLM))
    others = [one for one in new if getattr(one, "person_id", None) == BEN]
    assert len(others) == len(again), "nobody can tell whose application it was by how often"


@pytest.mark.parametrize(
    "before", [[AMENDED], [withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)], []]
)
def test_a_decision_that_is_open_again_gives_nobody_a_day_by_itself(before: list[Event]) -> None:
    """Somebody may be asked who has scored already; a coordinator says who is awaited."""
    ids = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA}
    scene = waits(before, decision(ADA, PATIENT), DecisionReopened.model_validate(ids))
    scene.when(AGAIN, role=Role.SYSTEM).then_already_so()
    scene.when(LATE, at=OVER).then_already_so()
    scene.when(another(SCORE_BY)).then_kinds(AssessorDayChanged).when(LATE, at=OVER).then(IS_LATE)


def test_nothing_is_awaited_again_of_an_assessor_who_was_erased() -> None:
    waits(AMENDED, PersonErased(person_id=CLEO)).when(AGAIN, role=Role.SYSTEM).then_already_so()


def test_nothing_is_awaited_again_of_what_nobody_had_or_everybody_has_heard_of() -> None:
    given(opened(), applied(ADA, PATIENT), AMENDED).when(AGAIN, role=Role.SYSTEM).then_already_so()
    heard = waits(DecisionsReleased(cohort_id=AUTUMN), withdrawn(ADA, PATIENT))
    back = given(heard.facts, reinstated(ADA, PATIENT))
    back.when(AGAIN, role=Role.SYSTEM).then_already_so()
