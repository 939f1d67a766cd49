"""What must hold of a cohort as a whole: its course, its window, its end."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.cohorts import STEPS, CohortLife
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, start_of
from events.catalogue import Recorded
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortPlanned,
    CohortStarted,
    DecisionsReleased,
    ReleaseOverdue,
)
from events.event import Event

AFTER: Final[dict[type[Event], tuple[str, ...]]] = {
    ApplicationsOpened: ("planned_at",),
    ApplicationsClosed: ("opened_at",),
    DecisionsReleased: ("planned_at",),
    CohortStarted: ("released_at",),
    CohortCompleted: ("started_at",),
    CohortCancelled: ("planned_at",),
}
"""The steps that must have been taken before one."""
NOT_AFTER: Final[dict[type[Event], tuple[str, ...]]] = {
    **dict.fromkeys(STEPS, ("completed_at", "cancelled_at")),
    ApplicationsClosed: ("cancelled_at",),
}
"""The steps after which one is not taken any more; that nobody can apply may be said late."""


class StepByStep(Invariant):
    """A cohort took a step twice, or too early in its course, or after its end."""

    name: ClassVar = "cohorts.step-by-step"

    @learns(*STEPS)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Opened, closed, released, started, completed; cancelled before it is completed."""
        kind, at = type(fact.event), fact.envelope.position
        life = self.log.cohorts.get(fact.event.cohort_id)
        own = STEPS[kind]
        ends = [found for one in NOT_AFTER[kind] if one != own and (found := getattr(life, one))]
        too_early = not all(getattr(life, one) for one in AFTER[kind])
        if getattr(life, own) == at and not ends and not too_early:
            return None
        return [self.found((fact.event.cohort_id,), life.planned_at, getattr(life, own), *ends, at)]


class PlannedOnce(Invariant):
    """A cohort was planned twice."""

    name: ClassVar = "cohorts.planned-once"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._planned: dict[str, int] = {}

    @learns(CohortPlanned)
    def planned(self, fact: Recorded[CohortPlanned]) -> list[Finding] | None:
        """Its plan is its first fact."""
        cohort_id, at = fact.event.cohort_id, fact.envelope.position
        first = self._planned.setdefault(cohort_id, at)
        return None if first == at else [self.found((cohort_id,), first, at)]


class OpenedAndClosedOnItsDays(Invariant):
    """Applications of a cohort were opened before, or closed within, the days for them."""

    name: ClassVar = "cohorts.opened-and-closed-on-its-days"
    rules: ClassVar = (2,)

    @learns(ApplicationsOpened, ApplicationsClosed)
    def on_a_day(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Days are days in London, and half-open."""
        life = self.log.cohorts.get(fact.event.cohort_id)
        if life.plan is None:
            return None
        opens = isinstance(fact.event, ApplicationsOpened)
        first = start_of(life.plan.opens_on) if opens else end_of(life.plan.closes_on)
        if fact.envelope.time >= first:
            return None
        return [self.found((fact.event.cohort_id,), life.planned_at, fact.envelope.position)]


class ReleasedOnItsDay(Invariant):
    """Decisions were released before their day, or while people could still apply."""

    name: ClassVar = "cohorts.released-on-its-day"
    rules: ClassVar = (7,)

    @learns(DecisionsReleased)
    def released(self, fact: Recorded[DecisionsReleased]) -> list[Finding] | None:
        """Whoever has longer by an extension is not counted here: it may be of no use any more."""
        life = self.log.cohorts.get(fact.event.cohort_id)
        if life.plan is None:
            return None
        first = max(start_of(life.plan.decisions_on), end_of(life.plan.closes_on))
        if fact.envelope.time >= first:
            return None
        return [self.found((fact.event.cohort_id,), life.planned_at, fact.envelope.position)]


class ReleaseOverdueOnce(Invariant):
    """People were told twice that a day to hear is over, too early, or when they had heard."""

    name: ClassVar = "cohorts.release-overdue-once"
    rules: ClassVar = (7,)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._said: dict[tuple[str, date], int] = {}

    @learns(ReleaseOverdue)
    def late(self, fact: Recorded[ReleaseOverdue]) -> list[Finding] | None:
        """Once for each day that was planned."""
        event, at = fact.event, fact.envelope.position
        life = self.log.cohorts.get(event.cohort_id)
        said_at = self._said.setdefault((event.cohort_id, event.decisions_on), at)
        of_the_plan = life.plan is not None and life.plan.decisions_on == event.decisions_on
        in_time = end_of(event.decisions_on) <= fact.envelope.time
        if of_the_plan and in_time and said_at == at and not life.released_at:
            return None
        return [self.found((event.cohort_id,), life.planned_at, said_at, life.released_at, at)]


class ReleaseOverdueNotForgotten(Invariant):
    """The day on which everybody was to hear is long over, and nobody was told that they wait."""

    name: ClassVar = "cohorts.lateness-not-forgotten"
    rules: ClassVar = (7,)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._said: set[tuple[str, date]] = set()

    @learns(ReleaseOverdue)
    def told(self, fact: Recorded[ReleaseOverdue]) -> None:
        """They were told."""
        self._said.add((fact.event.cohort_id, fact.event.decisions_on))

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of those that people could apply for."""
        for cohort_id, life in self.log.cohorts.items():
            over = not life.opened_at or life.released_at or life.cancelled_at
            if life.plan is None or over or (cohort_id, life.plan.decisions_on) in self._said:
                continue
            if self.waits(end_of(life.plan.decisions_on), now):
                yield self.found((cohort_id,), life.planned_at, life.opened_at)


class ClosingNotForgotten(Invariant):
    """The closing day of a cohort is long over, and its applications were never closed."""

    name: ClassVar = "cohorts.closing-not-forgotten"
    rules: ClassVar = (2,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of those that were opened, until everybody has heard."""
        for cohort_id, life in self.log.cohorts.items():
            if self._is_open(life) and life.plan and self.waits(end_of(life.plan.closes_on), now):
                yield self.found((cohort_id,), life.planned_at, life.opened_at)

    def _is_open(self, life: CohortLife) -> bool:
        over = life.closed_at or life.released_at or life.cancelled_at
        return bool(life.opened_at) and not over
