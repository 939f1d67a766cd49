"""What must hold of a cohort's plan, of what may become of it, and of its days."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.assessments import AssessmentSubmitted
from events.calendar import start_of
from events.catalogue import Recorded
from events.cohorts import (
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortStarted,
    CohortStartTakenBack,
    ExtensionGranted,
)
from events.ids import CohortId, PersonId
from events.terms import Side

DAYS: Final = ("opens_on", "closes_on", "decisions_on", "starts_on", "ends_on")


class PlacesNotBelowThoseTaken(Invariant):
    """A plan has fewer places than are offered and taken."""

    name: ClassVar = "cohorts.places-not-below-those-taken"
    rules: ClassVar = (8,)

    @learns(CohortPlanAmended)
    def fewer(self, fact: Recorded[CohortPlanAmended]) -> list[Finding] | None:
        """On either side."""
        cohort_id, places = fact.event.cohort_id, fact.event.places_per_side
        taken = [self.log.places.taken.get((cohort_id, side), {}) for side in Side]
        most = max(taken, key=len)
        if places is None or len(most) <= places:
            return None
        return [self.found((cohort_id,), *most.values(), fact.envelope.position)]


class JudgedByOneMeasure(Invariant):
    """What applications are judged by became another when somebody had been judged by it."""

    name: ClassVar = "cohorts.judged-by-one-measure"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._judged: dict[CohortId, int] = {}

    @learns(AssessmentSubmitted)
    def judged(self, fact: Recorded[AssessmentSubmitted]) -> None:
        """The first one counts."""
        self._judged.setdefault(fact.event.cohort_id, fact.envelope.position)

    @learns(CohortPlanAmended)
    def another(self, fact: Recorded[CohortPlanAmended]) -> list[Finding] | None:
        """Criteria, how far scores may be apart, what must be attended."""
        event = fact.event
        measures = event.criteria, event.required_workshops, event.moderation_gap
        judged_at = self._judged.get(event.cohort_id)
        if judged_at is None or not any(measures):
            return None
        return [self.found((event.cohort_id,), judged_at, fact.envelope.position)]


class DaysInOrder(Invariant):
    """The days of a cohort are out of their order."""

    name: ClassVar = "cohorts.days-in-order"

    @learns(CohortPlanAmended)
    def planned_otherwise(self, fact: Recorded[CohortPlanAmended]) -> list[Finding] | None:
        """It opens, closes, decides, starts, ends."""
        plan = self.log.cohorts.get(fact.event.cohort_id).plan
        days = [getattr(plan, name) for name in DAYS] if plan else []
        if days == sorted(days):
            return None
        return [self.found((fact.event.cohort_id,), fact.envelope.position)]


class WhatWasTakenStays(Invariant):
    """A day of a plan was moved for a step that had been taken."""

    name: ClassVar = "cohorts.what-was-taken-stays"

    @learns(CohortPlanAmended)
    def moved(self, fact: Recorded[CohortPlanAmended]) -> list[Finding] | None:
        """A day that people lived through is not planned any more; it may be named again, with the
        right reason for it.
        """
        event, life = fact.event, self.log.cohorts.get(fact.event.cohort_id)
        taken = {
            "opens_on": life.opened_at,
            "closes_on": life.released_at,
            "decisions_on": life.released_at,
            "starts_on": life.started_at,
            "ends_on": life.completed_at,
        }
        late = [at for name, at in taken.items() if at and name in life.moved]
        if not late:
            return None
        return [self.found((event.cohort_id,), *late, fact.envelope.position)]


class ExtensionsBounded(Invariant):
    """Somebody has so long to apply that all others wait for weeks."""

    name: ClassVar = "cohorts.extensions-bounded"
    rules: ClassVar = (2, 7)

    @learns(ExtensionGranted)
    def longer(self, fact: Recorded[ExtensionGranted]) -> list[Finding]:
        """By what can be read of it."""
        return [*self._too_long(fact, {fact.event.person_id})]

    @learns(CohortPlanAmended)
    def sooner(self, fact: Recorded[CohortPlanAmended]) -> list[Finding]:
        """The day for the decisions may come nearer."""
        life = self.log.cohorts.get(fact.event.cohort_id)
        return [*self._too_long(fact, life.extensions)]

    def _too_long(self, fact: Recorded[Any], whose: Iterable[PersonId]) -> Iterator[Finding]:
        cohort_id, life = fact.event.cohort_id, self.log.cohorts.get(fact.event.cohort_id)
        longest = timedelta(days=self.log.rules.of(life.plan).extension_days)
        for who in whose:
            until, at = life.extensions[who]
            if life.plan and isinstance(until, date) and until > life.plan.decisions_on + longest:
                yield self.found((cohort_id, who), at, fact.envelope.position)


class StartedAndCompletedOnItsDays(Invariant):
    """A cohort started, or was completed, before its day, or while somebody had yet to answer."""

    name: ClassVar = "cohorts.started-and-completed-on-its-days"

    @learns(CohortStarted, CohortCompleted)
    def takes_a_step(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Days are days in London."""
        cohort_id, life = fact.event.cohort_id, self.log.cohorts.get(fact.event.cohort_id)
        if life.plan is None:
            return None
        starts = isinstance(fact.event, CohortStarted)
        first = start_of(life.plan.starts_on if starts else life.plan.ends_on)
        offered = self.log.places.offered.values()
        open_ = [one.offered_at for one in offered if one.cohort_id == cohort_id]
        if fact.envelope.time >= first and not open_:
            return None
        return [self.found((cohort_id,), life.planned_at, *open_, fact.envelope.position)]


class StepsTakenBack(Invariant):
    """A start or an end was taken back that had not been, or on which something rests."""

    name: ClassVar = "cohorts.steps-taken-back"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._stands: Counter[tuple[CohortId, str]] = Counter()

    @learns(CohortStarted, CohortCompleted)
    def takes_a_step(self, fact: Recorded[Any]) -> None:
        """It stands until it is taken back."""
        self._stands[fact.event.cohort_id, fact.event.name] += 1

    @learns(CohortStartTakenBack)
    def not_started(self, fact: Recorded[CohortStartTakenBack]) -> list[Finding] | None:
        """Not while the cohort is over."""
        cohort_id = fact.event.cohort_id
        over = self._stands[cohort_id, CohortCompleted.name]
        return self._back(fact, CohortStarted.name, stands_in_the_way=bool(over))

    @learns(CohortCompletionTakenBack)
    def not_over(self, fact: Recorded[CohortCompletionTakenBack]) -> list[Finding] | None:
        """Nothing rests on an end."""
        return self._back(fact, CohortCompleted.name, stands_in_the_way=False)

    def _back(
        self, fact: Recorded[Any], step: str, *, stands_in_the_way: bool
    ) -> list[Finding] | None:
        stood = self._stands.pop((fact.event.cohort_id, step), 0)
        if stood and not stands_in_the_way:
            return None
        return [self.found((fact.event.cohort_id,), fact.envelope.position)]
