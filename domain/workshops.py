"""What may happen on and around the workshops."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.offers import Membership
from events.event import Event
from events.ids import CohortId, PersonId, WorkshopId
from events.terms import Role
from events.workshops import BookingCancelled, WorkshopBooked, WorkshopScheduled


@dataclass
class Workshop(Knowledge):
    """A workshop's places and who holds them."""

    workshop_id: WorkshopId | None
    scheduled: WorkshopScheduled | None = None
    capacity: int = 0
    booked: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    @property
    def cohort_id(self) -> CohortId | None:
        return self.scheduled.cohort_id if self.scheduled else None

    @property
    def known(self) -> WorkshopScheduled:
        """Its plan; refuses a workshop that does not exist."""
        if self.scheduled is None:
            raise UnknownWorkshop
        return self.scheduled

    @learns(WorkshopScheduled)
    def planned(self, event: WorkshopScheduled) -> None:
        self.scheduled, self.capacity = event, event.capacity

    @learns(WorkshopBooked)
    def booking(self, event: WorkshopBooked) -> None:
        self.booked.add(event.person_id)

    @learns(BookingCancelled)
    def place_returned(self, event: BookingCancelled) -> None:
        self.booked.discard(event.person_id)


class UnknownWorkshop(Refusal):
    """We don't know a workshop with this id. Check the id."""

    code = "workshop.unknown"


class WorkshopFull(Refusal):
    """All places on this workshop are taken. You can join the waiting list."""

    code = "workshop.full"


class BookWorkshop(Command, Decides[Workshop, Membership]):
    """A participant books a place on a workshop of their cohort."""

    name: ClassVar = "workshop.book"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR, Role.FACILITATOR})
    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop, Membership]:
        workshop = know(Workshop(self.workshop_id))
        return workshop, know(Membership(workshop.cohort_id, self.person_id))

    def decide(self, act: Act, workshop: Workshop, membership: Membership) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.known
        membership.must_be_confirmed()
        if self.person_id in workshop.booked:
            return
        if len(workshop.booked) >= workshop.capacity:
            raise WorkshopFull
        yield WorkshopBooked(
            workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=self.person_id
        )
