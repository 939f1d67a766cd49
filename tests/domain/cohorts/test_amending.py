from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.cohorts.amending import (
    AmendPlan,
    ClosesTooSoon,
    DaysNotInOrder,
    PlanChangeReason,
)
from domain.cohorts.cohort import (
    Cohort,
    CohortIsCancelled,
    OutsideTheRules,
    PlanCohort,
    PlannedTwice,
    UnknownCohort,
)
from domain.cohorts.course import CancelCohort, CohortCancelReason
from domain.cohorts.windows import CloseApplications
from domain.decision import NotYourRole, StandsInTheWay
from domain.offers.policies import when_places_are_planned_otherwise
from domain.offers.reserve import PromoteFromReserve
from domain.workshops.training import Course
from events.cohorts import (
    ApplicationsClosed,
    CohortCancelled,
    CohortCompleted,
    CohortPlanAmended,
    CohortStarted,
    Criterion,
    DecisionsReleased,
    ExtensionGranted,
)
from events.ids import RulesId
from events.terms import Role, Side
from tests.scenes.cast import ADA, AMINA, AUTUMN, PATIENT, SPRING, opened, planned
from tests.scenes.given import NOON, folded, given
from tests.scenes.pairs import recorded
from tests.scenes.programme_rules import NEW, adopted
from tests.scenes.selection import assessed, assigned, offered

MIDNIGHT = datetime(2024, 10, 11, 23, tzinfo=UTC)
RELEASED = DecisionsReleased(cohort_id=AUTUMN)
STARTED, COMPLETED = CohortStarted(cohort_id=AUTUMN), CohortCompleted(cohort_id=AUTUMN)
OTHER_RULES = RulesId.derived(NOON, "other rules")
ANOTHER = (Criterion(code="kindness", title="Is kind"),)


def amend(**others: Any) -> AmendPlan:
    return AmendPlan(cohort_id=AUTUMN, reason=PlanChangeReason.MISTAKE, **others)


def otherwise(**others: Any) -> CohortPlanAmended:
    return CohortPlanAmended(cohort_id=AUTUMN, reason="cohort.plan-mistake", **others)


def plan_of(*facts: Any) -> Any:
    return folded(Cohort(AUTUMN), given(*facts).facts).known


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Autumn"},
        {"starts_on": date(2024, 11, 26)},
        {"places_per_side": 12},
        {"accept_within_days": 5},
        {"criteria": ANOTHER},
        {"required_workshops": 2},
        {"moderation_gap": 20},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_plan_is_another_where_it_says_so_and_stays_where_it_does_not(
    change: dict[str, Any],
) -> None:
    scene = given(opened()).when(amend(**change)).then(otherwise(**change))
    scene.when(amend(**change)).then_already_so()
    assert plan_of(scene.facts) == planned().model_copy(update=change)


def test_what_is_named_and_was_so_already_is_not_said_again() -> None:
    given(opened()).when(amend()).then_already_so()
    given(opened()).when(amend(title="Autumn 2024", places_per_side=9)).then(
        otherwise(places_per_side=9)
    )


def test_the_days_stay_in_their_order() -> None:
    scene = given(opened())
    scene.when(amend(closes_on=date(2024, 11, 5))).then_refused(DaysNotInOrder)
    assert scene.when(amend(closes_on=date(2024, 11, 5), decisions_on=date(2024, 11, 6))).new


def test_applications_close_early_at_the_end_of_today_at_the_earliest() -> None:
    scene = given(opened())
    scene.when(amend(closes_on=date(2024, 9, 15))).then_refused(ClosesTooSoon)
    early = scene.when(amend(closes_on=date(2024, 9, 16))).then(
        otherwise(closes_on=date(2024, 9, 16))
    )
    close = CloseApplications(cohort_id=AUTUMN)
    early.when(close, at=datetime(2024, 9, 16, 23, tzinfo=UTC)).then(
        ApplicationsClosed(cohort_id=AUTUMN)
    )


def test_a_later_close_opens_again_what_was_closed() -> None:
    closed = given(opened(), ApplicationsClosed(cohort_id=AUTUMN))
    late = amend(closes_on=date(2024, 10, 20))
    scene = closed.when(late, at=MIDNIGHT).then(otherwise(closes_on=date(2024, 10, 20)))
    known = folded(Cohort(AUTUMN), scene.facts)
    assert (known.closed, known.last_day(ADA)) == (False, date(2024, 10, 20))


@pytest.mark.parametrize(
    ("change", "step", "what"),
    [
        ({"opens_on": date(2024, 9, 1)}, (), "the opening of applications"),
        ({"closes_on": date(2024, 10, 20)}, (RELEASED,), "the release of the decisions"),
        ({"decisions_on": date(2024, 11, 5)}, (RELEASED,), "the release of the decisions"),
        ({"starts_on": date(2024, 11, 26)}, (RELEASED, STARTED), "the start of the cohort"),
        ({"ends_on": date(2025, 6, 1)}, (RELEASED, STARTED, COMPLETED), "the end of the cohort"),
    ],
    ids=str,
)
def test_what_was_lived_through_is_not_planned_again(
    change: dict[str, Any], step: tuple[Any, ...], what: str
) -> None:
    found = given(opened(), step).when(amend(**change))
    found.then_refused(StandsInTheWay)
    assert found.refusal
    assert what in found.refusal.sentence
    if step:
        assert given(opened(), step[:-1]).when(amend(**change)).new


