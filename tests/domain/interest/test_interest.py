from datetime import UTC, datetime

import pytest

from domain.cohorts.cohort import ClosedForApplications, CohortIsCancelled, UnknownCohort
from domain.decision import NotYourRole, NotYours
from domain.interest.interest import (
    ExpressInterest,
    InviteToApply,
    NoLongerInterested,
    UnknownInterest,
    WithdrawInterest,
)
from domain.people.person import PersonIsErased, UnknownPerson
from events.cohorts import CohortCancelled, DecisionsReleased
from events.interest import InterestExpressed, InterestWithdrawn, InvitedToApply
from events.people import PersonErased
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    PATIENT,
    SPRING,
    opened,
    planned,
    registered,
)
from tests.scenes.given import given

WORDS = "Tell me more, how can I help?"
EXPRESS = ExpressInterest(person_id=ADA, side=PATIENT, heard_through="radio", words=WORDS)
EXPRESSED = InterestExpressed(person_id=ADA, side=PATIENT, heard_through="radio", words=WORDS)
INVITE = InviteToApply(cohort_id=AUTUMN, person_id=ADA)
INVITED = InvitedToApply(person_id=ADA, cohort_id=AUTUMN)
WITHDRAW = WithdrawInterest(person_id=ADA)
WITHDRAWN = InterestWithdrawn(person_id=ADA)
JANUARY = datetime(2024, 1, 10, 12, tzinfo=UTC)
MIDNIGHT_AFTER = datetime(2024, 10, 11, 23, 0, tzinfo=UTC)


def test_interest_comes_before_any_application_and_is_kept_once() -> None:
    after = given(registered(ADA)).when(EXPRESS).then(EXPRESSED)
    after.when(ExpressInterest(person_id=ADA), named="another wish").then_already_so()


def test_interest_needs_no_side_and_no_words() -> None:
    given(registered(ADA)).when(ExpressInterest(person_id=ADA)).then(
        InterestExpressed(person_id=ADA)
    )


def test_who_is_interested_is_invited_once() -> None:
    given(opened(), registered(ADA), EXPRESSED).when(INVITE).then(INVITED).when(
        INVITE
    ).then_already_so()


def test_who_was_invited_to_one_cohort_can_be_invited_to_another() -> None:
    given(opened(), opened(SPRING), registered(ADA), EXPRESSED, INVITED).when(
        InviteToApply(cohort_id=SPRING, person_id=ADA)
    ).then(InvitedToApply(person_id=ADA, cohort_id=SPRING))


def test_an_invitation_may_come_before_the_cohort_opens() -> None:
    given(planned(), registered(ADA), EXPRESSED).when(INVITE, at=JANUARY).then(INVITED)


def test_nobody_is_invited_to_what_is_over() -> None:
    scene = given(opened(), registered(ADA), EXPRESSED)
    scene.when(INVITE, at=MIDNIGHT_AFTER).then_refused(ClosedForApplications)
    heard = given(*scene.facts, DecisionsReleased(cohort_id=AUTUMN))
    heard.when(INVITE).then_refused(ClosedForApplications)
    off = given(*scene.facts, CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue"))
    off.when(INVITE).then_refused(CohortIsCancelled)


def test_who_never_asked_is_not_invited() -> None:
    given(opened(), registered(ADA), registered(BEN), EXPRESSED).when(
        InviteToApply(cohort_id=AUTUMN, person_id=BEN)
    ).then_refused(UnknownInterest)


def test_nobody_is_invited_to_a_cohort_that_does_not_exist() -> None:
    given(opened(SPRING), registered(ADA), EXPRESSED).when(INVITE).then_refused(UnknownCohort)


def test_who_took_their_interest_back_is_left_alone_until_they_come_again() -> None:
    gone = given(opened(), registered(ADA), EXPRESSED, INVITED).when(WITHDRAW).then(WITHDRAWN)
    gone.when(WITHDRAW).then_already_so()
    gone.when(INVITE).then_refused(NoLongerInterested)
    gone.when(EXPRESS).then(EXPRESSED).when(INVITE).then(INVITED)


def test_interest_that_nobody_expressed_can_not_be_taken_back() -> None:
    given(registered(ADA)).when(WITHDRAW).then_refused(UnknownInterest)


@pytest.mark.parametrize("wish", [EXPRESS, INVITE, WITHDRAW], ids=lambda wish: wish.name)
def test_an_unknown_person_is_not_interested(wish: ExpressInterest) -> None:
    given(opened(), registered(BEN)).when(wish).then_refused(UnknownPerson)


@pytest.mark.parametrize("wish", [EXPRESS, INVITE, WITHDRAW], ids=lambda wish: wish.name)
def test_who_was_erased_is_left_alone(wish: ExpressInterest) -> None:
    gone = PersonErased(person_id=ADA)
    given(opened(), registered(ADA), EXPRESSED, gone).when(wish).then_refused(PersonIsErased)


@pytest.mark.parametrize("wish", [EXPRESS, WITHDRAW], ids=lambda wish: wish.name)
def test_people_tell_of_their_own_interest_only(wish: ExpressInterest) -> None:
    scene = given(registered(ADA), registered(BEN), EXPRESSED)
    scene.when(wish, by=BEN, role=Role.APPLICANT).then_refused(NotYours)
    assert scene.when(wish, by=ADA, role=Role.APPLICANT).refusal is None


def test_only_the_programme_invites() -> None:
    given(opened(), registered(ADA), EXPRESSED).when(
        INVITE, by=ADA, role=Role.APPLICANT
    ).then_refused(NotYourRole)
