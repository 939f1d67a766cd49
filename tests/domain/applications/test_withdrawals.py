from datetime import UTC, datetime
from typing import Any

import pytest

from domain.applications.application import (
    Application,
    ApplicationIsNotEligible,
    Stage,
    UnknownApplication,
)
from domain.applications.withdrawals import (
    ApplicationIsOver,
    HasAnotherApplication,
    LiveApplications,
    ReinstatementReason,
    WithdrawalReason,
    WithdrawApplication,
)
from domain.cohorts.cohort import CohortIsCancelled
from domain.decision import NotYourRole, NotYours
from domain.offers.reinstating import HeardWithoutThem, ReinstateApplication, WasNotTakenBack
from domain.offers.results import Results
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.assessments import AssessorAppointed, DecisionMade
from events.cohorts import CohortCancelled, DecisionsReleased
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceGivenBack,
    PlaceGivenUp,
)
from events.roles import RoleWithdrawn
from events.terms import Outcome, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    PATIENT,
    SPRING,
    application,
    applied,
    confirmed,
    eligible,
    opened,
    registered,
)
from tests.scenes.given import NOON, folded, given
from tests.scenes.selection import decided, offer, turn, waits

MIDNIGHT_AFTER = datetime(2024, 10, 11, 23, 0, tzinfo=UTC)


def withdraw(who: PersonId = ADA) -> WithdrawApplication:
    return WithdrawApplication(application_id=application(who), reason=WithdrawalReason.NO_TIME)


def reinstate(who: PersonId = ADA) -> ReinstateApplication:
    return ReinstateApplication(application_id=application(who), reason=ReinstatementReason.MISTAKE)


def about(kind: type[Event], **others: Any) -> Event:
    whose = {
        "application_id": application(ADA),
        "cohort_id": AUTUMN,
        "person_id": ADA,
        "side": PATIENT,
    }
    return kind.model_validate(whose | others)


WITHDRAWN = about(ApplicationWithdrawn, reason="application.no-time")
INELIGIBLE = about(EligibilityFailed, reasons=("eligibility.no-background",))


def test_an_application_is_taken_back_once_with_a_reason() -> None:
    given(opened(), applied(ADA, PATIENT)).when(withdraw()).then(WITHDRAWN).when(
        withdraw()
    ).then_already_so()


def test_a_place_can_be_taken_back_too() -> None:
    given(opened(), confirmed(ADA, PATIENT)).when(withdraw()).then(WITHDRAWN)


@pytest.mark.parametrize(
    "end",
    [
        about(ApplicationDeclined, reasons=("score.others-higher",)),
        about(OfferDeclined, reason="offer.no-time"),
        about(OfferLapsed),
        about(OfferWithdrawn, reason="offer.made-by-mistake"),
        about(PlaceGivenUp, reason="place.no-time"),
    ],
    ids=lambda end: end.name,
)
def test_what_has_come_to_its_end_is_not_taken_back(end: Event) -> None:
    given(opened(), eligible(ADA, PATIENT), end).when(withdraw()).then_refused(ApplicationIsOver)


def test_what_was_not_eligible_is_not_taken_back() -> None:
    given(opened(), applied(ADA, PATIENT), INELIGIBLE).when(withdraw()).then_refused(
        ApplicationIsNotEligible
    )


@pytest.mark.parametrize("command", [withdraw(), reinstate()], ids=lambda wish: wish.name)
def test_an_unknown_application_stays_unknown(command: Any) -> None:
    given(opened(), applied(ADA, PATIENT, SPRING)).when(command).then_refused(UnknownApplication)


def test_a_coordinator_lets_it_go_on_from_where_it_was_also_after_the_window() -> None:
    reinstated = about(ApplicationReinstated, reason="application.mistake")
    after = (
        given(opened(), applied(ADA, PATIENT), WITHDRAWN)
        .when(reinstate(), at=MIDNIGHT_AFTER)
        .then(reinstated)
    )
    after.when(reinstate()).then_already_so()


def test_only_a_coordinator_lets_it_go_on() -> None:
    scene = given(opened(), applied(ADA, PATIENT), WITHDRAWN)
    scene.when(reinstate(), by=ADA, role=Role.APPLICANT).then_refused(NotYourRole)
    scene.when(reinstate(), role=Role.IMPORTER).then_refused(NotYourRole)


