"""What must hold of who waits for a place: in turn, with a reason, and not beside a free one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import ApplicationId
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
    """Somebody waits on the reserve list beside a place that is free, and nothing is going on."""

    name: ClassVar = "offers.nobody-waits-beside-a-free-place"
    rules: ClassVar = (11,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Until the cohort starts; then only a coordinator lets somebody join."""
        for (cohort_id, side), turns in self.log.places.turns.items():
            cohort = self.log.cohorts.get(cohort_id)
            over = cohort.started_at or cohort.completed_at or cohort.cancelled_at
            if cohort.plan is None or over or not turns:
                continue
            free = cohort.plan.places_per_side - len(self.log.places.taken[cohort_id, side])
            waiting = [life for one in turns if self._waits(life := self.log.places.all[one], now)]
            for life in waiting[: max(0, free)]:
                yield self.found((life.application_id, life.person_id), life.holds_at)

    def _waits(self, life: ApplicationLife, now: datetime) -> bool:
        erased = life.person_id in self.log.people.erased
        changed = self.log.places.changed.get((life.cohort_id, life.side))
        return not erased and changed is not None and self.waits(changed, now)
