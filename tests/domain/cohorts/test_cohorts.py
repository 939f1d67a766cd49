from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.cohorts.cohort import (
    Cohort,
    CohortIsCancelled,
    CohortIsCompleted,
    NotOpenYet,
    OpenApplications,
    PlanCohort,
    PlannedOtherwise,
    UnknownCohort,
)
from domain.cohorts.course import (
    CancelCohort,
    CohortCancelReason,
    CompleteCohort,
    EndsLater,
    NotReleasedYet,
    NotStarted,
    StartCohort,
    StartsLater,
    StepTakenBackReason,
    TakeBackCompletion,
    TakeBackStart,
)
from domain.cohorts.under_way import StillOpen, UnderWay
from domain.cohorts.windows import (
    CloseApplications,
    ExtensionEndReason,
    ExtensionReason,
    ExtensionTooLong,
    ExtensionTooShort,
    GrantExtension,
    NeverOpened,
    TooLateToExtend,
    WindowStillOpen,
    WithdrawExtension,
)
from domain.decision import NotYourRole, StandsInTheWay
from domain.people.person import PersonIsErased, UnknownPerson
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanned,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.ids import CohortId
from events.offers import PlaceGivenBack, PlaceGivenUp
from events.pairings import PairingTakenBack
from events.people import PersonErased
from events.terms import Role
from events.workshops import WorkshopHeld
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    PATIENT,
    SPRING,
    application,
    opened,
    planned,
    registered,
)
from tests.scenes.given import NOON, command_id, folded, given
from tests.scenes.pairs import active, pairing, proposed
from tests.scenes.selection import accepted, offered
from tests.scenes.training import SKILLS_DAY

# 11 October 2024 is the last day, and London is an hour ahead of UTC.
LAST_SECOND = datetime(2024, 10, 11, 22, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2024, 10, 11, 23, 0, tzinfo=UTC)
FRIDAY = date(2024, 10, 18)
START_DAY = datetime(2024, 11, 25, tzinfo=UTC)
LAST_DAY = datetime(2025, 5, 29, 23, tzinfo=UTC)  # midnight in London, in summer

RELEASED = DecisionsReleased(cohort_id=AUTUMN)
STARTED = CohortStarted(cohort_id=AUTUMN)
COMPLETED = CohortCompleted(cohort_id=AUTUMN)
CANCELLED = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
CLOSE = CloseApplications(cohort_id=AUTUMN)
START = StartCohort(cohort_id=AUTUMN)
COMPLETE = CompleteCohort(cohort_id=AUTUMN)
NOT_STARTED = TakeBackStart(cohort_id=AUTUMN, reason=StepTakenBackReason.MISTAKE)
NOT_OVER = TakeBackCompletion(cohort_id=AUTUMN, reason=StepTakenBackReason.MISTAKE)
CANCEL = CancelCohort(cohort_id=AUTUMN, reason=CohortCancelReason.NO_VENUE)


SHORTER = WithdrawExtension(cohort_id=AUTUMN, person_id=ADA, reason=ExtensionEndReason.MISTAKE)


def longer(until: date = FRIDAY) -> GrantExtension:
    return GrantExtension(
        cohort_id=AUTUMN, person_id=ADA, until=until, reason=ExtensionReason.OUR_DELAY
    )


def extended(until: date = FRIDAY) -> ExtensionGranted:
    return ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=until, reason="extension.our-delay"
    )


def plan_as(plan: CohortPlanned, **others: Any) -> PlanCohort:
    return PlanCohort(**plan.model_dump(exclude={"programme_id", "rules_id"}) | others)


def test_a_cohort_is_planned_once() -> None:
    plan = planned()
    wish = plan_as(plan)
    given().when(wish).then(plan).when(wish).then_already_so()


def test_a_planned_cohort_is_not_planned_over() -> None:
    wish = plan_as(planned(places=12))
    given(planned()).when(wish).then_refused(PlannedOtherwise)


def test_a_cohort_without_an_id_gets_one() -> None:
    named = CohortId.derived(NOON, command_id())
    wish = PlanCohort(**planned().model_dump(exclude={"cohort_id", "programme_id", "rules_id"}))
    given().when(wish).then(planned(named))


def test_a_cohort_that_closes_before_it_opens_can_not_be_planned() -> None:
    with pytest.raises(ValidationError, match="dates must be in order"):
        plan_as(planned(), closes_on=date(2024, 9, 1))


