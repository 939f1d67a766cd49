"""What people mean to do about plans, days and steps that are not as they should be."""

from datetime import date, timedelta
from typing import Any

from domain.cohorts.plans import AMENDABLE, amended
from events.calendar import at
from events.cohorts import (
    CohortCompleted,
    CohortCompletionTakenBack,
    CohortPlanAmended,
    CohortPlanned,
    CohortStarted,
    CohortStartTakenBack,
    ExtensionGranted,
)
from tests.walk.choosing import sign
from tests.walk.lives import Lives, after


@after(CohortPlanned)
def changes(life: Lives, fact: CohortPlanned) -> None:
    for _ in range(2):
        life.will(0.5, 25, "cohort.amend-plan", **otherwise(life, fact))


def otherwise(life: Lives, plan: CohortPlanned) -> dict[str, Any]:
    """One thing that a plan may come to say instead."""
    days = timedelta(days=life.chance.choice((-2, -1, 1, 2, 3)))
    change = life.chance.choice(
        (
            {"closes_on": plan.closes_on + days},
            {"closes_on": plan.closes_on + days, "decisions_on": plan.decisions_on + days},
            {"starts_on": plan.starts_on + days},
            {"ends_on": plan.ends_on + days},
            {"places_per_side": max(1, plan.places_per_side + days.days)},
            {"moderation_gap": 40},
            {"accept_within_days": 6},
            {"required_workshops": life.chance.choice((1, 3))},
            {"title": f"{plan.cohort_id} otherwise"},
        )
    )
    said = {name: it.isoformat() if isinstance(it, date) else it for name, it in change.items()}
    return {"cohort_id": plan.cohort_id, **dict.fromkeys(AMENDABLE), **said}


@after(CohortPlanAmended)
def planned_otherwise(life: Lives, fact: CohortPlanAmended) -> None:
    plan = life.plans[fact.cohort_id] = amended(life.plans[fact.cohort_id], fact)
    if fact.cohort_id in life.choosing:
        life.choosing[fact.cohort_id] = plan
    if fact.decisions_on:
        released = at(plan.decisions_on, 10)
        sign(life, fact.cohort_id, released - timedelta(hours=20))
        life.at(released, "cohort.release-decisions", {"cohort_id": fact.cohort_id})


@after(CohortStarted)
def started(life: Lives, fact: CohortStarted) -> None:
    life.will(0.1, 2, "cohort.take-back-start", cohort_id=fact.cohort_id)


@after(CohortStartTakenBack)
def starts_again(life: Lives, fact: CohortStartTakenBack) -> None:
    life.will(1, 2, "cohort.start", cohort_id=fact.cohort_id)


@after(CohortCompleted)
def completed(life: Lives, fact: CohortCompleted) -> None:
    life.will(0.2, 3, "cohort.take-back-completion", cohort_id=fact.cohort_id)


@after(CohortCompletionTakenBack)
def ends_again(life: Lives, fact: CohortCompletionTakenBack) -> None:
    life.will(1, 5, "cohort.complete", cohort_id=fact.cohort_id)


@after(ExtensionGranted)
def has_longer(life: Lives, fact: ExtensionGranted) -> None:
    whose = {"cohort_id": fact.cohort_id, "person_id": fact.person_id}
    life.will(0.2, 3, "cohort.grant-extension", **whose)
    life.will(0.2, 3, "cohort.withdraw-extension", **whose)
