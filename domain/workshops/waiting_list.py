"""What people do on a waiting list: join it, take a place that is held, or let it lapse."""

from collections.abc import Iterator
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.offers.offer import Membership
from domain.pairings.pairing import Pairing, PairingState
from domain.pairings.together import must_act_for, must_lead_together
from domain.workshops.bookings import PLACES, all_must_be_confirmed, memberships
from domain.workshops.sessions import OtherSessions, other_sessions
from domain.workshops.workshop import Workshop
from events.event import Event
from events.ids import PairingId, PersonId, WorkshopId
from events.workshops import (
    WaitingListJoined,
    WaitingListLapsed,
    WorkshopBooked,
)


class PlacesFree(Refusal):
    """There are free places on this workshop. Please book a place instead of waiting."""

    code = "workshop.places-free"


class NoPlaceHeld(Refusal):
    """No place is held for you on this workshop just now. You can join the waiting list."""

    code = "workshop.no-place-held"


class HeldPlaceOver(Refusal):
    """The time to take this place is over. You can join the waiting list again."""

    code = "workshop.held-place-over"


class PlaceStillHeld(TooEarly):
    """The place is still held for the person who waited. Please wait until their time is over."""

    code = "workshop.place-still-held"


class JoinWaitingList(Command, Decides[Workshop, Pairing, tuple[Membership, ...], OtherSessions]):
    """A participant waits for a place on a full workshop; a pair waits for two together."""

    name: ClassVar = "workshop.join-waiting-list"
    roles: ClassVar = PLACES
    workshop_id: WorkshopId
    person_id: PersonId
    pairing_id: PairingId | None = None

    def needs(self, know: Know) -> tuple[Workshop, Pairing, tuple[Membership, ...], OtherSessions]:
        workshop, pairing = know(Workshop(self.workshop_id)), know(Pairing(self.pairing_id))
        people = (self.person_id, *pairing.about)
        others = other_sessions(know, workshop, people)
        return workshop, pairing, memberships(know, workshop, people), others

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        pairing: Pairing,
        members: tuple[Membership, ...],
        others: OtherSessions,
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.must_be_ahead(act)
        if self.pairing_id is not None:
            must_lead_together(pairing, plan.cohort_id)
            must_act_for(act, pairing, self.person_id)
        all_must_be_confirmed(members)
        people = pairing.about or (self.person_id,)
        new = [one for one in people if not self._waits(workshop, one)]
        others.must_leave_open_to(new, act)
        if new and workshop.has_room_for(people, act):
            raise PlacesFree
        for person_id in new:
            yield WaitingListJoined(
                workshop_id=self.workshop_id,
                cohort_id=plan.cohort_id,
                person_id=person_id,
                pairing_id=self.pairing_id,
            )

    def _waits(self, workshop: Workshop, person_id: PersonId) -> bool:
        if person_id in workshop.booked or person_id in workshop.promised:
            return True
        if person_id not in workshop.waiting:
            return False
        return self.pairing_id in (None, workshop.waiting[person_id])


class TakeHeldPlace(Command, Decides[Workshop, Pairing, tuple[Membership, ...], OtherSessions]):
    """Somebody takes the place that is held for them; one of a pair takes both (rule 20)."""

    name: ClassVar = "workshop.take-held-place"
    roles: ClassVar = PLACES
    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop, Pairing, tuple[Membership, ...], OtherSessions]:
        workshop = know(Workshop(self.workshop_id))
        promise = workshop.promised.get(self.person_id)
        pairing = know(Pairing(promise.pairing_id if promise else None))
        people = (self.person_id, *self._partner(workshop, pairing))
        others = other_sessions(know, workshop, people)
        return workshop, pairing, memberships(know, workshop, people), others

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        pairing: Pairing,
        members: tuple[Membership, ...],
        others: OtherSessions,
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.known
        all_must_be_confirmed(members)
        if self.person_id in workshop.booked:
            return
        workshop.must_be_ahead(act)
        self._must_be_held(act, workshop)
        partner = tuple(self._partner(workshop, pairing))
        others.must_leave_open_to((self.person_id, *partner), act)
        for person_id in (self.person_id, *partner):
            yield WorkshopBooked(
                workshop_id=self.workshop_id,
                cohort_id=plan.cohort_id,
                person_id=person_id,
                pairing_id=pairing.pairing_id if partner else None,
            )
        yield from others.waited_for((self.person_id, *partner), act)

    def _must_be_held(self, act: Act, workshop: Workshop) -> None:
        if self.person_id not in workshop.promised:
            raise NoPlaceHeld
        if not workshop.keeps_a_place_for(self.person_id, act):
            raise HeldPlaceOver

    def _partner(self, workshop: Workshop, pairing: Pairing) -> Iterator[PersonId]:
        """The partner, if both still lead together and their places are held together."""
        if pairing.state is PairingState.ACTIVE:
            for one in pairing.both:
                promise = workshop.promised.get(one)
                together = promise is not None and promise.pairing_id == pairing.pairing_id
                if together and one != self.person_id:
                    yield one


class LapseHeldPlace(Command, Decides[Workshop]):
    """A held place that was not taken in time goes to the next who wait."""

    name: ClassVar = "workshop.lapse-held-place"
    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop]:
        return (know(Workshop(self.workshop_id)),)

    def decide(self, act: Act, workshop: Workshop) -> Iterator[Event]:
        plan = workshop.known
        if workshop.cancelled or self.person_id not in workshop.promised:
            return
        if workshop.keeps_a_place_for(self.person_id, act):
            raise PlaceStillHeld
        yield WaitingListLapsed(
            workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=self.person_id
        )
