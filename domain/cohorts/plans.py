"""The plans of all cohorts: by them it is seen that one is planned twice."""

from dataclasses import dataclass, field
from datetime import date
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
    """The title and the days of every cohort that was not cancelled."""

    programme_id: ProgrammeId | None
    known: dict[CohortId, tuple[str, tuple[date, ...]]] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.programme_id,)

    def like(self, plan: CohortPlanned) -> list[CohortId]:
        """The cohorts that bear the same title, or have all the same days."""
        title, days = _told_apart_by(plan)
        return [one for one, it in self.known.items() if title == it[0] or days == it[1]]

    @learns(CohortPlanned)
    def planned(self, event: CohortPlanned) -> None:
        self.known[event.cohort_id] = _told_apart_by(event)

    @learns(CohortPlanAmended)
    def otherwise(self, event: CohortPlanAmended) -> None:
        if (was := self.known.get(event.cohort_id)) is None:
            return
        days = tuple(getattr(event, name) or it for name, it in zip(DAYS, was[1], strict=True))
        named = plain(event.title)
        self.known[event.cohort_id] = (_folded(named) if named else was[0], days)

    @learns(CohortCancelled)
    def off(self, event: CohortCancelled) -> None:
        self.known.pop(event.cohort_id, None)


def _told_apart_by(plan: CohortPlanned) -> tuple[str, tuple[date, ...]]:
    title = plain(plan.title) or plan.cohort_id
    return _folded(title), tuple(getattr(plan, name) for name in DAYS)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
