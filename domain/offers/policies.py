"""What follows when a place comes free, somebody waits beside one, or a cohort goes on after all:
who is next has their turn.
"""

from collections.abc import Iterator

from domain.decision import Command
from domain.offers.reserve import PromoteFromReserve
from domain.offers.turns import FREEING, Freed
from domain.policy import when
from events.catalogue import Recorded
from events.cohorts import CohortCompletionTakenBack, CohortPlanAmended
from events.offers import ReserveListed
from events.terms import Side


@when("offers.when_a_place_comes_free", *FREEING)
def when_a_place_comes_free(fact: Recorded[Freed]) -> Iterator[Command]:
    """It is offered on the same side; where nobody waits or nothing was held, nothing follows."""
    yield PromoteFromReserve(cohort_id=fact.event.cohort_id, side=fact.event.side)


@when("offers.when_somebody_waits", ReserveListed)
def when_somebody_waits(fact: Recorded[ReserveListed]) -> Iterator[Command]:
    """Whoever comes on the list beside a free place does not wait until another one is free."""
    yield PromoteFromReserve(cohort_id=fact.event.cohort_id, side=fact.event.side)


@when("offers.when_places_are_planned_otherwise", CohortPlanAmended)
def when_places_are_planned_otherwise(fact: Recorded[CohortPlanAmended]) -> Iterator[Command]:
    """More places are offered to those who wait; of fewer nothing follows."""
    if fact.event.places_per_side is not None:
        for side in Side:
            yield PromoteFromReserve(cohort_id=fact.event.cohort_id, side=side)


@when("offers.when_a_cohort_goes_on_after_all", CohortCompletionTakenBack)
def when_a_cohort_goes_on_after_all(fact: Recorded[CohortCompletionTakenBack]) -> Iterator[Command]:
    """In a cohort that is over nobody has their turn, whatever had come free just before."""
    for side in Side:
        yield PromoteFromReserve(cohort_id=fact.event.cohort_id, side=side)
