"""What follows when an application is handed in or goes on, its cohort does not take place, or its
person takes no part any more.
"""

from collections.abc import Iterator

from domain.applications.eligibility import ConfirmEligibility
from domain.applications.leaving import WithdrawThoseOf, WithdrawWithoutConsent
from domain.applications.withdrawals import WithdrawApplicationsOf
from domain.decision import Command
from domain.policy import when
from events.applications import ApplicationAmended, ApplicationReinstated, ApplicationSubmitted
from events.catalogue import Recorded
from events.cohorts import CohortCancelled, CohortCompletionTakenBack
from events.people import ConsentWithdrawn, PersonMerged
from events.terms import Purpose


@when("applications.when_application_submitted", ApplicationSubmitted)
def when_application_submitted(fact: Recorded[ApplicationSubmitted]) -> Iterator[Command]:
    """It is held against what the programme asks, in a decision of its own."""
    yield ConfirmEligibility(application_id=fact.event.application_id)


@when("applications.when_application_amended", ApplicationAmended)
def when_application_amended(fact: Recorded[ApplicationAmended]) -> Iterator[Command]:
    """What it says now may be enough, or not any more."""
    yield ConfirmEligibility(application_id=fact.event.application_id)


@when("applications.when_application_reinstated", ApplicationReinstated)
def when_application_reinstated(fact: Recorded[ApplicationReinstated]) -> Iterator[Command]:
    """It may have been taken back before anybody looked; an answer that it has stays."""
    yield ConfirmEligibility(application_id=fact.event.application_id)


@when("applications.when_a_cohort_is_cancelled", CohortCancelled)
def when_a_cohort_is_cancelled(fact: Recorded[CohortCancelled]) -> Iterator[Command]:
    """Whatever they hold is over with them: offers, turns and places, and what follows of these."""
    yield WithdrawApplicationsOf(cohort_id=fact.event.cohort_id)


@when("applications.when_consent_withdrawn", ConsentWithdrawn)
def when_consent_withdrawn(fact: Recorded[ConsentWithdrawn]) -> Iterator[Command]:
    """They take no part any more: places, partners and bookings follow from that."""
    if fact.event.purpose is Purpose.PROGRAMME:
        yield WithdrawThoseOf(person_id=fact.event.person_id)


@when("applications.when_a_cohort_goes_on_after_all", CohortCompletionTakenBack)
def when_a_cohort_goes_on_after_all(fact: Recorded[CohortCompletionTakenBack]) -> Iterator[Command]:
    """Of a cohort that is over nothing is taken back, whoever does not agree any more."""
    yield WithdrawWithoutConsent(cohort_id=fact.event.cohort_id)


@when("applications.when_two_are_one_person", PersonMerged)
def when_two_are_one_person(fact: Recorded[PersonMerged]) -> Iterator[Command]:
    """What they said last of the use of their data holds for all that they had."""
    yield WithdrawThoseOf(person_id=fact.event.person_id)
