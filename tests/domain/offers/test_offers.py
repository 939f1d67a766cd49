from datetime import UTC, datetime

import pytest

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.applications.standing import NoOpenOffer
from domain.cohorts.cohort import CohortIsCancelled
from domain.decision import Command, NotYourRole, NotYours
from domain.offers.offer import (
    AcceptOffer,
    DeclineOffer,
    LapseOffer,
    Membership,
    OfferDeclineReason,
    OfferOver,
    OfferStillOpen,
    OfferWithdrawReason,
    WithdrawOffer,
)
from events.cohorts import CohortCancelled
from events.offers import OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceConfirmed
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    confirmed,
    eligible,
    opened,
)
from tests.scenes.given import folded, given
from tests.scenes.selection import (
    LAST_MOMENT,
    RELEASE_DAY,
    TOO_LATE,
    accepted,
    awaited,
    decided,
    offer,
    offered,
    place,
    reinstated,
    turn,
    withdrawn,
)

YES = AcceptOffer(application_id=application(ADA))
NO = DeclineOffer(application_id=application(ADA), reason=OfferDeclineReason.CARING)
LAPSE = LapseOffer(application_id=application(ADA))
BACK = WithdrawOffer(application_id=application(ADA), reason=OfferWithdrawReason.NO_LONGER_IN_TOUCH)
ANY_ANSWER = pytest.mark.parametrize("wish", [YES, NO, LAPSE, BACK], ids=lambda wish: wish.name)


def test_a_patient_leaders_yes_is_a_place() -> None:
    given(opened(), offered(ADA, PATIENT)).when(
        YES, by=ADA, role=Role.APPLICANT, at=LAST_MOMENT
    ).then(accepted(ADA, PATIENT), place(ADA, PATIENT)).when(YES, at=TOO_LATE).then_already_so()


def test_a_healthcare_leaders_yes_waits_for_the_employer() -> None:
    wish = AcceptOffer(application_id=application(BEN))
    given(opened(), offered(BEN, HEALTHCARE)).when(wish, at=RELEASE_DAY).then(
        accepted(BEN, HEALTHCARE), awaited(BEN)
    ).when(wish, at=TOO_LATE).then_already_so()


def test_a_yes_at_the_midnight_after_the_last_day_is_too_late() -> None:
    given(opened(), offered(ADA, PATIENT)).when(YES, at=TOO_LATE).then_refused(OfferOver)


def test_a_deadline_in_summer_is_over_at_midnight_in_london() -> None:
    summer = given(
        opened(),
        eligible(ADA, PATIENT),
        offer(ADA, PATIENT, datetime(2025, 7, 1, tzinfo=UTC).date()),
    )
    summer.when(YES, at=datetime(2025, 7, 1, 22, 59, tzinfo=UTC)).then_kinds(
        type(accepted(ADA, PATIENT)), PlaceConfirmed
    )
    summer.when(YES, at=datetime(2025, 7, 1, 23, tzinfo=UTC)).then_refused(OfferOver)
    summer.when(LAPSE, at=datetime(2025, 7, 1, 23, tzinfo=UTC)).then_kinds(OfferLapsed)


@ANY_ANSWER
def test_an_application_that_does_not_exist_has_no_offer(wish: Command) -> None:
    given(opened(), offered(AMINA, PATIENT)).when(wish, at=TOO_LATE).then_refused(
        UnknownApplication
    )


@ANY_ANSWER
def test_before_the_release_there_is_no_offer_whatever_was_decided(wish: Command) -> None:
    given(opened(), decided(ADA, PATIENT)).when(wish, at=RELEASE_DAY).then_refused(NoOpenOffer)


def test_an_offer_from_another_cohort_is_no_offer_here() -> None:
    elsewhere = eligible(ADA, PATIENT, SPRING)
    given(opened(), opened(SPRING), offered(ADA, PATIENT), elsewhere).when(
        AcceptOffer(application_id=application(ADA, SPRING)), at=RELEASE_DAY
    ).then_refused(NoOpenOffer)


@pytest.mark.parametrize("wish", [YES, NO], ids=lambda wish: wish.name)
def test_nobody_answers_for_somebody_else(wish: Command) -> None:
    given(opened(), offered(ADA, PATIENT)).when(
        wish, by=AMINA, role=Role.APPLICANT, at=RELEASE_DAY
    ).then_refused(NotYours)


