"""What must hold of two who were locked before a matching run."""

from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.matching import Two
from events.catalogue import Recorded
from events.ids import CohortId, MatchingRunId
from events.matching import (
    Matching,
    MatchingRunAsked,
    MatchingRunMade,
    PairLocked,
    PairUnlocked,
)
from events.pairings import PairingProposed


class LockedArePaired(Invariant):
    """A matching run passed over two who were locked, and does not say why; or it took two as
    locked whom nobody had locked.
    """

    name: ClassVar = "matching.locked-are-paired"
    rules: ClassVar = (18,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._locked: defaultdict[CohortId, dict[Two, int]] = defaultdict(dict)
        self._when_asked: dict[MatchingRunId, dict[Two, int]] = {}

    @learns(PairLocked)
    def is_locked(self, fact: Recorded[PairLocked]) -> None:
        """From now on, for another reason or not."""
        event = fact.event
        two = event.patient_leader_id, event.healthcare_leader_id
        self._locked[event.cohort_id][two] = fact.envelope.position

    @learns(PairUnlocked, PairingProposed)
    def is_over(self, fact: Recorded[PairUnlocked] | Recorded[PairingProposed]) -> None:
        """It was taken back, or the two are asked."""
        event = fact.event
        two = event.patient_leader_id, event.healthcare_leader_id
        self._locked[event.cohort_id].pop(two, None)

    @learns(MatchingRunAsked)
    def inputs_stand(self, fact: Recorded[MatchingRunAsked]) -> None:
        """What is locked later counts for another run."""
        self._when_asked[fact.event.run_id] = {**self._locked[fact.event.cohort_id]}

    @learns(MatchingRunMade)
    def made(self, fact: Recorded[MatchingRunMade]) -> Iterator[Finding] | None:
        """Whoever is locked, and was weighed."""
        run_id, found = fact.event.run_id, fact.event.found
        stood = self._when_asked.pop(run_id, None)
        if stood is None or not isinstance(found, Matching):
            return None
        wrong, at = self._wrong(found, stood), fact.envelope.position
        return (self.found((run_id, *two), stood.get(two, 0), at) for two in wrong)

    def _wrong(self, found: Matching, stood: dict[Two, int]) -> Iterator[Two]:
        said = {lock.both: lock.lost for lock in found.locks}
        pairs = {(one.patient_leader_id, one.healthcare_leader_id) for one in found.pairs}
        weighed, erased = {*found.weighed.people}, self.log.people.erased.keys()
        for two in stood:
            if two not in said and not weighed.isdisjoint(two) and erased.isdisjoint(two):
                yield two
        for two, lost in said.items():
            if two not in stood or (lost is None and two not in pairs):
                yield two
