"""What of a workshop stands in people's own calendars, and how often it was changed there.

RFC 5546 tells which of two messages about one entry counts by a number that grows with each change:
here it is counted from the facts, so that it is the same whenever a message is worded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from domain.decision import Knowledge, learns
from domain.notice import Appointment, said
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.workshops import (
    BookingCancelled,
    WorkshopAmended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopReinstated,
    WorkshopRescheduled,
    WorkshopScheduled,
)


class Entry(NamedTuple):
    """How often somebody's entry was changed, and whether they have a place."""

    sequence: int
    has_place: bool


@dataclass
class CalendarEntries(Knowledge):
    """The entries of everybody who ever had a place on a workshop."""

    unopened: ClassVar = True
    workshop_id: WorkshopId | None
    entries: dict[PersonId, Entry] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    def of(self, plan: WorkshopScheduled, person_id: PersonId) -> Appointment | None:
        """What goes into somebody's calendar; None if they never had a place."""
        entry = self.entries.get(person_id)
        if entry is None:
            return None
        return Appointment(
            uid=plan.workshop_id,
            title=said(plan.title, "our workshop"),
            place=said(plan.venue, "the venue"),
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            sequence=entry.sequence,
            cancelled=not entry.has_place,
        )

    def called_off(self, plan: WorkshopScheduled, person_id: PersonId) -> Appointment | None:
        """What takes the workshop out of somebody's calendar."""
        found = self.of(plan, person_id)
        return found and replace(found, cancelled=True)

    @learns(WorkshopBooked)
    def booked(self, event: WorkshopBooked) -> None:
        before = self.entries.get(event.person_id)
        sequence = before.sequence + 1 if before else 0
        self.entries[event.person_id] = Entry(sequence, has_place=True)

    @learns(BookingCancelled)
    def gave_back(self, event: BookingCancelled) -> None:
        if (before := self.entries.get(event.person_id)) and before.has_place:
            self.entries[event.person_id] = Entry(before.sequence + 1, has_place=False)

    @learns(WorkshopRescheduled, WorkshopAmended, WorkshopCancelled, WorkshopReinstated)
    def changed(self, _: Event) -> None:
        for person_id, before in self._with_place():
            self.entries[person_id] = before._replace(sequence=before.sequence + 1)

    def _with_place(self) -> Iterable[tuple[PersonId, Entry]]:
        return [(person_id, one) for person_id, one in self.entries.items() if one.has_place]
