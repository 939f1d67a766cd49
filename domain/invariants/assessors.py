"""What must hold of who assesses and decides: asked to, not too close, no rival, not themselves."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.panels import DECISIONS, SOFT
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationReinstated, ApplicationStarted
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAppointed,
    AssessorAssigned,
    ModerationHeld,
)
from events.catalogue import Recorded
from events.ids import CohortId, PersonId
from events.roles import RoleWithdrawn
from events.terms import Role

BY_AN_ASSESSOR: Final = (AssessorAssigned, AssessmentSubmitted, AssessmentAmended)
SCORES: Final = (AssessmentSubmitted, AssessmentAmended)


class NobodyOnThemselves(Invariant):
    """Somebody assesses, or decides on, their own application."""

    name: ClassVar = "assessments.nobody-on-themselves"
    rules: ClassVar = (4, 5)
    opens: ClassVar = True

    @learns(*BY_AN_ASSESSOR)
    def assesses(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Not even asked to."""
        return self._own(fact, fact.event.assessor_id)

    @learns(*DECISIONS, ModerationHeld)
    def decides(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Whoever says what was decided."""
        return self._own(fact, fact.envelope.origin.actor)

    def _own(self, fact: Recorded[Any], who: str) -> list[Finding] | None:
        if who != fact.event.person_id:
            return None
        return [self.found((fact.event.application_id, who), fact.envelope.position)]


class NobodyOnARival(Invariant):
    """Somebody assesses, or decides on, an application of a cohort for which they have applied
    themselves, however it went.
    """

    name: ClassVar = "assessments.nobody-on-a-rival"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    @learns(*BY_AN_ASSESSOR)
    def assesses(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Not even asked to."""
        return self._rival(fact, fact.event.assessor_id)

    @learns(*DECISIONS)
    def decides(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Whoever says what was decided."""
        return self._rival(fact, fact.envelope.origin.actor)

    def _rival(self, fact: Recorded[Any], who: str) -> list[Finding] | None:
        event = fact.event
        theirs = self.log.places.of_person.get((event.cohort_id, PersonId(who)), ())
        own = [one for one in theirs if one.begun_at]
        if who == event.person_id or not own:
            return None
        about = event.application_id, who, own[0].application_id
        return [self.found(about, own[0].begun_at, fact.envelope.position)]


class NoAssessorApplies(Invariant):
    """Somebody has applied for a cohort, however it went, and is an assessor of it."""

    name: ClassVar = "assessments.no-assessor-applies"
    rules: ClassVar = (4,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._appointed: dict[tuple[CohortId | None, PersonId], int] = {}
        self._both: dict[tuple[CohortId | None, PersonId], int] = {}

    @learns(AssessorAppointed)
    def appointed(self, fact: Recorded[AssessorAppointed]) -> None:
        """Nobody who ever applied."""
        who = fact.event.cohort_id, fact.event.assessor_id
        self._appointed[who] = fact.envelope.position
        if any(one.begun_at for one in self.log.places.of_person.get(who, ())):
            self._both[who] = fact.envelope.position

    @learns(ApplicationStarted, ApplicationReinstated)
    def applies(self, fact: Recorded[Any]) -> None:
        """Whoever does so ceases to assess in the same moment."""
        who = fact.event.cohort_id, fact.event.person_id
        if who in self._appointed:
            self._both[who] = fact.envelope.position

    @learns(RoleWithdrawn)
    def ceases(self, fact: Recorded[RoleWithdrawn]) -> None:
        """They assess no more."""
        if fact.event.role is Role.ASSESSOR:
            who = fact.event.cohort_id, fact.event.person_id
            self._appointed.pop(who, None)
            self._both.pop(who, None)

    def settled(self) -> Iterator[Finding]:
        """Once the command is over in which they became both."""
        while self._both:
            who, at = self._both.popitem()
            yield self.found(who, self._appointed[who], at)


class NotTooClose(Invariant):
    """Somebody assesses an application of a person to whom they are too close."""

    name: ClassVar = "assessments.not-too-close"
    rules: ClassVar = (5,)
    opens: ClassVar = True

    @learns(*BY_AN_ASSESSOR)
    def assesses(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By what was declared before, by either of them or on the panel."""
        event, at = fact.event, fact.envelope.position
        ties = self.log.people.between(event.person_id, event.assessor_id)
        close = [tie.at for tie in ties if tie.kind is not SOFT]
        conflicts = self.log.panels.all[event.application_id].conflicts
        close.append(conflicts.get(event.assessor_id, 0))
        if not any(close):
            return None
        return [self.found((event.application_id, event.assessor_id), *close, at)]


class AcquaintanceOnRecord(Invariant):
    """Somebody assessed a person whom they know, and the panel has no record of it."""

    name: ClassVar = "assessments.acquaintance-on-record"
    rules: ClassVar = (5,)
    opens: ClassVar = True

    @learns(*SCORES)
    def assesses(self, fact: Recorded[Any]) -> list[Finding] | None:
        """A soft conflict is declared before the scores come."""
        event, at = fact.event, fact.envelope.position
        ties = [one.at for one in self.log.people.between(event.person_id, event.assessor_id)]
        if not ties or event.assessor_id in self.log.panels.all[event.application_id].declared:
            return None
        return [self.found((event.application_id, event.assessor_id), *ties, at)]


class OnlyWhoWasAsked(Invariant):
    """Somebody assessed an application that nobody had given to them."""

    name: ClassVar = "assessments.only-who-was-asked"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    @learns(*SCORES)
    def assesses(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Assigned before."""
        event = fact.event
        if event.assessor_id in self.log.panels.all[event.application_id].assigned:
            return None
        return [self.found((event.application_id, event.assessor_id), fact.envelope.position)]


class OnlyTheEligible(Invariant):
    """The panel assessed or decided on an application that was not eligible, or was taken back."""

    name: ClassVar = "assessments.only-the-eligible"
    rules: ClassVar = (3, 4)
    opens: ClassVar = True

    @learns(*BY_AN_ASSESSOR, *DECISIONS, ModerationHeld)
    def acts(self, fact: Recorded[Any]) -> list[Finding] | None:
        """At the moment in which it acts."""
        mine = fact.event.application_id
        life = self.log.places.all.get(mine)
        if life and life.stage == "eligible":
            return None
        return [self.found((mine,), life.stage_at if life else 0, fact.envelope.position)]