def test_applications_open_on_the_day_and_once() -> None:
    wish = OpenApplications(cohort_id=AUTUMN)
    eve = datetime(2024, 9, 1, 22, 59, tzinfo=UTC)
    given(planned()).when(wish, at=eve).then_refused(NotOpenYet)
    given(planned()).when(wish).then(ApplicationsOpened(cohort_id=AUTUMN)).when(
        wish
    ).then_already_so()


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.COORDINATOR])
def test_applications_close_at_the_midnight_after_the_last_day_and_not_before(role: Role) -> None:
    scene = given(opened())
    scene.when(CLOSE, at=LAST_SECOND, role=role).then_refused(WindowStillOpen)
    scene.when(CLOSE, at=MIDNIGHT, role=role).then(ApplicationsClosed(cohort_id=AUTUMN))


def test_applications_close_once() -> None:
    given(opened(), ApplicationsClosed(cohort_id=AUTUMN)).when(CLOSE, at=MIDNIGHT).then_already_so()


def test_what_never_opened_can_not_close() -> None:
    given(planned()).when(CLOSE, at=MIDNIGHT).then_refused(NeverOpened)


def test_a_named_person_has_longer_and_hears_it_once() -> None:
    given(opened(), registered(ADA)).when(longer()).then(extended()).when(
        longer(), named="another wish"
    ).then_already_so()


def test_another_extension_replaces_the_one_before_longer_or_shorter() -> None:
    scene = given(opened(), registered(ADA), extended())
    for another in (date(2024, 10, 19), date(2024, 10, 17)):
        scene.when(longer(another)).then(extended(another))


def test_nobody_has_so_long_that_all_others_wait_for_weeks() -> None:
    scene = given(opened(), registered(ADA))
    assert scene.when(longer(date(2024, 11, 18))).new  # two weeks after the decisions
    scene.when(longer(date(2024, 11, 19))).then_refused(ExtensionTooLong)
    scene.when(longer(date(2034, 10, 18))).then_refused(ExtensionTooLong)


def test_a_longer_time_is_taken_back_once_and_what_was_handed_in_stays() -> None:
    gone = ExtensionWithdrawn(
        cohort_id=AUTUMN, person_id=ADA, reason="extension.granted-by-mistake"
    )
    scene = given(opened(), registered(ADA), extended()).when(SHORTER).then(gone)
    scene.when(SHORTER).then_already_so()
    known = folded(Cohort(AUTUMN), scene.facts)
    assert known.last_day(ADA) == date(2024, 10, 11)


def test_nothing_is_taken_back_when_everybody_has_heard() -> None:
    given(opened(), registered(ADA), extended(), RELEASED).when(SHORTER).then_refused(
        TooLateToExtend
    )


def test_to_close_after_the_release_changes_nothing() -> None:
    given(opened(), RELEASED).when(CLOSE, at=MIDNIGHT).then_already_so()


def test_an_extension_goes_beyond_the_closing_day() -> None:
    given(opened(), registered(ADA)).when(longer(date(2024, 10, 11))).then_refused(
        ExtensionTooShort
    )


def test_an_extension_to_a_day_that_is_over_helps_nobody() -> None:
    given(opened(), registered(ADA)).when(
        longer(), at=datetime(2024, 10, 18, 23, 0, tzinfo=UTC)
    ).then_refused(ExtensionTooShort)


def test_nobody_has_longer_once_everybody_has_heard() -> None:
    given(opened(), registered(ADA), RELEASED).when(longer()).then_refused(TooLateToExtend)


def test_an_unknown_person_has_no_longer() -> None:
    given(opened()).when(longer()).then_refused(UnknownPerson)


def test_who_was_erased_has_no_longer() -> None:
    gone = PersonErased(person_id=ADA)
    given(opened(), registered(ADA), gone).when(longer()).then_refused(PersonIsErased)


def test_applicants_do_not_extend_their_own_time() -> None:
    given(opened(), registered(ADA)).when(longer(), by=ADA, role=Role.APPLICANT).then_refused(
        NotYourRole
    )


def test_a_cohort_starts_once_and_only_when_everybody_has_heard() -> None:
    given(opened()).when(START).then_refused(NotReleasedYet)
    scene = given(opened(), RELEASED).when(START, at=START_DAY).then(STARTED)
    scene.when(START).then_already_so()


def test_a_cohort_is_completed_once_and_only_when_it_started() -> None:
    given(opened(), RELEASED).when(COMPLETE).then_refused(NotStarted)
    scene = given(opened(), RELEASED, STARTED).when(COMPLETE, at=LAST_DAY).then(COMPLETED)
    scene.when(COMPLETE).then_already_so()


def test_a_completed_cohort_does_not_start_again() -> None:
    given(opened(), RELEASED, STARTED, COMPLETED).when(START).then_already_so()


