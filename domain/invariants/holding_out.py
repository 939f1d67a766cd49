"""What must hold of whom the team holds out of leading with others."""

from collections.abc import Iterator
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.catalogue import Recorded
from events.ids import PersonId
from events.pairings import (
    PairingActivated,
    PairingProposed,
    PairingResumed,
    PersonHeldOut,
    PersonLetIn,
)


class HeldOutByTheTeam(Invariant):
    """Somebody whom the team holds out is asked to lead with somebody, or goes on with their
    partner, before whoever holds them out let them in.
    """

    name: ClassVar = "pairings.held-out-by-the-team"
    rules: ClassVar = (14,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._held: dict[PersonId, dict[Any, int]] = {}

    @learns(PersonHeldOut)
    def held(self, fact: Recorded[PersonHeldOut]) -> None:
        """By one of the team, or by several."""
        event = fact.event
        theirs = self._held.setdefault(event.person_id, {})
        theirs.setdefault(event.held_by, fact.envelope.position)

    @learns(PersonLetIn)
    def let_in(self, fact: Recorded[PersonLetIn]) -> None:
        """By each for themselves."""
        theirs = self._held.get(fact.event.person_id, {})
        theirs.pop(fact.event.held_by, None)

    @learns(PairingProposed, PairingActivated, PairingResumed)
    def goes_on(self, fact: Recorded[Any]) -> Iterator[Finding] | None:
        """In whichever cohort."""
        pair = self.log.pairs.get(fact.event.pairing_id)
        if pair is None:
            return None
        found = ((who, self._held.get(who) or {}) for who in pair.both)
        at = fact.envelope.position
        return (
            self.found((who, pair.pairing_id), *theirs.values(), at)
            for who, theirs in found
            if theirs
        )
