"""What must hold of the places of a workshop: how many, who has them, who waits beside them."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import local_day
from events.catalogue import Recorded
from events.event import Event
from events.ids import PairingId, PersonId, WorkshopId
from events.workshops import (
    BookingCancelled,
    CapacityChanged,
    RegisterOverdue,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopReminderDue,
    WorkshopRescheduled,
)

TAKES: Final = (WorkshopBooked, WaitingListOffered)
GAVE_BACK: Final = frozenset({BookingCancelled.name, WaitingListLapsed.name})
GOES_ON: Final[tuple[type[Event], ...]] = (
    WorkshopRescheduled,
    WorkshopAmended,
    RegisterOverdue,
    CapacityChanged,
    WorkshopBooked,
    WaitingListJoined,
    WaitingListOffered,
    WorkshopReminderDue,
    WorkshopAttended,
    WorkshopMissed,
    WorkshopMadeUp,
    WorkshopHeld,
)
"""What there is only of a workshop that takes place."""
STEPS: Final[dict[type[Event], tuple[str, frozenset[str]]]] = {
    WaitingListJoined: ("waits", frozenset({"nothing", "waits"})),
    WaitingListOffered: ("promised", frozenset({"waits"})),  # and again of what takes place again
    WaitingListLapsed: ("nothing", frozenset({"promised"})),
    WorkshopBooked: ("booked", frozenset({"nothing", "waits", "promised"})),
}
"""What somebody has after each step, and what they had before; who waits may wait as a pair."""


class CapacityNeverExceeded(Invariant):
    """More places of a workshop are booked and promised than it has."""

    name: ClassVar = "workshops.capacity-never-exceeded"
    rules: ClassVar = (19,)

    @learns(*TAKES, CapacityChanged)
    def takes(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At every prefix; told as one more is taken, or as there are fewer."""
        life = self.log.workshops.all.get(fact.event.workshop_id)
        if life is None or life.taken <= life.capacity:
            return None
        about = life.workshop_id, *life.booked, *life.promised
        return [self.found(about, *life.led_there, fact.envelope.position)]


