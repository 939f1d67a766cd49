"""What has happened on and around the workshops."""

from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.personal import Closed, ForRules, Line, OfCohort
from events.terms import Code, Moment

BY_THE_RULES: Final = frozenset(
    {"remind_on", "doors_open_at", "kept_until", "close_by", "register_remind_on"}
)
"""What of a workshop's time the programme's rules say."""
ScanId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,80}$")]


class WorkshopScheduled(Event):
    """A day of training has its time, its venue and its places. `number` orders the training.

    From `remind_on`, a day in London, everybody who booked is reminded; from `doors_open_at` on
    people are scanned in. A single place is kept for two who are first in line until `kept_until`.
    By the end of `close_by` the register is to be closed; on `register_remind_on` those who hold it
    are reminded.
    """

    name: ClassVar = "workshop.scheduled"
    workshop_id: WorkshopId
    cohort_id: CohortId
    number: Annotated[int, Field(ge=1, le=12)]
    title: Annotated[Closed[Line], OfCohort(of="cohort_id")]
    starts_at: Moment
    ends_at: Moment
    venue: Annotated[Closed[Line], OfCohort(of="cohort_id")]
    capacity: Annotated[int, Field(ge=1, le=500)]
    remind_on: date
    doors_open_at: Moment
    kept_until: Moment
    close_by: date
    register_remind_on: date | None = None


class WorkshopRescheduled(Event):
    """A workshop moves to another time, for a reason; what follows from its time moves with it."""

    name: ClassVar = "workshop.rescheduled"
    workshop_id: WorkshopId
    cohort_id: CohortId
    starts_at: Moment
    ends_at: Moment
    remind_on: date
    doors_open_at: Moment
    kept_until: Moment
    close_by: date
    register_remind_on: date | None = None
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class WorkshopAmended(Event):
    """A workshop has another title, venue or number, for a reason; what is absent stays."""

    name: ClassVar = "workshop.amended"
    workshop_id: WorkshopId
    cohort_id: CohortId
    title: Annotated[Closed[Line] | None, OfCohort(of="cohort_id")] = None
    venue: Annotated[Closed[Line] | None, OfCohort(of="cohort_id")] = None
    number: Annotated[int, Field(ge=1, le=12)] | None = None
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class WorkshopCancelled(Event):
    """A workshop does not take place, for a reason."""

    name: ClassVar = "workshop.cancelled"
    workshop_id: WorkshopId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class WorkshopReinstated(Event):
    """A workshop that was cancelled by mistake takes place after all, as `number` of its cohort."""

    name: ClassVar = "workshop.reinstated"
    workshop_id: WorkshopId
    cohort_id: CohortId
    number: Annotated[int, Field(ge=1, le=12)]
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class CapacityChanged(Event):
    """A workshop has more or fewer places, for a reason."""

    name: ClassVar = "workshop.capacity-changed"
    workshop_id: WorkshopId
    cohort_id: CohortId
    capacity: Annotated[int, Field(ge=1, le=500)]
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class WorkshopBooked(Event):
    """A participant holds a place on a workshop."""

    name: ClassVar = "workshop.booked"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    pairing_id: PairingId | None = None


class WaitingListJoined(Event):
    """A participant waits for a place on a workshop."""

    name: ClassVar = "workshop.waiting-list-joined"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    pairing_id: PairingId | None = None


class WaitingListOffered(Event):
    """A place has come free for somebody who waits, and is held for them until a moment."""

    name: ClassVar = "workshop.waiting-list-offered"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    until: Moment
    pairing_id: PairingId | None = None


class WaitingListLapsed(Event):
    """A held place was not taken in time."""

    name: ClassVar = "workshop.waiting-list-lapsed"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId


class BookingCancelled(Event):
    """A participant gives their place, or their wait for one, back."""

    name: ClassVar = "workshop.booking-cancelled"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class WorkshopReminderDue(Event):
    """It is time to remind everybody who booked."""

    name: ClassVar = "workshop.reminder-due"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId


class WorkshopAttended(Event):
    """A participant came; the scan at the door says when."""

    name: ClassVar = "workshop.attended"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    scan_id: Annotated[Closed[ScanId], OfCohort(of="cohort_id", even=128)]
    scanned_at: Moment
    walk_in: bool = False


class WorkshopMissed(Event):
    """A participant had a place and did not come."""

    name: ClassVar = "workshop.missed"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId


class AttendanceCorrected(Event):
    """What was recorded of somebody's attendance was wrong; this is how it was."""

    name: ClassVar = "workshop.attendance-corrected"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    attended: bool
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class WorkshopMadeUp(Event):
    """A participant has caught up on what they missed."""

    name: ClassVar = "workshop.made-up"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    how: Annotated[Closed[Code], ForRules(of="person_id")]


class MakeUpTakenBack(Event):
    """A participant has not caught up on what they missed: it was recorded by mistake."""

    name: ClassVar = "workshop.make-up-taken-back"
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class WorkshopHeld(Event):
    """A workshop has taken place and its register is complete."""

    name: ClassVar = "workshop.held"
    workshop_id: WorkshopId
    cohort_id: CohortId


class RegisterReopened(Event):
    """A register that was closed by mistake is open again, and to be closed by the end of a day.

    Nobody counts as having missed the workshop until then.
    """

    name: ClassVar = "workshop.register-reopened"
    workshop_id: WorkshopId
    cohort_id: CohortId
    close_by: date
    register_remind_on: date | None = None
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class RegisterReminderDue(Event):
    """A register is not closed yet, and the last day for it is near."""

    name: ClassVar = "workshop.register-reminder-due"
    workshop_id: WorkshopId
    cohort_id: CohortId
    close_by: date


class RegisterOverdue(Event):
    """A workshop is over, and nobody closed its register in time: somebody must ask who came."""

    name: ClassVar = "workshop.register-overdue"
    workshop_id: WorkshopId
    cohort_id: CohortId
    close_by: date


class TrainingCompleted(Event):
    """A participant has attended or made up every required workshop."""

    name: ClassVar = "training.completed"
    person_id: PersonId
    cohort_id: CohortId


class TrainingReopened(Event):
    """A correction shows that a participant's training is not complete after all."""

    name: ClassVar = "training.reopened"
    person_id: PersonId
    cohort_id: CohortId
