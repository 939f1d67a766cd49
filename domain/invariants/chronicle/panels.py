"""What lies on the panel's table of each application, as far as it can be read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.invariants.learning import Learner, learns
from events.applications import ApplicationAmended
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
)
from events.catalogue import Recorded
from events.ids import ApplicationId, PersonId
from events.terms import Relationship

DECISIONS: Final = (DecisionMade, DecisionChanged)
SOFT: Final = Relationship.ACQUAINTED
"""Who is no more than that may assess, once it is on record."""


@dataclass(slots=True)
class Scored:
    """What one assessor gave: the points by criterion."""

    at: int
    lay: bool
    scores: Mapping[str, int]


@dataclass(slots=True)
class PanelLife:
    """One application before the panel, with positions: who was asked, what they found, who turned
    out to be too close (`conflicts`) or to know the person at all (`declared`), what was decided,
    and where a decision was said to be open again or in doubt (`looked_at`),
    and when something that was found came to count no more (`undone_at`).
    """

    assigned: dict[PersonId, int] = field(default_factory=dict)
    found: dict[PersonId, Scored] = field(default_factory=dict)
    conflicts: dict[PersonId, int] = field(default_factory=dict)
    declared: dict[PersonId, int] = field(default_factory=dict)
    scored_at: int = 0
    moderated_at: int = 0
    decided_at: int = 0
    looked_at: int = 0
    undone_at: int = 0

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions of what was found, declared and decided."""
        found = (one.at for one in self.found.values())
        return *found, *self.conflicts.values(), self.moderated_at, self.decided_at


class PanelLives(Learner):
    """All applications about which the panel did something that can be read."""

    def __init__(self) -> None:
        self.all: defaultdict[ApplicationId, PanelLife] = defaultdict(PanelLife)

    @learns(AssessorAssigned)
    def given(self, fact: Recorded[AssessorAssigned]) -> None:
        """Somebody is to assess."""
        life = self.all[fact.event.application_id]
        life.assigned[fact.event.assessor_id] = fact.envelope.position

    @learns(ConflictDeclared)
    def knows(self, fact: Recorded[ConflictDeclared]) -> None:
        """A hard conflict ends somebody's part; any is on record."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.declared.setdefault(event.assessor_id, at)
        if event.hard or event.kind is not SOFT:
            life.conflicts.setdefault(event.assessor_id, at)

    @learns(AssessmentSubmitted, AssessmentAmended)
    def scored(self, fact: Recorded[Any]) -> None:
        """An assessor has found something; their last word counts."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.found[event.assessor_id] = Scored(at, event.lay, event.scores)
        life.scored_at = at

    @learns(AssessorStoodDown)
    def left(self, fact: Recorded[AssessorStoodDown]) -> None:
        """They apply themselves."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.assigned.pop(event.assessor_id, None)
        if life.found.pop(event.assessor_id, None):
            life.undone_at = at

    @learns(ApplicationAmended)
    def says_something_else(self, fact: Recorded[ApplicationAmended]) -> None:
        """What was found was found of other words."""
        life = self.all[fact.event.application_id]
        life.found.clear()
        life.undone_at = fact.envelope.position

    @learns(ModerationHeld)
    def talked(self, fact: Recorded[ModerationHeld]) -> None:
        """The assessors talked it through."""
        self.all[fact.event.application_id].moderated_at = fact.envelope.position

    @learns(DecisionReopened, DecisionInDoubt)
    def doubted(self, fact: Recorded[Any]) -> None:
        """What was decided is to be looked at again."""
        self.all[fact.event.application_id].looked_at = fact.envelope.position

    @learns(*DECISIONS)
    def decided(self, fact: Recorded[Any]) -> None:
        """The panel has decided."""
        self.all[fact.event.application_id].decided_at = fact.envelope.position
