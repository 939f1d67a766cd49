"""What follows when an assessor is one no more."""

from collections.abc import Iterator

from domain.assessments.standing_down import StandDown
from domain.decision import Command
from domain.policy import when
from events.catalogue import Recorded
from events.roles import RoleWithdrawn
from events.terms import Role


@when("assessments.when_an_assessor_applies", RoleWithdrawn)
def when_an_assessor_applies(fact: Recorded[RoleWithdrawn]) -> Iterator[Command]:
    """Who stepped down for another reason is asked about too: they may apply by now."""
    event = fact.event
    if event.role is Role.ASSESSOR and event.cohort_id:
        yield StandDown(cohort_id=event.cohort_id, assessor_id=event.person_id)
