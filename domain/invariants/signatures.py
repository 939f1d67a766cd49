"""What must hold of the signatures under a matching run."""

from collections.abc import Iterator
from typing import ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import MatchingRunId, PersonId
from events.matching import (
    LeftUnpaired,
    MatchingRunApproved,
)
from events.pairings import PairingProposed
from events.terms import Side


class SignedByTwoNamedPersons(Invariant):
    """A matching run was signed by nobody in particular, in another's name, or twice by one."""

    name: ClassVar = "matching.signed-by-two-named-persons"
    rules: ClassVar = (18,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._signed: dict[tuple[MatchingRunId, Side], tuple[str, int]] = {}

    @learns(MatchingRunApproved)
    def signs(self, fact: Recorded[MatchingRunApproved]) -> list[Finding] | None:
        """Whoever signs is a person, and acts themselves."""
        event, at = fact.event, fact.envelope.position
        who, actor = event.signed_by, fact.envelope.origin.actor
        other, other_at = self._signed.get((event.run_id, event.side.other), ("", 0))
        self._signed[event.run_id, event.side] = actor, at  # the last of a side counts
        if who is not None and who == actor and who != other:
            return None
        return [self.found((event.run_id, actor), other_at if actor == other else 0, at)]


class SignedForTheirOwnSide(Invariant):
    """Somebody signed a matching run for a side that is not theirs."""

    name: ClassVar = "matching.signed-for-their-own-side"
    rules: ClassVar = (18,)

    @learns(MatchingRunApproved)
    def signs(self, fact: Recorded[MatchingRunApproved]) -> list[Finding] | None:
        """As far as they ever took part from one side."""
        event, who = fact.event, fact.event.signed_by
        sides = self.log.places.sides.get(who, {}) if who else {}
        if not sides or event.side in sides:
            return None
        return [self.found((event.run_id, who), *sides.values(), fact.envelope.position)]


class NobodySignsForTheirPartner(Invariant):
    """Somebody signed a matching run in which they were matched themselves."""

    name: ClassVar = "matching.nobody-signs-for-their-partner"
    rules: ClassVar = (18,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._signers: dict[tuple[MatchingRunId, str], int] = {}

    @learns(MatchingRunApproved)
    def signs(self, fact: Recorded[MatchingRunApproved]) -> None:
        """Whoever acts, by name or not."""
        signer = fact.event.run_id, fact.envelope.origin.actor
        self._signers.setdefault(signer, fact.envelope.position)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> Iterator[Finding] | None:
        """What comes of it shows who was in it."""
        event = fact.event
        if event.run_id is None:
            return None
        two = event.patient_leader_id, event.healthcare_leader_id
        return self._found(event.run_id, two, fact.envelope.position)

    @learns(LeftUnpaired)
    def left(self, fact: Recorded[LeftUnpaired]) -> Iterator[Finding]:
        """Whoever is left over was in it too."""
        return self._found(fact.event.run_id, (fact.event.person_id,), fact.envelope.position)

    def _found(
        self, run_id: MatchingRunId, people: tuple[PersonId, ...], at: int
    ) -> Iterator[Finding]:
        for who in people:
            if signed_at := self._signers.get((run_id, who)):
                yield self.found((run_id, who), signed_at, at)
