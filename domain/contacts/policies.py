"""What follows for contacts when what they were named for is over."""

from collections.abc import Iterator

from domain.contacts.endings import EndContactsOf
from domain.policy import when
from events.applications import ApplicationWithdrawn, EligibilityFailed
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveEnded,
)
from events.people import PersonErased
from events.projects import ProjectCompleted, ProjectStopped

Left = (
    EligibilityFailed
    | ApplicationWithdrawn
    | ApplicationDeclined
    | OfferDeclined
    | OfferLapsed
    | OfferWithdrawn
    | PlaceGivenUp
    | ReserveEnded
    | PersonErased
)


@when(
    "contacts.when_somebody_leaves",
    EligibilityFailed,
    ApplicationWithdrawn,
    ApplicationDeclined,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveEnded,
    PersonErased,
)
def when_somebody_leaves(fact: Recorded[Left]) -> Iterator[EndContactsOf]:
    """Whoever was named for their part in a cohort is not needed; of the erased nobody is kept."""
    yield EndContactsOf(person_id=fact.event.person_id)


@when("contacts.when_a_project_ends", ProjectCompleted, ProjectStopped)
def when_a_project_ends(
    fact: Recorded[ProjectCompleted | ProjectStopped],
) -> Iterator[EndContactsOf]:
    """Its host has nothing more to do with us."""
    yield EndContactsOf(project_id=fact.event.project_id)


@when("contacts.when_a_cohort_is_cancelled", CohortCancelled)
def when_a_cohort_is_cancelled(fact: Recorded[CohortCancelled]) -> Iterator[EndContactsOf]:
    """Nobody is needed for it any more."""
    yield EndContactsOf(cohort_id=fact.event.cohort_id)
