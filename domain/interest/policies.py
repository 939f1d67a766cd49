"""What follows for an interest when somebody takes no part any more."""

from collections.abc import Iterator

from domain.interest.interest import EndInterestOf
from domain.policy import when
from events.catalogue import Recorded
from events.people import ConsentWithdrawn, PersonMerged
from events.terms import Purpose


@when("interest.when_consent_withdrawn", ConsentWithdrawn)
def when_consent_withdrawn(fact: Recorded[ConsentWithdrawn]) -> Iterator[EndInterestOf]:
    """Nobody writes to them about the programme."""
    if fact.event.purpose is Purpose.PROGRAMME:
        yield EndInterestOf(person_id=fact.event.person_id)


@when("interest.when_two_are_one_person", PersonMerged)
def when_two_are_one_person(fact: Recorded[PersonMerged]) -> Iterator[EndInterestOf]:
    """What they said last of the use of their data holds for all that they had."""
    yield EndInterestOf(person_id=fact.event.person_id)
