"""What must hold of who waits for a place on a workshop, or is promised one."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.workshops import WorkshopLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import local_day
from events.catalogue import Recorded
from events.ids import PairingId, PersonId, WorkshopId
from events.terms import HeadOfTheLine
from events.workshops import (
    BookingCancelled,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopBooked,
)


class LapsesOnlyWhenOver(Invariant):
    """A held place lapsed before its time was over."""

    name: ClassVar = "workshops.lapses-only-when-over"
    rules: ClassVar = (19,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._until: dict[tuple[WorkshopId, PersonId], tuple[datetime, int]] = {}

    @learns(WaitingListOffered)
    def promised(self, fact: Recorded[WaitingListOffered]) -> None:
        """A place is held until a moment."""
        event = fact.event
        who = event.workshop_id, event.person_id
        self._until[who] = event.until, fact.envelope.position

    @learns(WaitingListLapsed)
    def lapses(self, fact: Recorded[WaitingListLapsed]) -> list[Finding] | None:
        """And not a moment less."""
        event, at = fact.event, fact.envelope.position
        until = self._until.pop((event.workshop_id, event.person_id), None)
        if until is None or fact.envelope.time >= until[0]:
            return None
        return [self.found((event.workshop_id, event.person_id), until[1], at)]


class HeldPlaceNotForgotten(Invariant):
    """The time to take a held place is long over, and nobody said so."""

    name: ClassVar = "workshops.held-place-not-forgotten"
    rules: ClassVar = (19,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of workshops that take place and were not held: with that nothing is held any more, also
        if the register is open again.
        """
        for life in self.log.workshops.all.values():
            off = life.cancelled_at or life.first_held_at
            if off or not life.promised or self.log.cohorts.get(life.cohort_id).cancelled_at:
                continue
            for who, held in life.promised.items():
                if held.until is not None and self.waits(held.until, now):
                    yield self.found((life.workshop_id, who), held.at)


