"""What follows for partnerships after the programme when somebody takes no part any more."""

from collections.abc import Iterator

from domain.continuation.leaving import EndContinuationsOf
from domain.policy import when
from events.catalogue import Recorded
from events.people import ConsentWithdrawn
from events.terms import Purpose


@when("continuation.when_consent_withdrawn", ConsentWithdrawn)
def when_consent_withdrawn(fact: Recorded[ConsentWithdrawn]) -> Iterator[EndContinuationsOf]:
    """Nobody is asked any more how it goes on."""
    if fact.event.purpose is Purpose.PROGRAMME:
        yield EndContinuationsOf(person_id=fact.event.person_id)
