"""What follows for decisions when something private was said of somebody: it may be a tie."""

from collections.abc import Iterator

from domain.assessments.doubts import LookAgain
from domain.policy import when
from events.applications import ApplicationReinstated
from events.catalogue import Recorded
from events.people import PersonStated


@when("assessments.when_something_was_stated", PersonStated)
def when_something_was_stated(fact: Recorded[PersonStated]) -> Iterator[LookAgain]:
    """What it was can't be told from outside, so it is looked at whatever it was."""
    yield LookAgain(person_id=fact.event.person_id)


@when("assessments.when_an_application_goes_on", ApplicationReinstated)
def when_an_application_goes_on(fact: Recorded[ApplicationReinstated]) -> Iterator[LookAgain]:
    """What was said meanwhile was not looked at for it."""
    yield LookAgain(person_id=fact.event.person_id)
