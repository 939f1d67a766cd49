"""How the panel's acts are kept alike: nobody can tell what was found by how often it acted.

Every application has some acts, whatever is decided: two assessors, two assessments, a decision.
Whatever else the panel does about one application (a conflict, a third opinion, minds that are
talked through or changed) comes with an act that says nothing about each of the others, and by
the release all have had the same number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from domain.decision import Knowledge, learns
from events.applications import ApplicationAmended, ApplicationSubmitted, EligibilityConfirmed
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    CorrectionSigned,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
    PanelActed,
    PanelDidNothing,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.personal import Erased

EVERYBODY_HAS: Final[Mapping[type[Event], int]] = MappingProxyType(
    {AssessorAssigned: 2, AssessmentSubmitted: 2, DecisionMade: 1}
)
"""How many acts of a kind each application has, whatever is decided on it."""

Act = (
    AssessorAssigned
    | AssessorAwaitedAgain
    | ConflictDeclared
    | AssessmentSubmitted
    | AssessmentAmended
    | AssessorStoodDown
    | ModerationHeld
    | DecisionMade
    | DecisionChanged
    | DecisionReopened
    | DecisionInDoubt
    | CorrectionSigned
    | PanelDidNothing
    | PanelActed
)


@dataclass
class PanelActs(Knowledge):
    """How often the panel acted about each application of a cohort, and of what kind."""

    cohort_id: CohortId | None
    people: dict[ApplicationId, PersonId] = field(default_factory=dict)
    number: Counter[ApplicationId] = field(default_factory=Counter)
    of_a_kind: Counter[tuple[ApplicationId, type[Event]]] = field(default_factory=Counter)
    erased: set[ApplicationId] = field(default_factory=set)
    assessed_by: defaultdict[PersonId, set[ApplicationId]] = field(
        default_factory=lambda: defaultdict(set)
    )

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def with_the_panel(self) -> list[ApplicationId]:
        """The applications about which the panel may act or has acted, by id; not of the erased."""
        return sorted(self.people.keys() - self.erased)

    def alike(self, act: Act) -> Iterator[Event]:
        """An act; with it, unless every application has such an act, nothing about all others."""
        mine = act.application_id
        if self.of_a_kind[mine, type(act)] < EVERYBODY_HAS.get(type(act), 0):
            yield act
            return
        # By id, so that its place does not tell the real one.
        for one in sorted({*self.with_the_panel, mine}):
            yield act if one == mine else self._nothing(act.cohort_id, one)

    def all_alike(self, acts: Mapping[ApplicationId, Act], cohort_id: CohortId) -> Iterator[Event]:
        """Acts about some applications, and nothing about all others."""
        for one in sorted({*self.with_the_panel, *acts}):
            yield acts.get(one) or self._nothing(cohort_id, one)

    def evened(self, cohort_id: CohortId) -> Iterator[PanelDidNothing]:
        """What is missing until all have had the same number, by application."""
        most = max((self.number[one] for one in self.with_the_panel), default=0)
        for one in self.with_the_panel:
            for _ in range(most - self.number[one]):
                yield self._nothing(cohort_id, one)

    def _nothing(self, cohort_id: CohortId, one: ApplicationId) -> PanelDidNothing:
        return PanelDidNothing(application_id=one, cohort_id=cohort_id, person_id=self.people[one])

    @learns(EligibilityConfirmed)
    def comes_to_the_panel(self, event: EligibilityConfirmed) -> None:
        self.people[event.application_id] = event.person_id

    @learns(ApplicationSubmitted, ApplicationAmended)
    def handed_in(self, event: ApplicationSubmitted | ApplicationAmended) -> None:
        if isinstance(event.profile, Erased):
            self.erased.add(event.application_id)

    @learns(
        AssessorAssigned,
        AssessorAwaitedAgain,
        AssessorStoodDown,
        ConflictDeclared,
        AssessmentSubmitted,
        AssessmentAmended,
        ModerationHeld,
        DecisionMade,
        DecisionChanged,
        DecisionReopened,
        DecisionInDoubt,
        CorrectionSigned,
        PanelDidNothing,
        PanelActed,
    )
    def acted(self, event: Act) -> None:
        self.people[event.application_id] = event.person_id
        self.number[event.application_id] += 1
        self.of_a_kind[event.application_id, type(event)] += 1
        if isinstance(event, AssessmentSubmitted):
            self.assessed_by[event.assessor_id].add(event.application_id)
        if isinstance(event, PanelActed):  # what stays under its cover was erased
            self.erased.add(event.application_id)
