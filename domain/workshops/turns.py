"""Whose turn it is on a workshop's waiting list, and how what is free is offered in turn.

Two who lead together wait for two places, at the turn of who joined later. As long as they are
first in line, a single place is kept for them until a second one comes free, up to some days before
the workshop (`kept_until`): then it goes to whoever it suits, so that none stays empty. Why:
docs/decisions/031-waiting-lists.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Each, Know, Knowledge, TooEarly, learns
from domain.offers.offer import Membership
from domain.pairings.pairing import Pairing, PairingState
from domain.rules_in_force import Rules
from domain.workshops.bookings import memberships
from domain.workshops.training import Course
from domain.workshops.workshop import Workshop
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.terms import HeadOfTheLine, Role
from events.workshops import WaitingListJoined, WaitingListOffered, WorkshopScheduled

Turn = tuple[PersonId, ...]
"""One who waits alone, or two who wait for two places."""


@dataclass
class WaitsOfPair(Knowledge):
    """On which workshops two who lead together ever waited together."""

    unopened: ClassVar = True
    pairing_id: PairingId | None
    workshops: set[WorkshopId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.pairing_id,)

    @learns(WaitingListJoined)
    def waited(self, event: WaitingListJoined) -> None:
        self.workshops.add(event.workshop_id)


class PlaceStillKept(TooEarly):
    """A single place is still kept for the two who are first in line, until some days before the
    workshop. Please wait until then.
    """

    code = "workshop.place-still-kept"


class WaitingLine(NamedTuple):
    """A workshop, the pairings in which people wait, who of them is still on the cohort, and the
    programme's rules.
    """

    workshop: Workshop
    pairings: tuple[Pairing, ...]
    members: tuple[Membership, ...]
    rules: Rules

    def turns(self) -> list[Turn]:
        """Who waits, in turn: one by one, and two together at the turn of who joined later."""
        together = {one.pairing_id for one in self.pairings if one.state is PairingState.ACTIVE}
        here = {one.person_id for one in self.members if one.confirmed}
        turns: dict[str, Turn] = {}
        for person_id, pairing_id in self.workshop.waiting.items():
            if person_id in here:
                two = pairing_id is not None and pairing_id in together
                turn = pairing_id if two and pairing_id else person_id
                turns[turn] = (*turns.pop(turn, ()), person_id)
        return list(turns.values())

    def next(self, act: Act) -> Iterator[Turn]:
        """Who can have the places that are free."""
        line = self.rules.on(act.asked_on).numbers.head_of_the_line
        never_passed = line is HeadOfTheLine.WAITS_FOR_THE_FIRST
        kept = never_passed or act.time < self.workshop.known.kept_until
        free = self.workshop.free
        for people in self.turns():
            if len(people) <= free:
                free -= len(people)
                yield people
            elif kept and len(people) <= self.workshop.capacity:
                return

    def offered(self, act: Act) -> Iterator[WaitingListOffered]:
        """What is free, to those whose turn it is; nothing of a workshop that has begun."""
        plan = self.workshop.known
        if self.workshop.has_begun(act):
            return
        until = held_until(act, self.rules, plan)
        for people in self.next(act):
            pairing_id = self.workshop.waiting[people[0]] if len(people) > 1 else None
            for person_id in people:
                yield WaitingListOffered(
                    workshop_id=plan.workshop_id,
                    cohort_id=plan.cohort_id,
                    person_id=person_id,
                    until=until,
                    pairing_id=pairing_id,
                )


def held_until(act: Act, rules: Rules, plan: WorkshopScheduled) -> datetime:
    """Until when a place is held that is promised now, by the rules of today."""
    held = timedelta(days=rules.on(act.asked_on).numbers.held_place_days)
    return min((act.asked_at or act.time) + held, plan.starts_at)


def waiting_for(know: Know, workshop_id: WorkshopId) -> WaitingLine:
    """Who waits for a place on a workshop."""
    workshop = know(Workshop(workshop_id))
    pairings = sorted({one for one in workshop.waiting.values() if one is not None})
    people = tuple(sorted(workshop.waiting))
    return WaitingLine(
        workshop,
        tuple(know(Pairing(one)) for one in pairings),
        memberships(know, workshop, people),
        know(Rules()),
    )


class OfferHeldPlaces(Command, Decides[WaitingLine]):
    """Places that are free are promised to those who wait, the first ones first."""

    name: ClassVar = "workshop.offer-held-places"
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[WaitingLine]:
        return (waiting_for(know, self.workshop_id),)

    def decide(self, act: Act, waiting: WaitingLine) -> Iterator[Event]:
        yield from waiting.offered(act)


class OfferKeptPlaces(Command, Decides[WaitingLine]):
    """A place that was kept for two who are first in line goes to whoever it suits now."""

    name: ClassVar = "workshop.offer-kept-places"
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[WaitingLine]:
        return (waiting_for(know, self.workshop_id),)

    def decide(self, act: Act, waiting: WaitingLine) -> Iterator[Event]:
        if act.time < waiting.workshop.known.kept_until:
            raise PlaceStillKept
        yield from waiting.offered(act)


class OfferToEach(Command, Decides[Pairing, Each[WaitingLine]]):
    """Two who waited for two places do not lead together now, so each waits alone: what is free on
    their workshops is offered in turn.
    """

    name: ClassVar = "workshop.offer-to-each"
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing, Each[WaitingLine]]:
        workshops = sorted(know(WaitsOfPair(self.pairing_id)).workshops)
        return know(Pairing(self.pairing_id)), Each(waiting_for(know, one) for one in workshops)

    def decide(self, act: Act, pairing: Pairing, lines: Each[WaitingLine]) -> Iterator[Event]:
        if pairing.known:
            for waiting in lines:
                yield from waiting.offered(act)


class OfferInCohort(Command, Decides[Cohort, Each[WaitingLine]]):
    """A cohort goes on that was said to be over: what came free meanwhile on its workshops is
    offered in turn.
    """

    name: ClassVar = "workshop.offer-in-cohort"
    roles: ClassVar = frozenset({Role.SYSTEM})
    cohort_id: CohortId

    def needs(self, know: Know) -> tuple[Cohort, Each[WaitingLine]]:
        workshops = sorted(know(Course(self.cohort_id)).numbers)
        return know(Cohort(self.cohort_id)), Each(waiting_for(know, one) for one in workshops)

    def decide(self, act: Act, cohort: Cohort, lines: Each[WaitingLine]) -> Iterator[Event]:
        if cohort.known:
            for waiting in lines:
                yield from waiting.offered(act)
