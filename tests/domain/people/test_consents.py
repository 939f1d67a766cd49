"""Whoever takes back their consent to the programme takes no part in it any more."""

from typing import Any

import pytest

from domain.applications.applying import StartApplication
from domain.applications.leaving import NO_CONSENT_ANY_MORE, WithdrawThoseOf
from domain.applications.policies import when_a_cohort_goes_on_after_all
from domain.applications.withdrawals import ReinstatementReason
from domain.catalogue import NOTICES, POLICIES
from domain.cohorts.cohort import UnknownCohort
from domain.contacts.reaching import may_hear
from domain.continuation.leaving import EndContinuationsOf
from domain.interest.interest import EndInterestOf, ExpressInterest
from domain.notice import Notice
from domain.offers.reinstating import ReinstateApplication
from domain.pairings.endings import EndForLeaver
from domain.people.person import Reach, TakesNoPart, UnknownPerson
from events.applications import ApplicationReinstated, ApplicationStarted, ApplicationWithdrawn
from events.cohorts import CohortCompleted, CohortCompletionTakenBack
from events.continuation import ContinuationEnded
from events.interest import InterestExpressed, InterestWithdrawn
from events.offers import OfferDeclined
from events.pairings import PairingEnded, PairingStepTakenBack, RepairingAsked
from events.people import ConsentGiven, ConsentWithdrawn
from events.terms import Purpose, Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    applied,
    confirmed,
    opened,
)
from tests.scenes.given import Given, folded, given
from tests.scenes.pairs import active, cohort_of, completed, recorded

NO = ConsentWithdrawn(person_id=ADA)
YES = ConsentGiven(person_id=ADA)
APPLICATIONS = WithdrawThoseOf(person_id=ADA)
INTEREST = EndInterestOf(person_id=ADA)
CONTINUATIONS = EndContinuationsOf(person_id=ADA)


def withdrawn(cohort: Any = AUTUMN) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application(ADA, cohort),
        cohort_id=cohort,
        person_id=ADA,
        side=PATIENT,
        reason=NO_CONSENT_ANY_MORE,
    )


def of_autumn(*facts: Any) -> Given:
    return given(opened(), *facts)


def test_all_that_is_live_is_taken_back_in_every_cohort() -> None:
    both = [*confirmed(ADA, PATIENT), *opened(SPRING), *applied(ADA, PATIENT, SPRING)]
    done = of_autumn(*both, NO).when(APPLICATIONS)
    assert {*map(repr, done.new)} == {repr(withdrawn()), repr(withdrawn(SPRING))}
    given(done.facts, done.new).when(APPLICATIONS).then_already_so()


def test_what_is_over_stays_as_it_is() -> None:
    said_no = OfferDeclined(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        reason="offer.work",
    )
    here = of_autumn(*applied(ADA, PATIENT))
    for over in (said_no, CohortCompleted(cohort_id=AUTUMN), withdrawn()):
        given(here.facts, over, NO).when(APPLICATIONS).then_already_so()


@pytest.mark.parametrize("wish", [APPLICATIONS, INTEREST, CONTINUATIONS])
def test_nothing_follows_for_who_agrees(wish: Any) -> None:
    interest = InterestExpressed(person_id=ADA)
    here = [*applied(ADA, PATIENT), interest, YES]
    news = ConsentWithdrawn(person_id=ADA, purpose=Purpose.NEWS)
    of_autumn(*here).when(wish).then_already_so()
    of_autumn(*here, news).when(wish).then_already_so()
    of_autumn(*here, NO, YES).when(wish).then_already_so()
    given().when(wish.model_copy(update={"person_id": NOBODY})).then_refused(UnknownPerson)


