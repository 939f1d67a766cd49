"""Decisions go by the rules in force, or by those of the cohort's plan, and name them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest

from domain.assessments.panel import MakeDecision, NoLayAssessment, TooFewAssessments
from domain.catalogue import COMMANDS
from domain.cohorts.cohort import OutsideTheRules, PlanCohort
from domain.continuation.continuation import CheckIn, NoSuchCheckIn
from domain.decision import Act, rules_named
from domain.matching.asking import AskForRun
from domain.offers.reopening import ReopenOffer, ReopenReason
from domain.offers.reserve import PromoteFromReserve
from domain.pairings.pairing import CompletePairing
from domain.pairings.proposals import ProposePairing
from domain.projects.milestone_dates import PlanMilestone
from domain.workshops.changes import ReinstateReason, ReinstateWorkshop
from domain.workshops.schedule import RescheduleWorkshop, ScheduleWorkshop
from domain.workshops.turns import OfferHeldPlaces
from events.assessments import DecisionMade
from events.calendar import local_day
from events.cohorts import CohortPlanned
from events.event import Event
from events.ids import FIRST_RULES
from events.matching import MatchingRunAsked
from events.pairings import PairingCompleted, PairingProposed
from events.personal import plain
from events.projects import MilestonePlanned
from events.rules import FIRST_CRITERIA, WeightCode
from events.terms import HeadOfTheLine, Outcome, Role
from events.workshops import (
    WaitingListOffered,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopScheduled,
)
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, PATIENT, application, applied, planned
from tests.scenes.given import NOON, Given, command_id, folded, given
from tests.scenes.pairs import active, cohort_of, completed, pairing
from tests.scenes.programme_rules import NEW, adopted
from tests.scenes.projects import PROJECT, running
from tests.scenes.selection import assessed
from tests.scenes.training import SKILLS_AT, SKILLS_DAY, booking, skills_day, waits
from tests.scenes.training import four_people as learners

TODAY = NOON.date()
DAY = timedelta(days=1)
PLAN: dict[str, Any] = planned().model_dump(
    exclude={
        "programme_id",
        "rules_id",
        "criteria",
        "moderation_gap",
        "accept_within_days",
        "required_workshops",
    }
)


def under(*facts: Any, **numbers: Any) -> Given:
    """Other rules are in force from today on; then other things happened."""
    return given(adopted(TODAY, **numbers), *facts)


def only(kind: type[Event], facts: Any) -> Any:
    (found,) = (one for one in facts if isinstance(one, kind))
    return found


def named_by(command: Any, facts: Any) -> Any:
    act = Act(command_id(), NOON, "system:policies", Role.SYSTEM)
    return rules_named(command.needs(lambda wanted: folded(wanted, facts)), act)


def test_a_plan_is_as_the_rules_say_where_it_says_nothing_itself() -> None:
    choice = {"usual": 12, "least": 7, "most": 14}
    plan = only(CohortPlanned, under(accept_within_days=choice).when(PlanCohort(**PLAN)).new)
    assert (plan.accept_within_days, plan.moderation_gap) == (12, 30)
    assert (plan.criteria, plan.rules_id) == (FIRST_CRITERIA, NEW)
    before = only(CohortPlanned, given().when(PlanCohort(**PLAN)).new)
    assert (before.accept_within_days, before.rules_id) == (10, FIRST_RULES)


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("accept_within_days", 6),
        ("accept_within_days", 15),
        ("moderation_gap", 6),
        ("required_workshops", 15 - 3),
        ("places_per_side", 11),
    ],
)
def test_a_plan_chooses_what_the_rules_allow(field: str, number: int) -> None:
    choice = {"usual": 7, "least": 7, "most": 11}
    numbers = dict.fromkeys(("accept_within_days", "moderation_gap", "required_workshops"), choice)
    scene = under(**numbers, places_per_side=10)
    scene.when(PlanCohort(**PLAN)).then_kinds(CohortPlanned)
    scene.when(PlanCohort(**{**PLAN, field: number})).then_refused(OutsideTheRules)
    assert field in OutsideTheRules(field, 1, 2).sentence


def test_a_cohort_keeps_the_rules_under_which_it_was_planned() -> None:
    choice = {"usual": 20, "least": 20, "most": 20}
    scene = given(planned(), adopted(TODAY, accept_within_days=choice, assessments=3))
    again = PlanCohort(**PLAN, criteria=plain(planned().criteria))
    scene.when(again).then_already_so()
    wish = PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT)
    assert named_by(wish, scene.facts) == FIRST_RULES
    assert named_by(wish, [*scene.facts, _by_new_rules()]) == NEW


def _by_new_rules() -> CohortPlanned:
    return planned().model_copy(update={"rules_id": NEW})


def test_the_panel_goes_by_the_rules_of_the_cohort() -> None:
    wish = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
    judged = [*_cohort(FIRST_RULES), *assessed(ADA, PATIENT)]
    given(adopted(TODAY, assessments=3), judged).when(wish).then_kinds(DecisionMade)
    asks = [*_cohort(NEW), *assessed(ADA, PATIENT)]
    given(adopted(TODAY, assessments=3), asks).when(wish).then_refused(TooFewAssessments)
    given(adopted(TODAY, lay_assessments=2), asks).when(wish).then_refused(NoLayAssessment)


def _cohort(rules_id: Any) -> Iterator[Event]:
    yield planned().model_copy(update={"rules_id": rules_id})


def test_two_have_the_days_of_the_rules_to_answer_and_points_by_their_weights() -> None:
    wish = ProposePairing(cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN)
    people = cohort_of(ADA, beside=(BEN,))
    weights = dict.fromkeys(get_args(WeightCode), 0) | {"area.same": 99}
    scene = under(people, proposal_days=14, weights=weights)
    fact = only(PairingProposed, scene.when(wish).new)
    assert fact.accept_by == TODAY + 14 * DAY
    assert {one.points for one in plain(fact.reasons) or ()} <= {99}
    assert named_by(wish, scene.facts) == NEW


def test_a_run_weighs_by_the_rules_unless_somebody_says_otherwise() -> None:
    people = cohort_of(ADA, beside=(BEN,))
    weights = dict.fromkeys(get_args(WeightCode), 7)
    scene = under(people, weights=weights)
    other: dict[WeightCode, int] = {"area.same": 3}
    for said, counts in ((dict[WeightCode, int](), 7), (other, 3)):
        wish = AskForRun(cohort_id=AUTUMN, weights=said)
        found = plain(only(MatchingRunAsked, scene.when(wish).new).inputs)
        assert found is not None
        assert found.weights["area.same"] == counts


def test_a_place_is_held_for_the_days_of_the_rules() -> None:
    wish = OfferHeldPlaces(workshop_id=SKILLS_DAY)
    scene = under(planned(), learners(), skills_day(capacity=1), waits(ADA), held_place_days=4)
    fact = only(WaitingListOffered, scene.when(wish).new)
    assert fact.until == NOON + 4 * DAY
    off = WorkshopCancelled(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.venue")
    slip = ReinstateWorkshop(workshop_id=SKILLS_DAY, reason=ReinstateReason.MISTAKE)
    again = only(WaitingListOffered, given(scene.facts, fact, off).when(slip).new)
    assert again.until == NOON + 4 * DAY


def test_what_moves_by_its_day_names_the_rules_of_that_day() -> None:
    """Also where somebody learned there, whose training goes by the plan."""
    learned = WorkshopAttended(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        person_id=ADA,
        scan_id="scan.1",
        scanned_at=SKILLS_AT,
    )
    facts = [planned(), *adopted(TODAY), *learners(), skills_day(), learned]
    moved = {"starts_at": SKILLS_AT + DAY, "ends_at": SKILLS_AT + 1.2 * DAY}
    for kind, data in (
        (RescheduleWorkshop, {**moved, "reason": "workshop.bad-weather"}),
        (ReinstateWorkshop, {"reason": ReinstateReason.MISTAKE}),
    ):
        wish = kind.model_validate({"workshop_id": SKILLS_DAY, **data})
        assert named_by(wish, facts) == NEW


def test_an_offer_that_is_open_again_goes_by_the_rules_of_its_cohort() -> None:
    wish = ReopenOffer(application_id=application(ADA), reason=ReopenReason.ANSWERED_LATE)
    facts = [_by_new_rules(), *applied(ADA, PATIENT)]
    assert named_by(wish, facts) == NEW


def test_by_the_rules_a_place_waits_for_the_pair_at_the_head_or_goes_to_the_next() -> None:
    pair = pairing()
    there = [*learners(), *active(), skills_day(capacity=2), booking(BOLA)]
    line = [*there, waits(ADA, pair), waits(BEN, pair), waits(AMINA)]
    wish, late = OfferHeldPlaces(workshop_id=SKILLS_DAY), SKILLS_AT - timedelta(days=3)
    given(line).when(wish, at=late).then_kinds(WaitingListOffered)
    head = HeadOfTheLine.WAITS_FOR_THE_FIRST
    under(line, head_of_the_line=head).when(wish, at=late).then_already_so()
    both = [*learners(), *active(), skills_day(capacity=2), *line[-3:]]
    under(both, head_of_the_line=head).when(wish, at=late).then_kinds(
        WaitingListOffered, WaitingListOffered
    )


def test_people_are_reminded_as_many_days_ahead_as_the_rules_said_when_it_was_planned() -> None:
    day = ScheduleWorkshop(
        cohort_id=AUTUMN, number=1, title="Skills", venue="The Guildhall", capacity=9,
        starts_at=SKILLS_AT, ends_at=SKILLS_AT + timedelta(hours=6),
    )  # fmt: skip
    new = under(planned(), workshop_reminder_days=5).when(day).new
    assert only(WorkshopScheduled, new).remind_on == local_day(SKILLS_AT) - 5 * DAY
    due_on = TODAY + 60 * DAY
    step = PlanMilestone(project_id=PROJECT, title="Listen", due_on=due_on)
    new = under(running(), milestone_reminder_days=10).when(step).new
    assert only(MilestonePlanned, new).remind_on == due_on - 10 * DAY


def test_two_are_asked_after_the_months_that_were_said_when_they_completed() -> None:
    wish = CompletePairing(pairing_id=pairing())
    fact = only(PairingCompleted, under(active(), check_in_months=(1, 9)).when(wish).new)
    assert fact.check_in_months == (1, 9)
    asked = CheckIn(pairing_id=pairing(), months=9)
    given(completed(), adopted(TODAY, check_in_months=(9,))).when(asked).then_refused(NoSuchCheckIn)


def test_every_decision_says_by_at_most_one_thing_which_rules_it_goes_by() -> None:
    """So that it does not hang on an order which of them its facts name."""
    for kind in COMMANDS.values():
        bases: tuple[Any, ...] = vars(kind).get("__orig_bases__", ())
        known = [one for base in bases for one in get_args(base)]
        assert sum(hasattr(one, "rules_on") for one in known) <= 1, kind


def test_what_goes_by_no_rules_names_none() -> None:
    assert named_by(_interest(), [*adopted(TODAY)]) is None


def _interest() -> Any:
    return COMMANDS["interest.express"].model_validate({"person_id": ADA})