class NobodyWaitsBesideASeat(Invariant):
    """Somebody waits for a place on a workshop that is free, and nothing is going on."""

    name: ClassVar = "workshops.nobody-waits-beside-a-free-place"
    rules: ClassVar = (19,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Two wait for two, and a single place is kept for them for a while; two whose pairing
        ended wait each for themselves.
        """
        for life in self.log.workshops.all.values():
            free, cohort = life.capacity - life.taken, self.log.cohorts.get(life.cohort_id)
            waits = life.goes_on(now) and life.waiting and free > 0
            if waits and self.waits_in(cohort, self._last(life), now, SOON):
                for who in self._can_have_one(life, free, now):
                    at = life.waiting[who].at
                    yield self.found((life.workshop_id, who), *life.led_there, at)
                    break

    def _can_have_one(self, life: WorkshopLife, free: int, now: datetime) -> Iterator[PersonId]:
        """The first of each turn that the free places would suit, as long as none is kept: by the
        rules of those days, until some days before, or as long as somebody waits.
        """
        asked = max(life.changed, life.kept_until)
        passes = all(self._passes(moment) for moment in (life.changed, asked, now))
        for people in self._turns(life):
            if len(people) <= free:
                yield people[0]
            elif len(people) <= life.capacity and not (
                passes and self.waits(life.kept_until, now, SOON)
            ):
                return

    def _passes(self, moment: datetime) -> bool:
        """Whether a place goes to the next whom it suits, by the rules of that day."""
        rules = self.log.rules.named(self.log.rules.in_force(local_day(moment)))
        return rules is None or rules.numbers.head_of_the_line is HeadOfTheLine.NEXT_WHO_FITS

    def _turns(self, life: WorkshopLife) -> list[list[PersonId]]:
        """Who waits and is still on the cohort, in the order of who joined later of each turn."""
        turns: dict[str, list[PersonId]] = {}
        for who, held in life.waiting.items():
            if self.log.places.member(life.cohort_id, who):
                pair = self.log.pairs.get(held.pairing_id)
                turn = pair.pairing_id if pair and pair.state == "active" else who
                turns[turn] = [*turns.pop(turn, []), who]
        return list(turns.values())

    def _last(self, life: WorkshopLife) -> datetime:
        """When anything happened last to its places, or to a pair that waits for two."""
        pairs = (self.log.pairs.get(held.pairing_id) for held in life.waiting.values())
        return max((life.changed, *(pair.since for pair in pairs if pair)))


class NobodyIsPassedOver(Invariant):
    """A place went to somebody though others, whom it would have suited, had waited longer."""

    name: ClassVar = "workshops.nobody-is-passed-over"
    rules: ClassVar = (19, 20)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._line: defaultdict[WorkshopId, dict[PersonId, tuple[int, PairingId | None]]]
        self._line = defaultdict(dict)
        self._promised: set[tuple[WorkshopId, PersonId]] = set()
        self._went: dict[WorkshopId, tuple[int, Recorded[Any]]] = {}

    @learns(WaitingListJoined)
    def joins(self, fact: Recorded[WaitingListJoined]) -> None:
        """Whoever comes once more keeps their turn."""
        line, event = self._line[fact.event.workshop_id], fact.event
        since, _ = line.get(event.person_id, (fact.envelope.position, None))
        line[event.person_id] = since, event.pairing_id

    @learns(WaitingListOffered, WorkshopBooked)
    def goes_to(self, fact: Recorded[Any]) -> None:
        """In the order of the list; whom a place was promised has had their turn."""
        event, who = fact.event, (fact.event.workshop_id, fact.event.person_id)
        since, _ = self._line[event.workshop_id].pop(
            event.person_id, (fact.envelope.position, None)
        )
        if who not in self._promised:
            last, _ = self._went.get(event.workshop_id, (0, None))
            self._went[event.workshop_id] = max(last, since), fact
        if isinstance(event, WaitingListOffered):
            self._promised.add(who)
        else:
            self._promised.discard(who)

    @learns(BookingCancelled, WaitingListLapsed)
    def goes(self, fact: Recorded[Any]) -> None:
        """Nobody waits for ever."""
        self._line[fact.event.workshop_id].pop(fact.event.person_id, None)
        self._promised.discard((fact.event.workshop_id, fact.event.person_id))

    def settled(self) -> Iterator[Finding]:
        """Once all places of a command are given."""
        went, self._went = self._went, {}
        for workshop_id, (last, fact) in went.items():
            life = self.log.workshops.all.get(workshop_id)
            for who, (since, pairing_id) in self._line[workshop_id].items() if life else ():
                if (
                    life
                    and since < last
                    and self._was_their_turn(life, who, pairing_id, fact, last)
                ):
                    yield self.found((workshop_id, who), since, fact.envelope.position)

    def _was_their_turn(
        self,
        life: WorkshopLife,
        who: PersonId,
        pairing_id: PairingId | None,
        fact: Recorded[Any],
        last: int,
    ) -> bool:
        """Two come at the turn of who joined later, and only two places suit them."""
        if not self.log.places.member(life.cohort_id, who):
            return False
        pair, line = self.log.pairs.get(pairing_id), self._line[life.workshop_id]
        if pair is None or pair.state != "active":
            return True
        both = [line[one] for one in pair.both if one in line and line[one][1] == pairing_id]
        if len(both) == 1:
            return True
        kept = fact.envelope.time < life.kept_until and life.capacity >= len(both)
        return kept and max(since for since, _ in both) < last


class NoPlaceForWhoIsGone(Invariant):
    """Somebody who left the cohort long ago holds, or awaits, a place on a workshop to come."""

    name: ClassVar = "workshops.no-place-for-who-is-gone"
    rules: ClassVar = (21,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """It goes to others by itself when they leave."""
        for life in self.log.workshops.all.values():
            if not life.goes_on(now):
                continue
            for who in (*life.booked, *life.promised, *life.waiting):
                theirs = self.log.places.of_person.get((life.cohort_id, who), ())
                since = [one.since for one in theirs if one.since is not None]
                gone = since and not any(one.confirmed for one in theirs)
                if gone and self.waits(max(*since, life.changed), now, SOON):
                    left_at = max(max(one.holds_at, one.stage_at) for one in theirs)
                    yield self.found((life.workshop_id, who), life.scheduled_at, left_at)
