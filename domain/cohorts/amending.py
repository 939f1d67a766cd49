"""How the plan of a cohort becomes another, as far as nothing rests on what it was."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final

from domain.cohorts.cohort import must_be_allowed
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.plans import AMENDABLE, DAYS
from domain.cohorts.under_way import Assessed, UnderWay
from domain.decision import Act, Command, Decides, Know, Refusal, StandsInTheWay
from domain.reasons import SaidOfCohort
from events.cohorts import (
    AcceptWithinDays,
    CohortPlanAmended,
    CohortPlanned,
    ModerationGap,
    PlacesPerSide,
    RequiredWorkshops,
)
from events.event import Event
from events.ids import CohortId
from events.personal import Line
from events.rules import Criteria
from events.terms import ProgrammeDay, Role

JUDGED_BY: Final = frozenset({"criteria", "required_workshops", "moderation_gap"})
"""What is the same for everybody once somebody was judged by it."""
STEPS: Final = (
    ("opened", {"opens_on"}, "the opening of applications"),
    ("released", {"closes_on", "decisions_on"}, "the release of the decisions"),
    ("started", {"starts_on"}, "the start of the cohort"),
    ("completed", {*AMENDABLE} - {"title"}, "the end of the cohort"),
)
"""What of a plan stays, once a step was taken."""


class PlanChangeReason(StrEnum):
    """Why a plan is another; coarse, because we need not know more."""

    MISTAKE = "cohort.plan-mistake"
    VENUE = "cohort.plan-venue"
    TEAM = "cohort.plan-team"
    FUNDING = "cohort.plan-funding"
    DEMAND = "cohort.plan-demand"
    OTHER = "cohort.plan-other"


class DaysNotInOrder(Refusal):
    """The days must be in order: opens, closes, decisions, starts, ends. Name those as well that
    have to move with it.
    """

    code = "cohort.days-not-in-order"


class ClosesTooSoon(Refusal):
    """Applications can close at the end of today at the earliest, so that nobody is cut off."""

    code = "cohort.closes-too-soon"


class AmendPlan(Command, Decides[CohortRules, UnderWay, Assessed, SaidOfCohort]):
    """A coordinator changes the plan of a cohort, and says why; what is not named stays.
    Whoever names the same again for another reason puts the reason right.

    Applications close early by an earlier `closes_on`, today at the earliest, and are open again
    by a later one until the decisions are released.
    """

    name: ClassVar = "cohort.amend-plan"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    reason: PlanChangeReason
    title: Line | None = None
    opens_on: ProgrammeDay | None = None
    closes_on: ProgrammeDay | None = None
    decisions_on: ProgrammeDay | None = None
    starts_on: ProgrammeDay | None = None
    ends_on: ProgrammeDay | None = None
    places_per_side: PlacesPerSide | None = None
    criteria: Criteria | None = None
    required_workshops: RequiredWorkshops | None = None
    accept_within_days: AcceptWithinDays | None = None
    moderation_gap: ModerationGap | None = None

    def needs(self, know: Know) -> tuple[CohortRules, UnderWay, Assessed, SaidOfCohort]:
        this = self.cohort_id
        judged = any(getattr(self, name) is not None for name in JUDGED_BY)
        under_way, assessed = know(UnderWay(this)), know(Assessed(this if judged else None))
        return cohort_rules(know, this), under_way, assessed, know(SaidOfCohort(this))

    def decide(
        self,
        act: Act,
        rules: CohortRules,
        under_way: UnderWay,
        assessed: Assessed,
        said: SaidOfCohort,
    ) -> Iterator[Event]:
        plan = rules.cohort.known
        changes = self._changes(plan)
        if not changes:
            yield from self._for_another_reason(said)
            return
        in_the_way = [*self._in_the_way(rules, changes)]
        if assessed.begun and JUDGED_BY & changes.keys():
            in_the_way.append("the assessments")
        if changes.get("places_per_side", under_way.most_taken) < under_way.most_taken:
            in_the_way.append(f"the {under_way.most_taken} places that are offered or taken")
        if in_the_way:
            raise StandsInTheWay(*in_the_way)
        self._must_be_days(act, plan, changes)
        must_be_allowed(plan.model_copy(update=changes), rules.numbers)
        yield CohortPlanAmended(cohort_id=self.cohort_id, reason=self.reason.value, **changes)

    def _for_another_reason(self, said: SaidOfCohort) -> Iterator[Event]:
        named = said.differing(CohortPlanAmended, self.reason, self._named())
        if named:
            yield CohortPlanAmended(cohort_id=self.cohort_id, reason=self.reason.value, **named)

    def _named(self) -> dict[str, Any]:
        return {name: it for name in AMENDABLE if (it := getattr(self, name)) is not None}

    def _changes(self, plan: CohortPlanned) -> dict[str, Any]:
        """What is named, and is not so already."""
        return {name: it for name, it in self._named().items() if it != getattr(plan, name)}

    def _in_the_way(self, rules: CohortRules, changes: dict[str, Any]) -> Iterator[str]:
        cohort, longest = rules.cohort, timedelta(days=rules.numbers.extension_days)
        for step, names, what in STEPS:
            if getattr(cohort, step) and names & changes.keys():
                yield what
        if decisions_on := changes.get("decisions_on"):
            for who, until in cohort.extensions.items():
                if until > decisions_on + longest:
                    yield f"the longer time of {who}"

    def _must_be_days(self, act: Act, plan: CohortPlanned, changes: dict[str, Any]) -> None:
        """Refuses days out of their order, and a close that nobody could have known of."""
        new = plan.model_copy(update=changes)
        days = [getattr(new, name) for name in DAYS]
        if days != sorted(days):
            raise DaysNotInOrder
        if "closes_on" in changes and act.asked_on > new.closes_on:
            raise ClosesTooSoon
