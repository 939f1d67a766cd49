"""What follows for partnerships after the programme when somebody takes no part any more."""

from collections.abc import Iterator

from domain.continuation.leaving import EndContinuationsOf
from domain.policy import when
from events.catalogue import Recorded
from events.people import ConsentWithdrawn, PersonMerged
from events.terms import Purpose


@when("continuation.when_consent_withdrawn", ConsentWithdrawn)
def when_consent_withdrawn(fact: Recorded[ConsentWithdrawn]) -> Iterator[EndContinuationsOf]:
    """Nobody is asked any more how it goes on."""
    if fact.event.purpose is Purpose.PROGRAMME:
        yield EndContinuationsOf(person_id=fact.event.person_id)


@when("continuation.when_two_are_one_person", PersonMerged)
def when_two_are_one_person(fact: Recorded[PersonMerged]) -> Iterator[EndContinuationsOf]:
    """What they said last of the use of their data holds for all that they had."""
    yield EndContinuationsOf(person_id=fact.event.person_id)
