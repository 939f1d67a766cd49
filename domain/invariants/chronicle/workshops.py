"""Who holds, is promised or awaits a place on each workshop, and who learned there."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.workshops import (
    AttendanceCorrected,
    BookingCancelled,
    CapacityChanged,
    MakeUpTakenBack,
    RegisterOverdue,
    RegisterReminderDue,
    RegisterReopened,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopReinstated,
    WorkshopRescheduled,
    WorkshopScheduled,
)


class Held(NamedTuple):
    """A place that somebody holds, is promised (`until` a moment) or awaits, alone or in a pair."""

    at: int
    pairing_id: PairingId | None
    until: datetime | None = None


@dataclass(slots=True)
class WorkshopLife:
    """One workshop: its time and places, who has them, and who attended or made it up. `last` is
    what happened to each person's place last, `changed` when anything did.
    """

    workshop_id: WorkshopId
    cohort_id: CohortId
    number: int
    starts_at: datetime
    ends_at: datetime
    remind_on: date
    doors_open_at: datetime
    kept_until: datetime
    register_due: date
    capacity: int
    scheduled_at: int
    changed: datetime
    capacity_at: int
    moved_at: int = 0
    held_at: int = 0
    first_held_at: int = 0
    cancelled_at: int = 0
    reinstated_at: int = 0
    reopened: datetime | None = None
    late: dict[date, int] = field(default_factory=dict)
    near: dict[date, int] = field(default_factory=dict)
    booked: dict[PersonId, Held] = field(default_factory=dict)
    promised: dict[PersonId, Held] = field(default_factory=dict)
    waiting: dict[PersonId, Held] = field(default_factory=dict)
    last: dict[PersonId, str] = field(default_factory=dict)
    attended: dict[PersonId, int] = field(default_factory=dict)
    made_up: dict[PersonId, int] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """Places booked and places promised."""
        return len(self.booked) + len(self.promised)

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions by which its places are what they are, and by which they are taken."""
        taken = (one.at for one in (*self.booked.values(), *self.promised.values()))
        return self.scheduled_at, self.capacity_at, *taken

    def goes_on(self, now: datetime) -> bool:
        """Whether it is still to come."""
        return not self.cancelled_at and not self.held_at and now < self.starts_at


