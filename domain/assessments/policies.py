"""What follows for decisions when something private was said of somebody, which may be a tie, or
when an assessor is one no more.
"""

from collections.abc import Iterator

from domain.assessments.doubts import LookAgain, LookAtAllAgain
from domain.assessments.standing_down import StandDown
from domain.decision import Command
from domain.policy import when
from events.applications import ApplicationReinstated
from events.catalogue import Recorded
from events.cohorts import CohortCompletionTakenBack
from events.people import PersonMerged, PersonStated
from events.roles import RoleWithdrawn
from events.terms import Role


@when("assessments.when_something_was_stated", PersonStated)
def when_something_was_stated(fact: Recorded[PersonStated]) -> Iterator[LookAgain]:
    """What it was can't be told from outside, so it is looked at whatever it was."""
    yield LookAgain(person_id=fact.event.person_id)


@when("assessments.when_an_application_goes_on", ApplicationReinstated)
def when_an_application_goes_on(fact: Recorded[ApplicationReinstated]) -> Iterator[LookAgain]:
    """What was said meanwhile was not looked at for it."""
    yield LookAgain(person_id=fact.event.person_id)


@when("assessments.when_an_assessor_applies", RoleWithdrawn)
def when_an_assessor_applies(fact: Recorded[RoleWithdrawn]) -> Iterator[Command]:
    """Who stepped down for another reason is asked about too: they may apply by now."""
    event = fact.event
    if event.role is Role.ASSESSOR and event.cohort_id:
        yield StandDown(cohort_id=event.cohort_id, assessor_id=event.person_id)


@when("assessments.when_a_cohort_goes_on_after_all", CohortCompletionTakenBack)
def when_a_cohort_goes_on_after_all(fact: Recorded[CohortCompletionTakenBack]) -> Iterator[Command]:
    """Of a cohort that is over nothing is looked at, whatever is said."""
    yield LookAtAllAgain(cohort_id=fact.event.cohort_id)


@when("assessments.when_two_are_one_person", PersonMerged)
def when_two_are_one_person(fact: Recorded[PersonMerged]) -> Iterator[Command]:
    """Somebody may be close to whom they assessed, or who assessed them."""
    yield LookAgain(person_id=fact.event.person_id)
