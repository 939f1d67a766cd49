"""The plans of all cohorts: by them it is seen that one is planned twice."""

from dataclasses import dataclass, field
from typing import Final

from domain.decision import Knowledge, learns
from events.cohorts import CohortCancelled, CohortPlanAmended, CohortPlanned
from events.ids import CohortId, ProgrammeId
from events.personal import plain

DAYS: Final = ("opens_on", "closes_on", "decisions_on", "starts_on", "ends_on")
AMENDABLE: Final = (
    "title",
    *DAYS,
    "places_per_side",
    "criteria",
    "required_workshops",
    "accept_within_days",
    "moderation_gap",
)


def amended(plan: CohortPlanned, event: CohortPlanAmended) -> CohortPlanned:
    """The plan as it is after an amendment."""
    named = {name: getattr(event, name) for name in AMENDABLE}
    return plan.model_copy(update={name: it for name, it in named.items() if it is not None})


@dataclass
class Plans(Knowledge):
    """The plan of every cohort that was not cancelled."""

    programme_id: ProgrammeId | None
    plans: dict[CohortId, CohortPlanned] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.programme_id,)

    def like(self, plan: CohortPlanned) -> list[CohortId]:
        """The cohorts that bear the same title, or have all the same days."""
        return [
            one for one, it in self.plans.items() if _title(it) == _title(plan) or same(it, plan)
        ]

    @learns(CohortPlanned)
    def planned(self, event: CohortPlanned) -> None:
        self.plans[event.cohort_id] = event

    @learns(CohortPlanAmended)
    def otherwise(self, event: CohortPlanAmended) -> None:
        if plan := self.plans.get(event.cohort_id):
            self.plans[event.cohort_id] = amended(plan, event)

    @learns(CohortCancelled)
    def off(self, event: CohortCancelled) -> None:
        self.plans.pop(event.cohort_id, None)


def _title(plan: CohortPlanned) -> str:
    return " ".join((plain(plan.title) or plan.cohort_id).casefold().split())


def same(one: CohortPlanned, other: CohortPlanned) -> bool:
    """Whether two plans have all the same days."""
    return all(getattr(one, name) == getattr(other, name) for name in DAYS)