def test_a_cohort_does_not_start_or_end_before_its_day() -> None:
    moment = timedelta(microseconds=1)
    heard = given(opened(), RELEASED)
    heard.when(START, at=START_DAY - moment).then_refused(StartsLater)
    given(opened(), RELEASED, STARTED).when(COMPLETE, at=LAST_DAY - moment).then_refused(EndsLater)


def test_a_cohort_does_not_start_or_end_while_somebody_has_yet_to_answer() -> None:
    waiting = [RELEASED, *offered(ADA, PATIENT)]
    found = given(opened(), waiting).when(START, at=START_DAY)
    found.then_refused(StillOpen)
    assert found.refusal
    assert f"the offer to {application(ADA)}" in found.refusal.sentence
    given(opened(), waiting, STARTED).when(COMPLETE, at=LAST_DAY).then_refused(StillOpen)
    answered = given(opened(), waiting, accepted(ADA, PATIENT))
    answered.when(START, at=START_DAY).then(STARTED)
    asked = given(opened(), RELEASED, STARTED, proposed()).when(COMPLETE, at=LAST_DAY)
    asked.then_refused(StillOpen)
    given(opened(), RELEASED, STARTED, active()).when(COMPLETE, at=LAST_DAY).then(COMPLETED)


def test_a_start_is_taken_back_as_long_as_nobody_met() -> None:
    back = CohortStartTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    scene = given(opened(), RELEASED, STARTED).when(NOT_STARTED).then(back)
    scene.when(NOT_STARTED).then_already_so()
    scene.when(COMPLETE, at=LAST_DAY).then_refused(NotStarted)
    scene.when(START, at=START_DAY).then(STARTED)
    met = given(opened(), RELEASED, STARTED, COMPLETED).when(NOT_STARTED)
    met.then_refused(StandsInTheWay)
    assert met.refusal
    assert "the end of the cohort" in met.refusal.sentence
    held = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)
    given(opened(), RELEASED, STARTED, held).when(NOT_STARTED).then_refused(StandsInTheWay)


def test_an_end_is_taken_back_and_the_cohort_goes_on() -> None:
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    scene = given(opened(), RELEASED, STARTED, COMPLETED).when(NOT_OVER).then(back)
    scene.when(NOT_OVER).then_already_so()
    scene.when(START).then_already_so()
    scene.when(COMPLETE, at=LAST_DAY).then(COMPLETED)


def test_a_cohort_is_cancelled_once_and_only_before_it_is_completed() -> None:
    given(opened()).when(CANCEL).then(CANCELLED).when(CANCEL).then_already_so()
    given(opened(), RELEASED, STARTED, COMPLETED).when(CANCEL).then_refused(CohortIsCompleted)


ALL = (
    OpenApplications(cohort_id=AUTUMN),
    CLOSE,
    longer(),
    START,
    COMPLETE,
)


@pytest.mark.parametrize("wish", ALL, ids=lambda wish: wish.name)
def test_a_cancelled_cohort_goes_nowhere(wish: StartCohort) -> None:
    given(planned(), registered(ADA), CANCELLED).when(wish, at=MIDNIGHT).then_refused(
        CohortIsCancelled
    )


@pytest.mark.parametrize("wish", [*ALL, CANCEL], ids=lambda wish: wish.name)
def test_nothing_befalls_a_cohort_that_does_not_exist(wish: StartCohort) -> None:
    given(opened(SPRING), registered(ADA), DecisionsReleased(cohort_id=SPRING)).when(
        wish, at=MIDNIGHT
    ).then_refused(UnknownCohort)


def test_a_proposal_that_was_taken_back_waits_for_nobody() -> None:
    two = {"pairing_id": pairing(), "patient_leader_id": ADA, "healthcare_leader_id": BEN}
    back = PairingTakenBack.model_validate({**two, "cohort_id": AUTUMN, "reason": "pairing.other"})
    scene = given(opened(), RELEASED, STARTED, proposed(), back)
    scene.when(COMPLETE, at=LAST_DAY).then(COMPLETED)


def test_a_place_that_was_given_back_counts_as_taken() -> None:
    whose = {"application_id": application(ADA), "person_id": ADA, "side": PATIENT}
    why: Any = {**whose, "cohort_id": AUTUMN, "reason": "place.given-up-in-error"}
    known = UnderWay(AUTUMN)
    taken = [*offered(ADA, PATIENT), accepted(ADA, PATIENT), PlaceGivenUp(**why)]
    assert folded(known, taken).most_taken == 0
    assert folded(UnderWay(AUTUMN), [*taken, PlaceGivenBack(**why)]).most_taken == 1
