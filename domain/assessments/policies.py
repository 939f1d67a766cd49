"""What follows for decisions when a cohort goes on after all, or an assessor is one no more."""

from collections.abc import Iterator

from domain.assessments.days import AwaitAgain
from domain.assessments.doubts import LookAtAllAgain
from domain.assessments.standing_down import StandDown
from domain.decision import Command
from domain.policy import when
from events.applications import ApplicationAmended, ApplicationReinstated
from events.catalogue import Recorded
from events.cohorts import CohortCompletionTakenBack
from events.roles import RoleWithdrawn
from events.terms import Role


@when("assessments.when_it_is_to_be_scored_again", ApplicationAmended, ApplicationReinstated)
def when_it_is_to_be_scored_again(
    fact: Recorded[ApplicationAmended | ApplicationReinstated],
) -> Iterator[AwaitAgain]:
    """Nobody's time to score it began before they could."""
    yield AwaitAgain(application_id=fact.event.application_id)


@when("assessments.when_an_assessor_applies", RoleWithdrawn)
def when_an_assessor_is_one_no_more(fact: Recorded[RoleWithdrawn]) -> Iterator[Command]:
    """Whatever the reason, what they had yet to score is somebody else's."""
    event = fact.event
    if event.role is Role.ASSESSOR and event.cohort_id:
        yield StandDown(cohort_id=event.cohort_id, assessor_id=event.person_id)


@when("assessments.when_a_cohort_goes_on_after_all", CohortCompletionTakenBack)
def when_a_cohort_goes_on_after_all(fact: Recorded[CohortCompletionTakenBack]) -> Iterator[Command]:
    """Of a cohort that is over nothing is looked at, whatever is said."""
    yield LookAtAllAgain(cohort_id=fact.event.cohort_id)
