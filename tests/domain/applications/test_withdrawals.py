from datetime import UTC, datetime
from typing import Any

import pytest

from domain.applications.application import ApplicationIsNotEligible, UnknownApplication
from domain.applications.withdrawals import (
    ApplicationIsOver,
    HasAnotherApplication,
    ReinstateApplication,
    ReinstatementReason,
    WithdrawalReason,
    WithdrawApplication,
)
from domain.cohorts.cohort import CohortIsCancelled
from domain.decision import NotYourRole, NotYours
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.cohorts import CohortCancelled
from events.event import Event
from events.ids import ApplicationId, PersonId
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceGivenUp,
)
from events.terms import Role
from tests.scenes.cast import (
    ADA,
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
from tests.scenes.given import NOON, given

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


def test_people_take_back_their_own_application_only() -> None:
    scene = given(opened(), applied(ADA, PATIENT), registered(BEN))
    scene.when(withdraw(), by=BEN, role=Role.APPLICANT).then_refused(NotYours)
    assert scene.when(withdraw(), by=ADA, role=Role.APPLICANT).new