def test_an_offer_of_a_cancelled_cohort_can_not_be_accepted() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")
    scene = given(opened(), offered(ADA, PATIENT), off)
    scene.when(YES, at=RELEASE_DAY).then_refused(CohortIsCancelled)
    scene.when(LAPSE, at=TOO_LATE).then_already_so()


def test_who_withdrew_their_application_has_no_offer_left() -> None:
    scene = given(opened(), offered(ADA, PATIENT), withdrawn(ADA, PATIENT))
    scene.when(YES, at=RELEASE_DAY).then_refused(ApplicationIsWithdrawn)
    scene.when(NO, at=RELEASE_DAY).then_refused(ApplicationIsWithdrawn)
    scene.when(LAPSE, at=TOO_LATE).then_already_so()
    given(scene.facts, reinstated(ADA, PATIENT)).when(YES, at=RELEASE_DAY).then_refused(NoOpenOffer)


def test_a_no_is_said_once() -> None:
    said = (
        given(opened(), offered(ADA, PATIENT))
        .when(NO, at=RELEASE_DAY)
        .then(
            OfferDeclined(
                application_id=application(ADA),
                cohort_id=AUTUMN,
                person_id=ADA,
                side=PATIENT,
                reason="offer.caring-for-someone",
            )
        )
    )
    said.when(NO, at=RELEASE_DAY).then_already_so()
    said.when(YES, at=RELEASE_DAY).then_refused(NoOpenOffer)
    said.when(LAPSE, at=TOO_LATE).then_already_so()


def test_an_offer_lapses_once_and_not_before_its_day_is_over() -> None:
    scene = given(opened(), offered(ADA, PATIENT))
    scene.when(LAPSE, at=LAST_MOMENT).then_refused(OfferStillOpen)
    scene.when(LAPSE, role=Role.SYSTEM, at=TOO_LATE).then_kinds(OfferLapsed).when(
        LAPSE, at=TOO_LATE
    ).then_already_so()


def test_an_answered_offer_does_not_lapse() -> None:
    given(opened(), offered(ADA, PATIENT), accepted(ADA, PATIENT)).when(
        LAPSE, at=TOO_LATE
    ).then_already_so()


def test_a_second_offer_has_a_last_day_of_its_own() -> None:
    later = datetime(2024, 12, 2, tzinfo=UTC).date()
    again = given(
        opened(),
        offered(ADA, PATIENT),
        withdrawn(ADA, PATIENT),
        reinstated(ADA, PATIENT),
        turn(ADA, PATIENT, 1),
        offer(ADA, PATIENT, later),
    )
    again.when(LAPSE, at=TOO_LATE).then_refused(OfferStillOpen)
    again.when(YES, at=TOO_LATE).then_kinds(type(accepted(ADA, PATIENT)), PlaceConfirmed)


def test_the_programme_takes_an_offer_back_once_and_with_a_reason() -> None:
    for before in ([], [accepted(BEN, HEALTHCARE)]):
        wish = WithdrawOffer(
            application_id=application(BEN), reason=OfferWithdrawReason.EMPLOYER_DOES_NOT_RELEASE
        )
        given(opened(), offered(BEN, HEALTHCARE), before).when(wish).then_kinds(
            OfferWithdrawn
        ).when(wish).then_already_so()


def test_a_confirmed_place_is_not_taken_back() -> None:
    given(opened(), confirmed(ADA, PATIENT)).when(BACK).then_refused(NoOpenOffer)


def test_only_a_coordinator_takes_an_offer_back() -> None:
    given(opened(), offered(ADA, PATIENT)).when(BACK, by=ADA, role=Role.APPLICANT).then_refused(
        NotYourRole
    )


def test_who_withdraws_their_application_is_not_on_the_cohort_any_more() -> None:
    facts = [*confirmed(ADA, PATIENT), *confirmed(BEN, HEALTHCARE), withdrawn(ADA, PATIENT)]
    assert not folded(Membership(AUTUMN, ADA), facts).confirmed
    assert folded(Membership(AUTUMN, BEN), facts).confirmed
