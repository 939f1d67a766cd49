"""What follows for an interest when somebody takes no part any more."""

from collections.abc import Iterator

from domain.interest.interest import EndInterestOf
from domain.policy import when
from events.catalogue import Recorded
from events.people import ConsentWithdrawn
from events.terms import Purpose


@when("interest.when_consent_withdrawn", ConsentWithdrawn)
def when_consent_withdrawn(fact: Recorded[ConsentWithdrawn]) -> Iterator[EndInterestOf]:
    """Nobody writes to them about the programme."""
    if fact.event.purpose is Purpose.PROGRAMME:
        yield EndInterestOf(person_id=fact.event.person_id)
