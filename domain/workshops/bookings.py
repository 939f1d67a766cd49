"""What may happen to the places of a workshop: booked by one or by a pair, and given back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort, UnknownCohort
from domain.decision import Act, Command, Decides, Each, Know, Knowledge, learns
from domain.offers.offer import Membership
from domain.pairings.pairing import Pairing
from domain.pairings.together import must_act_for, must_lead_together
from domain.people.person import Person, UnknownPerson
from domain.reasons import SaidOfBooking
from domain.workshops.sessions import ELSEWHERE, OtherSessions, other_sessions
from domain.workshops.workshop import Workshop, WorkshopFull
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.terms import Role
from events.workshops import BookingCancelled, WaitingListJoined, WorkshopBooked

PLACES = frozenset({Role.PARTICIPANT, Role.COORDINATOR, Role.FACILITATOR})


@dataclass
class Bookings(Knowledge):
    """On which workshops of a cohort somebody ever had a place or waited for one."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    person_id: PersonId | None
    workshops: set[WorkshopId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    @learns(WorkshopBooked, WaitingListJoined)
    def asked(self, event: WorkshopBooked | WaitingListJoined) -> None:
        self.workshops.add(event.workshop_id)


class BookingCancelReason(StrEnum):
    """Why somebody gives a place, or their wait for one, back."""

    CANNOT_COME = "booking.cannot-come"
    UNWELL = "booking.unwell"
    WORK = "booking.needed-at-work"
    CARING = "booking.caring-for-someone"
    TRAVEL = "booking.travel-too-hard"
    LEFT = "booking.left-the-cohort"
    ANOTHER_SESSION = ELSEWHERE
    EMPLOYER = "booking.employer-no-longer-releases"
    OTHER = "booking.other-reason"


class BookWorkshop(Command, Decides[Workshop, Membership, OtherSessions]):
    """A participant books a place on a workshop of their cohort, on one of its sessions."""

    name: ClassVar = "workshop.book"
    roles: ClassVar = PLACES
    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop, Membership, OtherSessions]:
        workshop = know(Workshop(self.workshop_id))
        member = know(Membership(workshop.cohort_id, self.person_id))
        return workshop, member, other_sessions(know, workshop, [self.person_id])

    def decide(
        self, act: Act, workshop: Workshop, membership: Membership, others: OtherSessions
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.known
        membership.must_be_confirmed()
        if self.person_id in workshop.booked:
            return
        workshop.must_be_ahead(act)
        others.must_leave_open_to([self.person_id], act)
        if not workshop.has_room_for([self.person_id], act):
            raise WorkshopFull
        yield WorkshopBooked(
            workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=self.person_id
        )
        yield from others.waited_for([self.person_id], act)


class BookAsPair(Command, Decides[Workshop, Pairing, tuple[Membership, ...], OtherSessions]):
    """One of a pair books for both: both places or none (rule 20)."""

    name: ClassVar = "workshop.book-as-pair"
    roles: ClassVar = PLACES
    workshop_id: WorkshopId
    pairing_id: PairingId
    person_id: PersonId | None = None

    def needs(self, know: Know) -> tuple[Workshop, Pairing, tuple[Membership, ...], OtherSessions]:
        workshop, pairing = know(Workshop(self.workshop_id)), know(Pairing(self.pairing_id))
        others = other_sessions(know, workshop, pairing.about)
        return workshop, pairing, memberships(know, workshop, pairing.about), others

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        pairing: Pairing,
        members: tuple[Membership, ...],
        others: OtherSessions,
    ) -> Iterator[Event]:
        plan = workshop.known
        must_lead_together(pairing, plan.cohort_id)
        must_act_for(act, pairing, self.person_id)
        all_must_be_confirmed(members)
        new = [one for one in pairing.both if one not in workshop.booked]
        if not new:
            return
        workshop.must_be_ahead(act)
        others.must_leave_open_to(new, act)
        if not workshop.has_room_for(pairing.both, act):
            raise WorkshopFull
        for person_id in new:
            yield WorkshopBooked(
                workshop_id=self.workshop_id,
                cohort_id=plan.cohort_id,
                person_id=person_id,
                pairing_id=self.pairing_id,
            )
        yield from others.waited_for(new, act)


class CancelBooking(Command, Decides[Workshop, Membership, SaidOfBooking]):
    """Somebody gives their place, their promised place or their wait for one back; or says another
    reason why they have.
    """

    name: ClassVar = "workshop.cancel-booking"
    roles: ClassVar = PLACES | {Role.SYSTEM}
    workshop_id: WorkshopId
    person_id: PersonId
    reason: BookingCancelReason

    def needs(self, know: Know) -> tuple[Workshop, Membership, SaidOfBooking]:
        workshop = know(Workshop(self.workshop_id))
        said = know(SaidOfBooking(self.workshop_id, self.person_id))
        return workshop, know(Membership(workshop.cohort_id, self.person_id)), said

    def decide(
        self, act: Act, workshop: Workshop, membership: Membership, said: SaidOfBooking
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.known
        if not is_listed(workshop, self.person_id):
            membership.must_be_confirmed()
            yield from said.otherwise(BookingCancelled, self.reason)
            return
        workshop.must_be_ahead(act)
        yield BookingCancelled(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            reason=self.reason.value,
        )


class ReleaseBookings(Command, Decides[Cohort, Person, Membership, Each[Workshop]]):
    """The places of somebody who left a cohort go to others, as far as they are still to come.

    Also of somebody who was erased: or their place would be kept from those who wait.
    """

    name: ClassVar = "workshop.release-bookings"
    cohort_id: CohortId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Cohort, Person, Membership, Each[Workshop]]:
        bookings = know(Bookings(self.cohort_id, self.person_id))
        workshops = Each(know(Workshop(one)) for one in sorted(bookings.workshops))
        membership = know(Membership(self.cohort_id, self.person_id))
        return know(Cohort(self.cohort_id)), know(Person(self.person_id)), membership, workshops

    def decide(
        self,
        act: Act,
        cohort: Cohort,
        person: Person,
        membership: Membership,
        workshops: Each[Workshop],
    ) -> Iterator[Event]:
        if cohort.plan is None:
            raise UnknownCohort
        if not person.registered:
            raise UnknownPerson
        if membership.confirmed:
            return
        left = BookingCancelReason.EMPLOYER if membership.unreleased else BookingCancelReason.LEFT
        for workshop in workshops:
            if is_listed(workshop, self.person_id) and not workshop.has_begun(act):
                yield BookingCancelled(
                    workshop_id=workshop.known.workshop_id,
                    cohort_id=self.cohort_id,
                    person_id=self.person_id,
                    reason=left.value,
                )


def is_listed(workshop: Workshop, person_id: PersonId) -> bool:
    """Whether somebody holds, is promised or awaits a place."""
    return person_id in workshop.listed


def memberships(
    know: Know, workshop: Workshop, people: tuple[PersonId, ...]
) -> tuple[Membership, ...]:
    """Whether each of these people is on the workshop's cohort."""
    return tuple(know(Membership(workshop.cohort_id, one)) for one in people)


def all_must_be_confirmed(members: tuple[Membership, ...]) -> None:
    """Refuses if one of them is not on the cohort."""
    for member in members:
        member.must_be_confirmed()