def test_an_application_does_not_go_on_beside_a_newer_one() -> None:
    newer = about(ApplicationStarted, application_id=ApplicationId.derived(NOON, "a newer one"))
    given(opened(), applied(ADA, PATIENT), WITHDRAWN, newer).when(reinstate()).then_refused(
        HasAnotherApplication
    )


def test_what_was_not_eligible_does_not_go_on_without_being_put_right() -> None:
    given(opened(), applied(ADA, PATIENT), INELIGIBLE).when(reinstate()).then_refused(
        ApplicationIsNotEligible
    )


def test_nothing_goes_on_for_a_cancelled_cohort() -> None:
    cancelled = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    given(opened(), applied(ADA, PATIENT), WITHDRAWN, cancelled).when(reinstate()).then_refused(
        CohortIsCancelled
    )


RELEASED = DecisionsReleased(cohort_id=AUTUMN)
REINSTATED = about(ApplicationReinstated, reason="application.mistake")
NO = {"outcome": Outcome.DECLINE, "score": 300, "reasons": ("score.others-higher",)}


def test_before_the_release_it_has_all_that_it_had() -> None:
    scene = given(opened(), decided(ADA, PATIENT), WITHDRAWN)
    scene = scene.when(reinstate()).then(REINSTATED)
    known = folded(Results(AUTUMN), scene.facts)
    assert application(ADA) in known.decisions.keys() & known.live
    assert folded(Application(application(ADA)), scene.facts).stage is Stage.ELIGIBLE


def test_after_the_release_whoever_had_an_offer_is_the_last_on_the_list() -> None:
    before = (decided(ADA, PATIENT), RELEASED, offer(ADA, PATIENT), waits(AMINA, PATIENT, 1))
    last = turn(ADA, PATIENT, 2, "reserve.application-goes-on")
    given(opened(), *before, WITHDRAWN).when(reinstate()).then(REINSTATED, last)


def test_after_the_release_whoever_was_meant_to_wait_waits() -> None:
    given(opened(), decided(ADA, PATIENT), WITHDRAWN, RELEASED).when(reinstate()).then(
        REINSTATED, turn(ADA, PATIENT, 1, "reserve.application-goes-on")
    )


def test_after_the_release_whoever_was_declined_hears_it() -> None:
    no = about(DecisionMade, **NO)
    given(opened(), eligible(ADA, PATIENT), no, WITHDRAWN, RELEASED).when(reinstate()).then(
        REINSTATED, about(ApplicationDeclined, reasons=("score.others-higher",))
    )


@pytest.mark.parametrize("facts", [applied, eligible], ids=["submitted", "eligible"])
def test_after_the_release_nobody_comes_back_on_whom_nothing_was_decided(facts: Any) -> None:
    given(opened(), facts(ADA, PATIENT), WITHDRAWN, RELEASED).when(reinstate()).then_refused(
        HeardWithoutThem
    )


@pytest.mark.parametrize(
    "end",
    [
        about(ApplicationDeclined, reasons=("score.others-higher",)),
        about(OfferLapsed),
        about(PlaceGivenUp, reason="place.no-time"),
    ],
    ids=lambda end: end.name,
)
def test_what_was_not_taken_back_is_not_said_to_go_on(end: Event) -> None:
    given(opened(), eligible(ADA, PATIENT), RELEASED, end).when(reinstate()).then_refused(
        WasNotTakenBack
    )


def test_who_assesses_meanwhile_does_not_any_more() -> None:
    asked = AssessorAppointed(cohort_id=AUTUMN, assessor_id=ADA, lay=True)
    given(opened(), applied(ADA, PATIENT), WITHDRAWN, asked).when(reinstate()).then_kinds(
        ApplicationReinstated, RoleWithdrawn
    )


def test_people_take_back_their_own_application_only() -> None:
    scene = given(opened(), applied(ADA, PATIENT), registered(BEN))
    scene.when(withdraw(), by=BEN, role=Role.APPLICANT).then_refused(NotYours)
    assert scene.when(withdraw(), by=ADA, role=Role.APPLICANT).new


def test_who_has_their_place_again_is_among_those_who_lose_it_with_the_cohort() -> None:
    up = about(PlaceGivenUp, reason="place.given-up-in-error")
    back = about(PlaceGivenBack, reason="place.given-up-in-error")
    assert folded(LiveApplications(AUTUMN), [*confirmed(ADA, PATIENT), up]).live == {}
    live = folded(LiveApplications(AUTUMN), [*confirmed(ADA, PATIENT), up, back]).live
    assert [*live] == [application(ADA)]
