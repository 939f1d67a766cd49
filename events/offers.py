"""What has happened to the places of a cohort once decisions are released."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Closed, ForRules, OfCohort
from events.terms import Code, Side

Turn = Annotated[int, Field(ge=1)]


class OfferMade(Event):
    """A place is offered, to be accepted by the end of a day."""

    name: ClassVar = "offer.made"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    accept_by: date


class OfferAccepted(Event):
    """Somebody takes the place that they were offered."""

    name: ClassVar = "offer.accepted"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class OfferDeclined(Event):
    """Somebody does not take the place that they were offered."""

    name: ClassVar = "offer.declined"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class OfferLapsed(Event):
    """Nobody answered an offer in time."""

    name: ClassVar = "offer.lapsed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class OfferWithdrawn(Event):
    """The programme takes an offer back, for a reason."""

    name: ClassVar = "offer.withdrawn"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class ReserveListed(Event):
    """Somebody waits for a place; `place` counts from 1 on their side."""

    name: ClassVar = "reserve.listed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    place: Annotated[Closed[Turn], OfCohort(of="cohort_id")]
    reasons: Annotated[Closed[tuple[Code, ...]], ForRules(of="person_id", even=256)]


class ReserveReordered(Event):
    """Somebody's turn on the reserve list changes, for a reason."""

    name: ClassVar = "reserve.reordered"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    place: Annotated[Closed[Turn], OfCohort(of="cohort_id")]
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class ReservePromoted(Event):
    """Somebody's turn on the reserve list has come."""

    name: ClassVar = "reserve.promoted"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class ApplicationDeclined(Event):
    """Somebody has no place this time, for reasons that they are shown."""

    name: ClassVar = "application.declined"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reasons: Annotated[Closed[tuple[Code, ...]], ForRules(of="person_id", even=256)]


class EmployerReleaseConfirmed(Event):
    """A healthcare leader's line manager releases them for the programme."""

    name: ClassVar = "place.employer-release-confirmed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class PlaceConfirmed(Event):
    """Somebody is on the cohort."""

    name: ClassVar = "place.confirmed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class PlaceGivenUp(Event):
    """Somebody leaves the cohort, for a reason."""

    name: ClassVar = "place.given-up"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
