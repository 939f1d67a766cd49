"""What follows by itself when a place on a workshop comes free, somebody leaves a cohort, or the
cohort is cancelled or goes on after all.
"""

from collections.abc import Iterator

from domain.policy import when
from domain.workshops.bookings import ReleaseBookings
from domain.workshops.changes import CancelWorkshopsOf
from domain.workshops.turns import OfferHeldPlaces, OfferInCohort, OfferToEach
from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.cohorts import CohortCancelled, CohortCompletionTakenBack
from events.offers import PlaceGivenUp, PlaceUnconfirmed
from events.pairings import PairingCompleted, PairingEnded, PairingHeld, PairingPaused
from events.workshops import (
    BookingCancelled,
    CapacityChanged,
    WaitingListJoined,
    WaitingListLapsed,
    WorkshopReinstated,
)


@when("workshops.when_booking_cancelled", BookingCancelled)
def when_booking_cancelled(fact: Recorded[BookingCancelled]) -> Iterator[OfferHeldPlaces]:
    """The place goes to those who wait."""
    yield OfferHeldPlaces(workshop_id=fact.event.workshop_id)


@when("workshops.when_capacity_changed", CapacityChanged)
def when_capacity_changed(fact: Recorded[CapacityChanged]) -> Iterator[OfferHeldPlaces]:
    """New places go to those who wait."""
    yield OfferHeldPlaces(workshop_id=fact.event.workshop_id)


@when("workshops.when_held_place_lapsed", WaitingListLapsed)
def when_held_place_lapsed(fact: Recorded[WaitingListLapsed]) -> Iterator[OfferHeldPlaces]:
    """The place goes to the next who wait."""
    yield OfferHeldPlaces(workshop_id=fact.event.workshop_id)


@when("workshops.when_workshop_reinstated", WorkshopReinstated)
def when_workshop_reinstated(fact: Recorded[WorkshopReinstated]) -> Iterator[OfferHeldPlaces]:
    """Whoever left meanwhile has left a place to those who wait."""
    yield OfferHeldPlaces(workshop_id=fact.event.workshop_id)


@when("workshops.when_waiting_list_joined", WaitingListJoined)
def when_waiting_list_joined(fact: Recorded[WaitingListJoined]) -> Iterator[OfferHeldPlaces]:
    """A single place that is too few for the pair in front may suit who has just joined."""
    yield OfferHeldPlaces(workshop_id=fact.event.workshop_id)


@when("workshops.when_two_part", PairingPaused, PairingHeld, PairingEnded, PairingCompleted)
def when_two_part(
    fact: Recorded[PairingPaused | PairingHeld | PairingEnded | PairingCompleted],
) -> Iterator[OfferToEach]:
    """Who waited for two places waits alone now, and a single place may suit them."""
    yield OfferToEach(pairing_id=fact.event.pairing_id)


@when(
    "workshops.when_somebody_leaves_the_cohort",
    PlaceGivenUp,
    PlaceUnconfirmed,
    ApplicationWithdrawn,
)
def when_somebody_leaves_the_cohort(
    fact: Recorded[PlaceGivenUp | PlaceUnconfirmed | ApplicationWithdrawn],
) -> Iterator[ReleaseBookings]:
    """Their places on workshops go to others; who has none, or stays after all, loses none."""
    yield ReleaseBookings(cohort_id=fact.event.cohort_id, person_id=fact.event.person_id)


@when("workshops.when_a_cohort_is_cancelled", CohortCancelled)
def when_a_cohort_is_cancelled(fact: Recorded[CohortCancelled]) -> Iterator[CancelWorkshopsOf]:
    """None of its workshops takes place that is still to come."""
    yield CancelWorkshopsOf(cohort_id=fact.event.cohort_id)


@when("workshops.when_a_cohort_goes_on_after_all", CohortCompletionTakenBack)
def when_a_cohort_goes_on_after_all(
    fact: Recorded[CohortCompletionTakenBack],
) -> Iterator[OfferInCohort]:
    """In a cohort that is over no place goes to who waits, whichever came free meanwhile."""
    yield OfferInCohort(cohort_id=fact.event.cohort_id)
