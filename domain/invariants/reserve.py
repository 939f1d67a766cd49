"""What must hold of who waits for a place: in turn, with a reason, and not beside a free one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of
from events.catalogue import Recorded
from events.ids import ApplicationId, CohortId
from events.offers import (
    ApplicationDeclined,
    OfferDeclined,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveListed,
    ReservePromoted,
    ReserveReordered,
)


class NextInTurn(Invariant):
    """A free place went to somebody on the reserve list who was not the next."""

    name: ClassVar = "offers.next-in-turn"
    rules: ClassVar = (11,)
    opens: ClassVar = True

    @learns(ReservePromoted)
    def promoted(self, fact: Recorded[ReservePromoted]) -> list[Finding] | None:
        """Whoever was erased keeps a turn, and is passed."""
        event = fact.event
        turns = self.log.places.turns[event.cohort_id, event.side]
        waiting = (one for one in turns if not self._is_erased(one))
        first = next(waiting, None)
        if first == event.application_id:
            return None
        ahead = self.log.places.all[first].holds_at if first else 0
        return [self.found((event.application_id, first), ahead, fact.envelope.position)]

    def _is_erased(self, application_id: ApplicationId) -> bool:
        return self.log.places.all[application_id].person_id in self.log.people.erased


class ReasonForEachNo(Invariant):
    """Somebody waits, or has no place, or moved on the list, and no reason says why."""

    name: ClassVar = "offers.reason-for-each-no"
    rules: ClassVar = (11,)
    opens: ClassVar = True

    @learns(ReserveListed, ApplicationDeclined)
    def hears(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At least one code that they are shown."""
        return None if fact.event.reasons else self._without(fact)

    @learns(ReserveReordered, OfferDeclined, OfferWithdrawn, PlaceGivenUp)
    def changes(self, fact: Recorded[Any]) -> list[Finding] | None:
        """One code."""
        return None if fact.event.reason else self._without(fact)

    def _without(self, fact: Recorded[Any]) -> list[Finding]:
        return [self.found((fact.event.application_id,), fact.envelope.position)]


class NobodyWaitsBesideAFreePlace(Invariant):
    """Somebody waits on the reserve list beside a place that is free, and the list is open."""

    name: ClassVar = "offers.nobody-waits-beside-a-free-place"
    rules: ClassVar = (11,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Until the list closes."""
        for (cohort_id, side), turns in self.log.places.turns.items():
            cohort = self.log.cohorts.get(cohort_id)
            changed = self.log.places.changed.get((cohort_id, side))
            quiet = changed is not None and self.waits_in(cohort, changed, now)
            if cohort.plan is None or not quiet or not turns or self._is_closed(cohort_id, now):
                continue
            free = cohort.plan.places_per_side - len(self.log.places.taken[cohort_id, side])
            known = map(self.log.places.all.__getitem__, turns)
            waiting = [life for life in known if life.person_id not in self.log.people.erased]
            for life in waiting[: max(0, free)]:
                yield self.found((life.application_id, life.person_id), life.holds_at)

    def _is_closed(self, cohort_id: CohortId, now: datetime) -> bool:
        closes_on, _ = self.log.places.closes.get(cohort_id, (None, 0))
        over = closes_on is not None and now >= end_of(closes_on)
        return over or cohort_id in self.log.places.closed


class ReserveClosesOnItsDay(Invariant):
    """The last day of a reserve list is long over and it was not closed, or somebody had their turn
    afterwards.
    """

    name: ClassVar = "offers.reserve-closes-on-its-day"
    rules: ClassVar = (11,)

    @learns(ReservePromoted)
    def promoted(self, fact: Recorded[ReservePromoted]) -> list[Finding] | None:
        """Nobody has a turn once everybody was told that they wait no more."""
        closed_at = self.log.places.closed.get(fact.event.cohort_id)
        if not closed_at:
            return None
        return [self.found((fact.event.application_id,), closed_at, fact.envelope.position)]

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of cohorts that take place."""
        for cohort_id, (closes_on, at) in self.log.places.closes.items():
            over = self.waits(end_of(closes_on), now)
            closed = cohort_id in self.log.places.closed
            if over and not closed and not self.log.cohorts.get(cohort_id).cancelled_at:
                yield self.found((cohort_id,), at)
