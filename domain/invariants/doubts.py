"""What must hold of decisions when it comes out that an assessor is too close: somebody is told."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.assessments import OfThePanel
from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.panels import SOFT, PanelLife
from domain.invariants.chronicle.places import ApplicationLife
from domain.invariants.invariant import SOON, Finding
from domain.invariants.learning import learns
from events.assessments import ConflictDeclared
from events.catalogue import Recorded
from events.people import RelationshipDeclared


class LookedAtAgain(OfThePanel):
    """It came out after a decision that an assessor on whom it rests is too close, and nobody was
    told to look at it again.
    """

    name: ClassVar = "assessments.looked-at-again"
    rules: ClassVar = (5,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._said: dict[int, datetime] = {}

    @learns(RelationshipDeclared, ConflictDeclared)
    def said(self, fact: Recorded[Any]) -> None:
        """When it was."""
        self._said[fact.envelope.position] = fact.envelope.recorded

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of applications that go on, in cohorts that do."""
        for application_id, panel in self.log.panels.all.items():
            life = self.log.places.all.get(application_id)
            looked_at = panel.looked_at > panel.decided_at
            if life is None or looked_at or life.stage != "eligible":
                continue
            if self._is_undone(panel, life):
                continue
            since = [at for at in self._closer_since(panel, life) if at in self._said]
            late = [at for at in since if self._waits(life, self._said[at], now)]
            if late and not self.enough(application_id, life.person_id):
                yield self.found((application_id, life.person_id), panel.decided_at, *late)

    def _waits(self, life: ApplicationLife, said: datetime, now: datetime) -> bool:
        known = max(said, life.since or said)
        return self.waits_in(self.log.cohorts.get(life.cohort_id), known, now, SOON)

    def _is_undone(self, panel: PanelLife, life: ApplicationLife) -> bool:
        """Whether a hard conflict of somebody on whom it rested came before the release."""
        released_at = self.log.cohorts.get(life.cohort_id).released_at
        since = [at for who, at in panel.conflicts.items() if who in panel.found]
        return any(at > panel.decided_at and not (released_at and at > released_at) for at in since)

    def _closer_since(self, panel: PanelLife, life: ApplicationLife) -> Iterator[int]:
        """A hard conflict that comes before the release undoes the decision by itself."""
        released_at = self.log.cohorts.get(life.cohort_id).released_at
        if not panel.decided_at:
            return
        for who, at in panel.conflicts.items():
            if who in panel.found and released_at and at > released_at:
                yield at
        for tie in self.log.people.ties.get(life.person_id, ()):
            if tie.other in panel.found and tie.kind is not SOFT and tie.at > panel.decided_at:
                yield tie.at
