"""What is known of a workshop: its plan, its places, and who holds, is promised or awaits one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.decision import Act, Knowledge, Refusal, learns
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.workshops import (
    BY_THE_RULES,
    BookingCancelled,
    CapacityChanged,
    RegisterOverdue,
    RegisterReminderDue,
    RegisterReopened,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopReinstated,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)


@dataclass(frozen=True)
class Promise:
    """A place that is held for somebody who waited, until a moment."""

    until: datetime
    pairing_id: PairingId | None


@dataclass
class Workshop(Knowledge):
    """A workshop's plan as it is now, its places and who holds, is promised or awaits one."""

    workshop_id: WorkshopId | None
    scheduled: WorkshopScheduled | None = None
    moved_from: datetime | None = None
    capacity: int = 0
    booked: set[PersonId] = field(default_factory=set)
    promised: dict[PersonId, Promise] = field(default_factory=dict)
    waiting: dict[PersonId, PairingId | None] = field(default_factory=dict)
    reminded: set[PersonId] = field(default_factory=set)
    held: bool = False
    cancelled: bool = False
    register_reminded: set[date] = field(default_factory=set)
    overdue: set[date] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    @property
    def cohort_id(self) -> CohortId | None:
        return self.scheduled.cohort_id if self.scheduled else None

    @property
    def known(self) -> WorkshopScheduled:
        """Its plan as it is now; refuses a workshop that does not exist."""
        if self.scheduled is None:
            raise UnknownWorkshop
        return self.scheduled

    @property
    def stands_still(self) -> type[Refusal] | None:
        return WorkshopIsCancelled if self.cancelled else None

    @property
    def taken(self) -> int:
        """Places booked and places promised: never more than the capacity (rule 19)."""
        return len(self.booked) + len(self.promised)

    @property
    def free(self) -> int:
        return self.capacity - self.taken

    @property
    def listed(self) -> list[PersonId]:
        """Everybody who has a place, is promised or awaits one, in the order of their ids."""
        return sorted({*self.booked, *self.promised, *self.waiting})

    def has_begun(self, act: Act) -> bool:
        """Whether it is too late for anything but the register."""
        return self.held or act.time >= self.known.starts_at

    def must_be_ahead(self, act: Act) -> WorkshopScheduled:
        """The plan; refuses a workshop that has begun."""
        plan = self.known
        if self.has_begun(act):
            raise WorkshopHasBegun
        return plan

    def keeps_a_place_for(self, person_id: PersonId, act: Act) -> bool:
        """Whether a place is promised to somebody who can still take it."""
        promise = self.promised.get(person_id)
        return promise is not None and act.time < promise.until

    def has_room_for(self, people: Collection[PersonId], act: Act) -> bool:
        """Whether all of them can have a place, and nobody who waits before them is passed over."""
        new = [p for p in people if p not in self.booked and not self.keeps_a_place_for(p, act)]
        return not new or (len(new) <= self.free and not self._others_wait_before(new, people))

    def _others_wait_before(self, some: Collection[PersonId], people: Collection[PersonId]) -> bool:
        """Whether somebody else waits before the last of some; who is not in line comes last."""
        line = list(self.waiting)
        last = max(line.index(one) if one in self.waiting else len(line) for one in some)
        return any(one not in people for one in line[:last])

    @learns(WorkshopScheduled)
    def planned(self, event: WorkshopScheduled) -> None:
        self.scheduled, self.capacity = event, event.capacity

    @learns(WorkshopRescheduled)
    def moved(self, event: WorkshopRescheduled) -> None:
        when = event.model_dump(include={"starts_at", "ends_at", *BY_THE_RULES})
        self.moved_from = self.scheduled.starts_at if self.scheduled else None
        self.scheduled = self.scheduled and self.scheduled.model_copy(update=when)
        self.reminded.clear()

    @learns(WorkshopAmended)
    def amended(self, event: WorkshopAmended) -> None:
        new = {"title": event.title, "venue": event.venue, "number": event.number}
        said = {name: value for name, value in new.items() if value is not None}
        self.scheduled = self.scheduled and self.scheduled.model_copy(update=said)

    @learns(CapacityChanged)
    def resized(self, event: CapacityChanged) -> None:
        self.capacity = event.capacity

    @learns(WorkshopBooked)
    def booking(self, event: WorkshopBooked) -> None:
        self.place_returned(event)
        self.booked.add(event.person_id)

    @learns(WaitingListJoined)
    def awaited(self, event: WaitingListJoined) -> None:
        self.waiting[event.person_id] = event.pairing_id

    @learns(WaitingListOffered)
    def offered(self, event: WaitingListOffered) -> None:
        self.waiting.pop(event.person_id, None)
        self.promised[event.person_id] = Promise(event.until, event.pairing_id)

    @learns(BookingCancelled, WaitingListLapsed)
    def place_returned(self, event: BookingCancelled | WaitingListLapsed | WorkshopBooked) -> None:
        self.booked.discard(event.person_id)
        self.waiting.pop(event.person_id, None)
        self.promised.pop(event.person_id, None)

    @learns(WorkshopReminderDue)
    def reminder(self, event: WorkshopReminderDue) -> None:
        self.reminded.add(event.person_id)

    @learns(WorkshopHeld, RegisterReopened)
    def register(self, event: WorkshopHeld | RegisterReopened) -> None:
        self.held = isinstance(event, WorkshopHeld)
        if isinstance(event, RegisterReopened):
            longer = event.model_dump(include={"close_by", "register_remind_on"})
            self.scheduled = self.scheduled and self.scheduled.model_copy(update=longer)

    @learns(RegisterReminderDue)
    def register_is_reminded(self, event: RegisterReminderDue) -> None:
        self.register_reminded.add(event.close_by)

    @learns(RegisterOverdue)
    def late(self, event: RegisterOverdue) -> None:
        self.overdue.add(event.close_by)

    @learns(WorkshopCancelled, WorkshopReinstated)
    def called_off(self, event: Event) -> None:
        self.cancelled = isinstance(event, WorkshopCancelled)


class UnknownWorkshop(Refusal):
    """We don't know a workshop with this id. Check the id."""

    code = "workshop.unknown"


class WorkshopIsCancelled(Refusal):
    """The workshop does not take place. Please choose another one."""

    code = "workshop.cancelled"


class WorkshopHasBegun(Refusal):
    """The workshop has begun or is over, so this can't be changed any more."""

    code = "workshop.has-begun"


class WorkshopFull(Refusal):
    """All places on this workshop are taken or promised. You can join the waiting list."""

    code = "workshop.full"
