"""What must hold of who waits for a place on a workshop, or is promised one."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.workshops import Held, WorkshopLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import local_day
from events.catalogue import Recorded
from events.ids import PairingId, PersonId, WorkshopId
from events.terms import HeadOfTheLine
from events.workshops import (
    WaitingListLapsed,
    WaitingListOffered,
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
        """Of workshops that take place and were not held."""
        for life in self.log.workshops.all.values():
            off = life.cancelled_at or life.held_at
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
        """A pair waits for two; two whose pairing ended wait each for themselves."""
        for life in self.log.workshops.all.values():
            free = life.capacity - life.taken
            on = life.goes_on(now) and not self.log.cohorts.get(life.cohort_id).cancelled_at
            if not (on and life.waiting and free > 0) or not self._is_quiet(life, now):
                continue
            for who, held in self._may_come_first(life):
                if self._needs(life, held.pairing_id) <= free:
                    yield self.found((life.workshop_id, who), *life.led_there, held.at)
                    break

    def _may_come_first(self, life: WorkshopLife) -> list[tuple[PersonId, Held]]:
        """All who wait; where by the rules nobody passes the first ones, only those: a pair's turn
        is that of who joined later.
        """
        rules = self.log.rules.named(self.log.rules.in_force(local_day(life.changed)))
        waiting = list(life.waiting.items())
        if rules and rules.numbers.head_of_the_line is HeadOfTheLine.NEXT_WHO_FITS:
            return waiting
        turns: dict[object, tuple[PersonId, Held]] = {}
        for who, held in waiting:
            turn = held.pairing_id if self._needs(life, held.pairing_id) > 1 else who
            turns.pop(turn, None)
            turns[turn] = who, held
        return list(turns.values())[:1]

    def _needs(self, life: WorkshopLife, pairing_id: PairingId | None) -> int:
        pair = self.log.pairs.get(pairing_id)
        if pair is None or pair.state != "active":
            return 1
        return sum(life.waiting.get(one, None) is not None for one in pair.both)

    def _is_quiet(self, life: WorkshopLife, now: datetime) -> bool:
        """Long after anything happened to its places, or to a pair that waits for two."""
        pairs = (self.log.pairs.get(held.pairing_id) for held in life.waiting.values())
        last = max((pair.since for pair in pairs if pair), default=life.changed)
        return self.waits(max(last, life.changed), now, SOON)


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