class PairBooksTogether(Invariant):
    """One of two who lead together was booked, or promised a place, as a pair, and the other was
    not.
    """

    name: ClassVar = "workshops.pair-books-together"
    rules: ClassVar = (20,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._took: dict[tuple[WorkshopId, PairingId, str], int] = {}

    @learns(*TAKES)
    def takes(self, fact: Recorded[Any]) -> None:
        """In one command for both."""
        event = fact.event
        if event.pairing_id is not None:
            self._took[event.workshop_id, event.pairing_id, event.name] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """Unless the other gave theirs back, or let it lapse."""
        took, self._took = self._took, {}
        for (workshop_id, pairing_id, what), at in took.items():
            life, pair = self.log.workshops.all.get(workshop_id), self.log.pairs.get(pairing_id)
            if life is None or pair is None or pair.state != "active":
                continue
            there = life.booked if what == WorkshopBooked.name else {**life.booked, **life.promised}
            for who in pair.both:
                if who not in there and life.last.get(who) not in GAVE_BACK:
                    yield self.found((workshop_id, pairing_id, who), pair.proposed_at, at)


class WorkshopStepByStep(Invariant):
    """A place on a workshop was booked twice, or given back, lapsed or promised where there was
    nothing to give back, to lapse or to promise.
    """

    name: ClassVar = "workshops.step-by-step"
    rules: ClassVar = (19, 21)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._has: dict[tuple[WorkshopId, PersonId], tuple[str, int]] = {}

    @learns(WorkshopBooked, WaitingListJoined, WaitingListOffered, WaitingListLapsed)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Waits, is promised, has booked, or has nothing."""
        event, at = fact.event, fact.envelope.position
        has, since = self._has.get((event.workshop_id, event.person_id), ("nothing", 0))
        new, before = STEPS[type(event)]
        self._has[event.workshop_id, event.person_id] = new, at
        life = self.log.workshops.all.get(event.workshop_id)
        again = has == new == "promised" and life is not None and life.reinstated_at > since
        if has in before or again:
            return None
        return [self.found((event.workshop_id, event.person_id), since, at)]

    @learns(BookingCancelled)
    def gives_back(self, fact: Recorded[BookingCancelled]) -> list[Finding] | None:
        """Whatever it was."""
        event, at = fact.event, fact.envelope.position
        has = self._has.pop((event.workshop_id, event.person_id), None)
        return None if has else [self.found((event.workshop_id, event.person_id), at)]


class OnlyMembersBook(Invariant):
    """Somebody booked, or waits for, a place on a workshop of a cohort that is not theirs."""

    name: ClassVar = "workshops.only-members-book"
    rules: ClassVar = (21,)

    @learns(WorkshopBooked, WaitingListJoined)
    def books(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At that moment."""
        event = fact.event
        if self.log.places.member(event.cohort_id, event.person_id):
            return None
        return [self.found((event.workshop_id, event.person_id), fact.envelope.position)]


class BookedAhead(Invariant):
    """A place was booked or promised on a workshop that had begun."""

    name: ClassVar = "workshops.booked-ahead"
    rules: ClassVar = (19,)

    @learns(*TAKES, WaitingListJoined)
    def books(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By when somebody did it."""
        life = self.log.workshops.all.get(fact.event.workshop_id)
        if life is None or (fact.envelope.time < life.starts_at and not life.held_at):
            return None
        led = life.scheduled_at, life.moved_at, life.held_at
        about = life.workshop_id, fact.event.person_id
        return [self.found(about, *led, fact.envelope.position)]


class NothingGoesOnWhenOff(Invariant):
    """Something goes on of a workshop that was cancelled."""

    name: ClassVar = "workshops.nothing-goes-on-when-off"

    @learns(*GOES_ON)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """No place, no reminder, no register."""
        life = self.log.workshops.all.get(fact.event.workshop_id)
        if life is None or not life.cancelled_at:
            return None
        return [self.found((life.workshop_id,), life.cancelled_at, fact.envelope.position)]

    @learns(WorkshopCancelled)
    def off(self, fact: Recorded[WorkshopCancelled]) -> list[Finding] | None:
        """Once, and not when it was held."""
        life = self.log.workshops.all.get(fact.event.workshop_id)
        at = fact.envelope.position
        if life is None or (life.cancelled_at == at and not life.held_at):
            return None
        return [self.found((life.workshop_id,), life.cancelled_at, life.held_at, at)]


class OnePlaceANumber(Invariant):
    """Somebody books a place on a workshop who has one on another session of it that is to come."""

    name: ClassVar = "workshops.one-place-a-number"
    rules: ClassVar = (22,)

    @learns(WorkshopBooked)
    def booked(self, fact: Recorded[WorkshopBooked]) -> Iterator[Finding]:
        """Sessions are what bears one number in a cohort, and was not cancelled."""
        event, at = fact.event, fact.envelope.position
        mine = self.log.workshops.all.get(event.workshop_id)
        number = mine.number if mine else None
        for life in self.log.workshops.of_cohort[event.cohort_id]:
            another = life is not mine and life.number == number
            if another and life.goes_on(fact.envelope.time) and event.person_id in life.booked:
                about = event.person_id, life.workshop_id, event.workshop_id
                yield self.found(about, life.booked[event.person_id].at, at)


class RemindedInTime(Invariant):
    """Somebody was reminded of a workshop before the day that was said for it."""

    name: ClassVar = "workshops.reminded-in-time"

    @learns(WorkshopReminderDue)
    def reminded(self, fact: Recorded[WorkshopReminderDue]) -> list[Finding] | None:
        """The day that its plan, or its last move, says."""
        event, at = fact.event, fact.envelope.position
        life = self.log.workshops.all.get(event.workshop_id)
        if life is None or local_day(fact.envelope.time) >= life.remind_on:
            return None
        about = event.workshop_id, event.person_id
        return [self.found(about, life.scheduled_at, life.moved_at, at)]


class RemindedOnce(Invariant):
    """Somebody was reminded twice of one date of a workshop, or had no place on it."""

    name: ClassVar = "workshops.reminded-once"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._reminded: dict[tuple[WorkshopId, PersonId], int] = {}

    @learns(WorkshopReminderDue)
    def reminded(self, fact: Recorded[WorkshopReminderDue]) -> list[Finding] | None:
        """Once more when it has moved."""
        event, at = fact.event, fact.envelope.position
        life = self.log.workshops.all.get(event.workshop_id)
        before = self._reminded.get((event.workshop_id, event.person_id), 0)
        self._reminded[event.workshop_id, event.person_id] = at
        if life is None or (event.person_id in life.booked and before <= life.moved_at):
            return None
        return [self.found((event.workshop_id, event.person_id), before, at)]