def test_their_partner_comes_first() -> None:
    here = given(cohort_of(ADA, beside=(BEN,)), active(), NO)
    gone = here.when(APPLICATIONS).then(withdrawn())
    wish = EndForLeaver(cohort_id=AUTUMN, person_id=ADA)
    left = gone.when(wish).then_kinds(PairingEnded, RepairingAsked)
    assert [one.person_id for one in left.facts if isinstance(one, RepairingAsked)] == [BEN]


def test_interest_and_what_came_after_the_programme_end() -> None:
    here = of_autumn(*applied(ADA, PATIENT), InterestExpressed(person_id=ADA), NO)
    over = here.when(INTEREST).then(InterestWithdrawn(person_id=ADA))
    over.when(INTEREST).then_already_so()
    done = given(cohort_of(ADA, beside=(BEN,)), completed(), NO)
    done.when(CONTINUATIONS).then_kinds(ContinuationEnded).when(CONTINUATIONS).then_already_so()


def test_a_completion_that_was_taken_back_holds_nothing_up() -> None:
    done = [*completed()][-1].model_dump(include={*PairingStepTakenBack.model_fields})
    slip = {"step": "completion", "stands": "active", "reason": "pairing.mistake"}
    back = PairingStepTakenBack.model_validate({**done, **slip})
    other = [*cohort_of(ADA, beside=(BEN, BOLA)), *completed(), back, *completed(ADA, BOLA), NO]
    given(other).when(CONTINUATIONS).then_kinds(ContinuationEnded)


def test_to_agree_again_gives_nothing_back_but_lets_one_apply() -> None:
    here = of_autumn(*applied(ADA, PATIENT), NO, withdrawn())
    start = StartApplication(cohort_id=AUTUMN, person_id=ADA, side=PATIENT)
    back = ReinstateApplication(application_id=application(ADA), reason=ReinstatementReason.MISTAKE)
    for wish in (start, back, ExpressInterest(person_id=ADA)):
        here.when(wish).then_refused(TakesNoPart)
    again = given(here.facts, YES)
    again.when(APPLICATIONS).then_already_so()
    again.when(start).then_kinds(ApplicationStarted)
    again.when(back).then_kinds(ApplicationReinstated)


def test_three_things_follow_from_a_consent_for_the_programme_alone() -> None:
    asked = [one for policy in POLICIES[ConsentWithdrawn] for one in policy(recorded(NO))]
    assert {*map(repr, asked)} == {*map(repr, (APPLICATIONS, INTEREST, CONTINUATIONS))}
    news = recorded(ConsentWithdrawn(person_id=ADA, purpose=Purpose.NEWS))
    assert not [one for policy in POLICIES[ConsentWithdrawn] for one in policy(news)]


def test_letters_stop_but_for_the_one_that_says_so() -> None:
    (rule,) = NOTICES[ConsentWithdrawn]
    (last,) = rule(recorded(NO), lambda wanted: wanted)
    other = Notice("offer.made", ADA, "A place", ("You have a place.",))
    reach = folded(Reach(ADA), [*applied(ADA, PATIENT), NO])
    assert may_hear(reach, last)
    assert not may_hear(reach, other)
    assert may_hear(folded(Reach(ADA), [*applied(ADA, PATIENT), NO, YES]), other)
    news = ConsentWithdrawn(person_id=ADA, purpose=Purpose.NEWS)
    assert not [*rule(recorded(news), lambda wanted: wanted)]


def test_once_a_cohort_is_not_over_after_all_they_take_no_part_in_it() -> None:
    over = CohortCompleted(cohort_id=AUTUMN)
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    (wish,) = when_a_cohort_goes_on_after_all(recorded(back))
    here = of_autumn(*confirmed(ADA, PATIENT), *confirmed(CLEO, PATIENT), over, NO)
    here.when(wish, role=Role.SYSTEM).then_already_so()
    again = given(here.facts, back).when(wish, role=Role.SYSTEM).then(withdrawn())
    again.when(wish, role=Role.SYSTEM).then_already_so()
    given().when(wish, role=Role.SYSTEM).then_refused(UnknownCohort)