@pytest.mark.parametrize(
    "change", [{"criteria": ANOTHER}, {"required_workshops": 2}, {"moderation_gap": 20}]
)
def test_what_somebody_was_judged_by_stays(change: dict[str, Any]) -> None:
    found = given(opened(), assessed(ADA, PATIENT)).when(amend(**change))
    found.then_refused(StandsInTheWay)
    assert found.refusal
    assert "the assessments" in found.refusal.sentence
    asked = assigned(AMINA, ADA)
    assert given(opened(), asked).when(amend(**change)).new


def test_no_fewer_places_than_are_offered_and_taken() -> None:
    scene = given(opened(), RELEASED, offered(ADA, PATIENT), offered(AMINA, PATIENT))
    found = scene.when(amend(places_per_side=1))
    found.then_refused(StandsInTheWay)
    assert found.refusal
    assert "the 2 places that are offered or taken" in found.refusal.sentence
    assert scene.when(amend(places_per_side=2)).new


def test_the_decisions_do_not_come_so_near_that_somebody_has_weeks_longer() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=date(2024, 11, 18), reason="extension.our-delay"
    )
    found = given(opened(), longer).when(amend(decisions_on=date(2024, 11, 3)))
    found.then_refused(StandsInTheWay)
    assert found.refusal
    assert f"the longer time of {ADA}" in found.refusal.sentence


def test_more_places_are_offered_to_those_who_wait() -> None:
    fact = recorded(otherwise(places_per_side=12))
    assert list(when_places_are_planned_otherwise(fact)) == [
        PromoteFromReserve(cohort_id=AUTUMN, side=side) for side in Side
    ]
    assert not list(when_places_are_planned_otherwise(recorded(otherwise(title="Autumn"))))


def test_nobody_plans_over_what_is_not_there_or_in_another_role() -> None:
    change = amend(title="Autumn")
    given(opened(SPRING)).when(change).then_refused(UnknownCohort)
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    given(opened(), off).when(change).then_refused(CohortIsCancelled)
    given(opened()).when(change, role=Role.CO_CHAIR).then_refused(NotYourRole)


def another(**others: Any) -> PlanCohort:
    said = planned().model_dump(exclude={"cohort_id", "programme_id", "rules_id"})
    return PlanCohort(**said | others)


OTHER_DAYS: dict[str, Any] = {"opens_on": date(2024, 9, 3)}


@pytest.mark.parametrize(
    "like", [{"title": "  autumn   2024 ", **OTHER_DAYS}, {"title": "Another"}, {}], ids=str
)
def test_a_cohort_that_is_planned_twice_is_asked_about(like: dict[str, Any]) -> None:
    found = given(planned()).when(another(**like))
    found.then_refused(PlannedTwice)
    assert found.refusal
    assert AUTUMN in found.refusal.sentence
    assert given(planned()).when(another(**like, although_there_is=AUTUMN)).new
    given(planned()).when(another(**like, although_there_is=SPRING)).then_refused(PlannedTwice)


def test_another_cohort_with_other_days_is_planned() -> None:
    assert given(planned()).when(another(title="Spring 2025", **OTHER_DAYS)).new
    apart = given(planned(), otherwise(title="Autumn, South", **OTHER_DAYS))
    assert apart.when(another()).new


def test_what_was_planned_by_mistake_is_called_off_and_planned_again() -> None:
    slip = CancelCohort(cohort_id=AUTUMN, reason=CohortCancelReason.MISTAKE)
    scene = given(planned()).when(slip).then_kinds(CohortCancelled)
    assert scene.when(another()).new


@pytest.mark.parametrize(
    "change",
    [
        {"places_per_side": 3},
        {"required_workshops": 5},
        {"accept_within_days": 60},
        {"moderation_gap": 1},
    ],
    ids=str,
)
def test_a_plan_stays_within_the_rules_by_which_it_was_planned(change: dict[str, int]) -> None:
    """Also where others are in force by now."""
    numbers: dict[str, Any] = {
        "places_per_side": 2,
        "required_workshops": {"usual": 3, "least": 2, "most": 4},
        "accept_within_days": {"usual": 10, "least": 5, "most": 12},
        "moderation_gap": {"usual": 30, "least": 20, "most": 40},
    }
    narrow, wide = adopted(NOON.date(), **numbers), adopted(NOON.date(), rules_id=OTHER_RULES)
    plan = planned(places=2).model_copy(update={"rules_id": NEW})
    scene = given(narrow, wide, plan)
    scene.when(amend(**change)).then_refused(OutsideTheRules)
    scene.when(amend(moderation_gap=40)).then(otherwise(moderation_gap=40))


def test_the_course_asks_for_as_many_workshops_as_the_plan_does_now() -> None:
    facts = [planned(), otherwise(required_workshops=2), otherwise(title="Autumn")]
    assert folded(Course(AUTUMN), facts).required == 2
