"""What must hold of those who signed: they were still co-chairs when their signatures counted."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.roles import asked_on
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased, ReleaseSigned
from events.ids import CohortId, Id
from events.matching import MatchingRunApproved, MatchingRunPublished
from events.terms import Side

Signed = dict[Side, tuple[str, int]]
"""Who signed last for each side, and where."""


class OfChairs(Invariant):
    """What both kinds of signatures share."""

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self.signed: defaultdict[Id, Signed] = defaultdict(dict)

    def void(self, fact: Recorded[Any], thing: Id, cohort_id: CohortId) -> Iterator[Finding]:
        """The signatures of who was not co-chair of that side any more."""
        days = asked_on(fact)
        for side, (who, at) in self.signed[thing].items():
            if not self.log.chairs.holds(who, side, cohort_id, days):
                yield self.found((thing, who), at, fact.envelope.position)


class ReleasedByCoChairs(OfChairs):
    """Decisions were released that somebody had signed who was not co-chair of that side then."""

    name: ClassVar = "cohorts.released-by-co-chairs"
    rules: ClassVar = (7,)

    @learns(ReleaseSigned)
    def signs(self, fact: Recorded[ReleaseSigned]) -> None:
        """The last signature of a side counts."""
        event = fact.event
        self.signed[event.cohort_id][event.side] = str(event.signed_by), fact.envelope.position

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> Iterator[Finding]:
        """Whatever they were when they signed."""
        return self.void(fact, fact.event.cohort_id, fact.event.cohort_id)


class PublishedByCoChairs(OfChairs):
    """A matching run was published that somebody had signed who was not co-chair of that side
    then.
    """

    name: ClassVar = "matching.published-by-co-chairs"
    rules: ClassVar = (18,)

    @learns(MatchingRunApproved)
    def signs(self, fact: Recorded[MatchingRunApproved]) -> None:
        """The last signature of a side counts."""
        event = fact.event
        self.signed[event.run_id][event.side] = str(event.signed_by), fact.envelope.position

    @learns(MatchingRunPublished)
    def published(self, fact: Recorded[MatchingRunPublished]) -> Iterator[Finding]:
        """Whatever they were when they signed."""
        return self.void(fact, fact.event.run_id, fact.event.cohort_id)