class WorkshopLives(Learner):
    """All workshops that were scheduled."""

    def __init__(self) -> None:
        self.all: dict[WorkshopId, WorkshopLife] = {}
        self.of_cohort: defaultdict[CohortId, list[WorkshopLife]] = defaultdict(list)

    @learns(WorkshopScheduled)
    def scheduled(self, fact: Recorded[WorkshopScheduled]) -> None:
        """It has its time and its places."""
        event, at = fact.event, fact.envelope.position
        life = WorkshopLife(
            workshop_id=event.workshop_id,
            cohort_id=event.cohort_id,
            number=event.number,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            remind_on=event.remind_on,
            doors_open_at=event.doors_open_at,
            kept_until=event.kept_until,
            register_due=event.close_by,
            capacity=event.capacity,
            scheduled_at=at,
            changed=fact.envelope.recorded,
            capacity_at=at,
        )
        self.all[event.workshop_id] = life
        self.of_cohort[event.cohort_id].append(life)

    @learns(WorkshopRescheduled)
    def moved(self, fact: Recorded[WorkshopRescheduled]) -> None:
        """It has another time."""
        if life := self.all.get(fact.event.workshop_id):
            life.starts_at, life.ends_at = fact.event.starts_at, fact.event.ends_at
            life.remind_on, life.register_due = fact.event.remind_on, fact.event.close_by
            life.doors_open_at, life.kept_until = fact.event.doors_open_at, fact.event.kept_until
            life.moved_at, life.changed = fact.envelope.position, fact.envelope.recorded

    @learns(WorkshopAmended)
    def renumbered(self, fact: Recorded[WorkshopAmended]) -> None:
        """It may have another number."""
        if life := self.all.get(fact.event.workshop_id):
            life.number = fact.event.number or life.number

    @learns(WorkshopReinstated)
    def on_again(self, fact: Recorded[WorkshopReinstated]) -> None:
        """It takes place after all."""
        if life := self.all.get(fact.event.workshop_id):
            life.cancelled_at, life.reinstated_at = 0, fact.envelope.position
            life.changed = fact.envelope.recorded

    @learns(RegisterReopened)
    def open_again(self, fact: Recorded[RegisterReopened]) -> None:
        """Its register is not closed any more."""
        if life := self.all.get(fact.event.workshop_id):
            life.held_at, life.register_due = 0, fact.event.close_by
            life.reopened = fact.envelope.recorded

    @learns(RegisterOverdue)
    def not_closed(self, fact: Recorded[RegisterOverdue]) -> None:
        """Its register should be closed; the first time of each day counts."""
        if life := self.all.get(fact.event.workshop_id):
            life.late.setdefault(fact.event.close_by, fact.envelope.position)

    @learns(RegisterReminderDue)
    def is_near(self, fact: Recorded[RegisterReminderDue]) -> None:
        """The day of its register is near; the first time of each day counts."""
        if life := self.all.get(fact.event.workshop_id):
            life.near.setdefault(fact.event.close_by, fact.envelope.position)

    @learns(CapacityChanged)
    def resized(self, fact: Recorded[CapacityChanged]) -> None:
        """It has more or fewer places."""
        if life := self.all.get(fact.event.workshop_id):
            life.capacity, life.capacity_at = fact.event.capacity, fact.envelope.position
            life.changed = fact.envelope.recorded

    @learns(WorkshopCancelled, WorkshopHeld)
    def over(self, fact: Recorded[Any]) -> None:
        """It does not take place, or has."""
        if life := self.all.get(fact.event.workshop_id):
            if isinstance(fact.event, WorkshopHeld):
                life.held_at = life.held_at or fact.envelope.position
                life.first_held_at = life.first_held_at or fact.envelope.position
            else:
                life.cancelled_at = life.cancelled_at or fact.envelope.position

    @learns(WorkshopBooked, WaitingListJoined, WaitingListOffered)
    def takes(self, fact: Recorded[Any]) -> None:
        """Somebody holds, awaits or is promised a place, and then nothing else of the three."""
        event = fact.event
        if life := self._changed(fact):
            held = Held(fact.envelope.position, event.pairing_id, getattr(event, "until", None))
            if isinstance(event, WaitingListJoined):
                life.waiting[event.person_id] = held
                return
            life.waiting.pop(event.person_id, None)
            if isinstance(event, WaitingListOffered):
                life.promised[event.person_id] = held
            else:
                life.promised.pop(event.person_id, None)
                life.booked[event.person_id] = held

    @learns(BookingCancelled, WaitingListLapsed)
    def gives_back(self, fact: Recorded[Any]) -> None:
        """Somebody holds, awaits and is promised nothing any more."""
        if life := self._changed(fact):
            for places in (life.booked, life.promised, life.waiting):
                places.pop(fact.event.person_id, None)

    def _changed(self, fact: Recorded[Any]) -> WorkshopLife | None:
        life = self.all.get(fact.event.workshop_id)
        if life:
            life.changed = fact.envelope.recorded
            life.last[fact.event.person_id] = fact.event.name
        return life

    @learns(MakeUpTakenBack)
    def not_caught_up(self, fact: Recorded[MakeUpTakenBack]) -> None:
        """Somebody has not caught up after all."""
        if life := self.all.get(fact.event.workshop_id):
            life.made_up.pop(fact.event.person_id, None)

    @learns(WorkshopAttended, WorkshopMadeUp, AttendanceCorrected)
    def learned(self, fact: Recorded[Any]) -> None:
        """Somebody came, or caught up, or it was put right that they did or did not."""
        event, at = fact.event, fact.envelope.position
        if life := self.all.get(event.workshop_id):
            if isinstance(event, WorkshopMadeUp):
                life.made_up[event.person_id] = at
            elif isinstance(event, WorkshopAttended) or event.attended:
                life.attended[event.person_id] = at
            else:
                life.attended.pop(event.person_id, None)
