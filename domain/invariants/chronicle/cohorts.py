"""How far each cohort has come."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortPlanned,
    CohortStarted,
    CohortStartTakenBack,
    DecisionsReleased,
    ExtensionGranted,
    ExtensionWithdrawn,
)
from events.event import Event
from events.ids import CohortId, PersonId
from events.personal import Erased, Sealed

STEPS: Final[dict[type[Event], str]] = {
    ApplicationsOpened: "opened_at",
    ApplicationsClosed: "closed_at",
    DecisionsReleased: "released_at",
    CohortStarted: "started_at",
    CohortCompleted: "completed_at",
    CohortCancelled: "cancelled_at",
}


LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class CohortLife:
    """A cohort's plan as it is now, and at which position it took each step; 0 where it has not,
    or where that was taken back. `moved` is what the last amendment of the plan changed of it, and
    `on_again` when it was last recorded that it is not over after all.
    """

    plan: CohortPlanned | None = None
    planned_at: int = 0
    moved: frozenset[str] = frozenset()
    opened_at: int = 0
    closed_at: int = 0
    released_at: int = 0
    started_at: int = 0
    completed_at: int = 0
    cancelled_at: int = 0
    cancelled: datetime | None = None
    on_again: datetime = LONG_AGO
    extensions: dict[PersonId, tuple[date | Sealed | Erased, int]] = field(default_factory=dict)


NO_COHORT: Final = CohortLife()


class CohortLives(Learner):
    """All cohorts."""

    def __init__(self) -> None:
        self._all: dict[CohortId, CohortLife] = {}

    def get(self, cohort_id: CohortId) -> CohortLife:
        """A cohort's life; an empty one, not to be changed, if nothing is known of it."""
        return self._all.get(cohort_id, NO_COHORT)

    def items(self) -> list[tuple[CohortId, CohortLife]]:
        """Each cohort with its id."""
        return list(self._all.items())

    @learns(CohortPlanned)
    def planned(self, fact: Recorded[CohortPlanned]) -> None:
        """It has its dates."""
        life = self._all.setdefault(fact.event.cohort_id, CohortLife())
        life.plan, life.planned_at = fact.event, fact.envelope.position

    @learns(CohortPlanAmended)
    def planned_otherwise(self, fact: Recorded[CohortPlanAmended]) -> None:
        """What is named is another; a later close opens again what was closed."""
        life, event = self._all.setdefault(fact.event.cohort_id, CohortLife()), fact.event
        if life.plan is None:
            return
        named = {name: getattr(event, name, None) for name in CohortPlanned.model_fields}
        changes = {name: it for name, it in named.items() if it is not None}
        if changes.get("closes_on", life.plan.closes_on) > life.plan.closes_on:
            life.closed_at = 0
        others = {name for name, it in changes.items() if it != getattr(life.plan, name)}
        life.moved = frozenset(others)
        life.plan, life.planned_at = life.plan.model_copy(update=changes), fact.envelope.position

    @learns(CohortStartTakenBack)
    def not_started(self, fact: Recorded[CohortStartTakenBack]) -> None:
        """It stands where it stood."""
        self._all.setdefault(fact.event.cohort_id, CohortLife()).started_at = 0

    @learns(CohortCompletionTakenBack)
    def not_over(self, fact: Recorded[CohortCompletionTakenBack]) -> None:
        """It goes on."""
        life = self._all.setdefault(fact.event.cohort_id, CohortLife())
        life.completed_at, life.on_again = 0, fact.envelope.recorded

    @learns(ExtensionWithdrawn)
    def no_longer(self, fact: Recorded[ExtensionWithdrawn]) -> None:
        """Somebody has as long as everybody."""
        life = self._all.setdefault(fact.event.cohort_id, CohortLife())
        life.extensions.pop(fact.event.person_id, None)

    @learns(*STEPS)
    def went_on(self, fact: Recorded[Any]) -> None:
        """It took a step; the first one counts."""
        life = self._all.setdefault(fact.event.cohort_id, CohortLife())
        step = STEPS[type(fact.event)]
        setattr(life, step, getattr(life, step) or fact.envelope.position)
        if isinstance(fact.event, CohortCancelled):
            life.cancelled = life.cancelled or fact.envelope.recorded

    @learns(ExtensionGranted)
    def extended(self, fact: Recorded[ExtensionGranted]) -> None:
        """Somebody has longer; the last word counts."""
        life = self._all.setdefault(fact.event.cohort_id, CohortLife())
        life.extensions[fact.event.person_id] = (fact.event.until, fact.envelope.position)
