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
    """A place is offered, to be accepted by the end of a day; whoever has not answered is reminded
    on another day before it.
    """

    name: ClassVar = "offer.made"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    accept_by: date
    remind_on: date | None = None


class OfferReminderDue(Event):
    """Somebody has not answered an offer yet, and their last day is near."""

    name: ClassVar = "offer.reminder-due"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class OfferDayChanged(Event):
    """The day by the end of which an offer can be accepted is another one now, for a reason."""

    name: ClassVar = "offer.day-changed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    accept_by: date
    remind_on: date | None = None
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class OfferReopened(Event):
    """An offer that was over is open again, for a reason; what is offered follows with it."""

    name: ClassVar = "offer.reopened"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


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


class ReserveOpened(Event):
    """Free places of a cohort are offered to those who wait, until the end of a day."""

    name: ClassVar = "reserve.opened"
    cohort_id: CohortId
    closes_on: date


class ReserveClosed(Event):
    """Nobody waits for a place of a cohort any more."""

    name: ClassVar = "reserve.closed"
    cohort_id: CohortId


class ReserveEnded(Event):
    """Somebody waited for a place until the list closed, and none came free for them."""

    name: ClassVar = "reserve.ended"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


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


class DecisionCorrected(Event):
    """Two co-chairs, one of each side, put right a decision that everybody had heard, for a reason.

    What it comes to now follows with it.
    """

    name: ClassVar = "decision.corrected"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class EmployerAwaited(Event):
    """Somebody said yes, and their employer is to say by the end of a day if they can come; on
    another day before it somebody is to ask them again.
    """

    name: ClassVar = "place.employer-awaited"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    answer_by: date
    remind_on: date


class EmployerReminderDue(Event):
    """An employer has not answered yet, and their day is near."""

    name: ClassVar = "place.employer-reminder-due"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class EmployerSilent(Event):
    """An employer did not answer in time: a coordinator must ask, and then wait on or take the
    offer back. The place is held until they do.
    """

    name: ClassVar = "place.employer-silent"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class EmployerReleaseConfirmed(Event):
    """A healthcare leader's line manager releases them for the programme."""

    name: ClassVar = "place.employer-release-confirmed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class EmployerReleaseLost(Event):
    """A healthcare leader's line manager does not release them after all, for a reason: a
    coordinator must ask, and then confirm it again or take the place back.
    """

    name: ClassVar = "place.employer-release-lost"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class PlaceConfirmed(Event):
    """Somebody is on the cohort."""

    name: ClassVar = "place.confirmed"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side


class PlaceUnconfirmed(Event):
    """Somebody is not on the cohort for now, though their place is kept for them."""

    name: ClassVar = "place.unconfirmed"
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


class PlaceGivenBack(Event):
    """Who had given up their place in error has it again, for a reason."""

    name: ClassVar = "place.given-back"
    application_id: ApplicationId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
