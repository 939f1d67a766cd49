"""What must hold of the signatures under the decisions of a cohort."""

from collections import defaultdict
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
)
from events.assessments import (
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionMade,
    DecisionReopened,
)
from events.catalogue import Recorded
from events.cohorts import DecisionsReleased, ReleaseSigned
from events.ids import ApplicationId, CohortId
from events.terms import Side

Signed = dict[Side, tuple[str, int]]
"""Who signed last for each side, and where."""


class ReleaseSignedByBoth(Invariant):
    """Decisions were released that two people, one for each side, had not signed themselves."""

    name: ClassVar = "cohorts.release-signed-by-both"
    rules: ClassVar = (7,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._signed: defaultdict[CohortId, Signed] = defaultdict(dict)

    @learns(ReleaseSigned)
    def signs(self, fact: Recorded[ReleaseSigned]) -> list[Finding] | None:
        """Whoever signs is a person, and acts themselves."""
        event, at = fact.event, fact.envelope.position
        actor = fact.envelope.origin.actor
        self._signed[event.cohort_id][event.side] = actor, at
        if actor == event.signed_by:
            return None
        return [self.found((event.cohort_id, event.signed_by, actor), at)]

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> list[Finding] | None:
        """By two, and not twice by one."""
        signed = self._signed[fact.event.cohort_id]
        if len({who for who, _ in signed.values()}) == len(Side):
            return None
        found = (at for _, at in signed.values())
        return [self.found((fact.event.cohort_id,), *found, fact.envelope.position)]


class NobodySignsForThemselves(Invariant):
    """Somebody signed the decisions of a cohort for which they have applied themselves."""

    name: ClassVar = "cohorts.nobody-signs-for-themselves"
    rules: ClassVar = (7,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._applied: dict[tuple[CohortId, str], int] = {}

    @learns(ApplicationStarted)
    def applies(self, fact: Recorded[ApplicationStarted]) -> None:
        """However far they came."""
        mine = fact.event.cohort_id, str(fact.event.person_id)
        self._applied.setdefault(mine, fact.envelope.position)

    @learns(ReleaseSigned)
    def signs(self, fact: Recorded[ReleaseSigned]) -> list[Finding] | None:
        """Whatever was decided on them."""
        who = str(fact.event.signed_by)
        if not (applied_at := self._applied.get((fact.event.cohort_id, who))):
            return None
        return [self.found((fact.event.cohort_id, who), applied_at, fact.envelope.position)]


class ReleasedAsSigned(Invariant):
    """Decisions were released that had changed since they were signed."""

    name: ClassVar = "cohorts.released-as-signed"
    rules: ClassVar = (7,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._signed: defaultdict[CohortId, dict[Side, int]] = defaultdict(dict)
        self._changed: dict[CohortId, int] = {}
        self._decided: set[ApplicationId] = set()
        self._away: set[ApplicationId] = set()

    def _changes(self, fact: Recorded[Any]) -> None:
        """What is decided on somebody, and would be told them, is not what it was."""
        if fact.event.application_id in self._decided - self._away:
            self._changed[fact.event.cohort_id] = fact.envelope.position

    @learns(DecisionMade, DecisionChanged)
    def decides(self, fact: Recorded[DecisionMade | DecisionChanged]) -> None:
        """Anew, or otherwise than before."""
        self._decided.add(fact.event.application_id)
        self._changes(fact)

    @learns(ApplicationWithdrawn)
    def leaves(self, fact: Recorded[ApplicationWithdrawn]) -> None:
        """Of whom nothing was decided changes nothing."""
        self._changes(fact)
        self._away.add(fact.event.application_id)

    @learns(ApplicationReinstated)
    def comes_back(self, fact: Recorded[ApplicationReinstated]) -> None:
        """With what was decided before."""
        self._away.discard(fact.event.application_id)
        self._changes(fact)

    @learns(ConflictDeclared, AssessorStoodDown, DecisionReopened, ApplicationAmended)
    def undone(self, fact: Recorded[Any]) -> None:
        """A decision is to be taken again, if there was one: of conflicts a hard one undoes it, and
        of assessors who leave whoever had scored.
        """
        if getattr(fact.event, "hard", True) and getattr(fact.event, "scored", True):
            self._changes(fact)
            self._decided.discard(fact.event.application_id)

    @learns(ReleaseSigned)
    def signs(self, fact: Recorded[ReleaseSigned]) -> None:
        """The last signature of a side counts."""
        self._signed[fact.event.cohort_id][fact.event.side] = fact.envelope.position

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> list[Finding] | None:
        """Each signature that there is was given to what is released."""
        cohort_id, at = fact.event.cohort_id, fact.envelope.position
        changed = self._changed.get(cohort_id, 0)
        void = [one for one in self._signed[cohort_id].values() if one < changed]
        return [self.found((cohort_id,), *void, changed, at)] if void else None
