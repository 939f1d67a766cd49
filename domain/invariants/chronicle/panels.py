"""What lies on the panel's table of each application, as far as it can be read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from domain.invariants.learning import Learner, learns
from events.applications import ApplicationAmended, ApplicationReinstated
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
)
from events.catalogue import Recorded
from events.ids import ApplicationId, CohortId, PersonId
from events.roles import RoleWithdrawn
from events.terms import Relationship, Role

DECISIONS: Final = (DecisionMade, DecisionChanged)
SOFT: Final = Relationship.ACQUAINTED
"""Who is no more than that may assess, once it is on record."""


@dataclass(slots=True)
class Scored:
    """What one assessor gave: the points by criterion."""

    at: int
    lay: bool
    scores: Mapping[str, int]


class ScoresUntil(NamedTuple):
    """By when somebody is to score, where it was said, and which day they had before; None if none
    counts.
    """

    day: date | None
    at: int
    before: date | None = None


@dataclass(slots=True)
class PanelLife:
    """One application before the panel, with positions: who was asked, what they found, who turned
    out to be too close (`conflicts`) or to know the person at all (`declared`), what was decided,
    and where a decision was said to be open again or in doubt (`looked_at`),
    when something that was found came to count no more (`undone_at`), and by when each is to score
    who has not (`to_score`).
    """

    cohort_id: CohortId | None = None
    to_score: dict[PersonId, ScoresUntil] = field(default_factory=dict)
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
    def decided(self) -> bool:
        """Whether a decision stands."""
        undone = self.undone_at, self.looked_at, *self.conflicts.values()
        return self.decided_at > max(undone)

    def another_day(self, at: int) -> None:
        """No day counts until another one is said."""
        self.to_score = {who: ScoresUntil(None, at) for who in self.to_score}

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions of what was found, declared and decided."""
        found = (one.at for one in self.found.values())
        return *found, *self.conflicts.values(), self.moderated_at, self.decided_at


class Gone(NamedTuple):
    """Since when somebody is no assessor of a cohort, and whether what they found counts."""

    at: int
    since: datetime
    scores_count: bool


class PanelLives(Learner):
    """All applications about which the panel did something that can be read; and who is no assessor
    of a cohort any more.
    """

    def __init__(self) -> None:
        self.all: defaultdict[ApplicationId, PanelLife] = defaultdict(PanelLife)
        self.gone: dict[tuple[CohortId, PersonId], Gone] = {}
        self.late: dict[tuple[CohortId, PersonId, date], int] = {}

    @learns(AssessorAppointed)
    def appointed(self, fact: Recorded[AssessorAppointed]) -> None:
        """They may assess, perhaps again."""
        self.gone.pop((fact.event.cohort_id, fact.event.assessor_id), None)

    @learns(RoleWithdrawn)
    def withdrawn(self, fact: Recorded[RoleWithdrawn]) -> None:
        """They may not; what they found counts if their work was done."""
        event, envelope = fact.event, fact.envelope
        if event.role is Role.ASSESSOR and event.cohort_id:
            done = event.reason == "role.work-is-done"
            gone = Gone(envelope.position, envelope.recorded, done)
            self.gone[event.cohort_id, event.person_id] = gone

    @learns(AssessorAssigned)
    def given(self, fact: Recorded[AssessorAssigned]) -> None:
        """Somebody is to assess."""
        life = self.all[fact.event.application_id]
        life.assigned[fact.event.assessor_id] = fact.envelope.position
        self.until(fact)

    @learns(AssessorAwaitedAgain)
    def until(self, fact: Recorded[Any]) -> None:
        """By when, unless they have scored."""
        event, life = fact.event, self.all[fact.event.application_id]
        life.cohort_id = event.cohort_id
        if event.assessor_id not in life.found:
            life.to_score[event.assessor_id] = ScoresUntil(event.score_by, fact.envelope.position)

    @learns(AssessorDayChanged)
    def another_day(self, fact: Recorded[AssessorDayChanged]) -> None:
        """For all that somebody has yet to score."""
        event, at = fact.event, fact.envelope.position
        for life in self.all.values():
            had = life.to_score.get(event.assessor_id)
            if had and life.cohort_id == event.cohort_id and not life.decided:
                life.to_score[event.assessor_id] = ScoresUntil(event.score_by, at, had.day)

    @learns(ApplicationReinstated, DecisionReopened, DecisionInDoubt)
    def open_again(self, fact: Recorded[Any]) -> None:
        """They could not score for a while."""
        if fact.event.application_id in self.all:
            self.all[fact.event.application_id].another_day(fact.envelope.position)

    @learns(AssessorLate)
    def is_late(self, fact: Recorded[AssessorLate]) -> None:
        """The first time counts."""
        event = fact.event
        late = event.cohort_id, event.assessor_id, event.score_by
        self.late.setdefault(late, fact.envelope.position)

    @learns(ConflictDeclared)
    def knows(self, fact: Recorded[ConflictDeclared]) -> None:
        """A hard conflict ends somebody's part; any is on record."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.declared.setdefault(event.assessor_id, at)
        if event.hard or event.kind is not SOFT:
            if life.decided:
                life.another_day(at)
            life.conflicts.setdefault(event.assessor_id, at)
            life.to_score.pop(event.assessor_id, None)

    @learns(AssessmentSubmitted, AssessmentAmended)
    def scored(self, fact: Recorded[Any]) -> None:
        """An assessor has found something; their last word counts."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.found[event.assessor_id] = Scored(at, event.lay, event.scores)
        life.to_score.pop(event.assessor_id, None)
        life.scored_at = at

    @learns(AssessorStoodDown)
    def left(self, fact: Recorded[AssessorStoodDown]) -> None:
        """They apply themselves."""
        event, at = fact.event, fact.envelope.position
        life = self.all[event.application_id]
        life.assigned.pop(event.assessor_id, None)
        life.to_score.pop(event.assessor_id, None)
        if life.found.pop(event.assessor_id, None):
            if life.decided:
                life.another_day(at)
            life.undone_at = at

    @learns(ApplicationAmended)
    def says_something_else(self, fact: Recorded[ApplicationAmended]) -> None:
        """What was found was found of other words."""
        life, at = self.all[fact.event.application_id], fact.envelope.position
        again = {who: ScoresUntil(None, at) for who in life.found}
        life.another_day(at)
        life.to_score |= again
        life.found.clear()
        life.undone_at = at

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
