from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.decision import NotYours
from domain.pairings.pairing import NotYourPairing, PairingIsOver
from domain.projects.milestone_dates import (
    AlreadyReported,
    DayIsOver,
    MarkOverdue,
    MoveReason,
    NotDueYet,
    OutOfOrder,
    PlanMilestone,
    RemindOfMilestone,
    RescheduleMilestone,
)
from domain.projects.milestones import (
    AlreadyConfirmed,
    ConfirmMilestone,
    NotReported,
    OwnReport,
    ReportMilestone,
    ReturnMilestone,
    ReturnReason,
    UnknownMilestone,
)
from domain.projects.project import Project, ProjectIsOver, ProjectNotApproved, UnknownProject
from events.calendar import at, end_of
from events.event import Event
from events.ids import MilestoneId
from events.projects import (
    MilestoneFellDue,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneRescheduled,
    MilestoneReturned,
    ProjectStopped,
)
from events.terms import Role
from tests.scenes.cast import ADA, AUTUMN, BEN, BOLA
from tests.scenes.given import NOON, command_id, folded, given
from tests.scenes.pairs import active, ended, pairing
from tests.scenes.projects import (
    HANDED_ON,
    LISTEN_BY,
    NEW_PAIR,
    PROJECT,
    TELL_BY,
    TRY_OUT,
    TRY_OUT_BY,
    agreed,
    ben_is_followed_by_bola,
    proposed,
    reported,
    running,
    step,
    three_steps,
)

STOPPED = ProjectStopped(
    project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN, reason="project.other-reason"
)
REPORT = ReportMilestone(milestone_id=TRY_OUT, person_id=ADA)
CONFIRM = ConfirmMilestone(milestone_id=TRY_OUT, person_id=BEN)
RETURN = ReturnMilestone(milestone_id=TRY_OUT, person_id=BEN, reason=ReturnReason.NOT_DONE)
RETURNED = MilestoneReturned(
    milestone_id=TRY_OUT,
    project_id=PROJECT,
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    person_id=BEN,
    reason="milestone.not-done-yet",
)
REMIND = RemindOfMilestone(milestone_id=TRY_OUT)
OVERDUE = MarkOverdue(milestone_id=TRY_OUT)
LATER = date(2024, 11, 15)


def plan(due_on: date, title: str = "The next step") -> PlanMilestone:
    return PlanMilestone(project_id=PROJECT, title=title, due_on=due_on)


def move(due_on: date) -> RescheduleMilestone:
    return RescheduleMilestone(milestone_id=TRY_OUT, due_on=due_on, reason=MoveReason.MORE_TIME)


def moved(due_on: date, old: date = TRY_OUT_BY) -> MilestoneRescheduled:
    return MilestoneRescheduled(
        milestone_id=TRY_OUT,
        project_id=PROJECT,
        cohort_id=AUTUMN,
        old_due_on=old,
        due_on=due_on,
        remind_on=due_on - timedelta(days=7),
        reason="milestone.more-time",
    )


def fell_due(day: date = TRY_OUT_BY) -> MilestoneFellDue:
    return MilestoneFellDue(milestone_id=TRY_OUT, project_id=PROJECT, cohort_id=AUTUMN, due_on=day)


def overdue(day: date = TRY_OUT_BY) -> MilestoneOverdue:
    return MilestoneOverdue(milestone_id=TRY_OUT, project_id=PROJECT, cohort_id=AUTUMN, due_on=day)


def test_milestones_are_planned_in_the_order_of_their_dates() -> None:
    first = step(MilestoneId.derived(NOON, command_id()), LISTEN_BY, "The next step")
    scene = given(running()).when(plan(LISTEN_BY)).then(first)
    scene.when(plan(LISTEN_BY)).then_already_so()
    earlier = LISTEN_BY - timedelta(days=1)
    scene.when(plan(earlier), named="b").then_kinds(MilestonePlanned)
    scene.when(plan(LISTEN_BY, "On the same day"), named="c").then_kinds(MilestonePlanned)


def test_no_milestone_is_planned_in_the_past() -> None:
    given(running()).when(plan(date(2024, 9, 15))).then_refused(DayIsOver)
    given(running()).when(plan(date(2024, 9, 16))).then_kinds(MilestonePlanned)


def test_only_an_approved_project_that_goes_on_has_milestones() -> None:
    given(active(), proposed()).when(plan(LISTEN_BY)).then_refused(ProjectNotApproved)
    given(running(), STOPPED).when(plan(LISTEN_BY)).then_refused(ProjectIsOver)
    given(active()).when(plan(LISTEN_BY)).then_refused(UnknownProject)
    given(running()).when(plan(LISTEN_BY), by=BOLA, role=Role.PARTICIPANT).then_refused(
        NotYourPairing
    )


def test_one_reports_and_the_other_confirms() -> None:
    scene = given(three_steps())
    found = scene.when(REPORT, by=ADA, role=Role.PARTICIPANT).then(reported())
    found.when(REPORT).then_already_so()
    found.when(CONFIRM, by=BEN, role=Role.PARTICIPANT).then(agreed()).when(
        CONFIRM
    ).then_already_so()


def test_who_reports_a_milestone_cannot_confirm_it() -> None:
    found = given(three_steps(), reported(ADA))
    found.when(CONFIRM.model_copy(update={"person_id": ADA})).then_refused(OwnReport)
    found.when(CONFIRM, by=ADA, role=Role.PARTICIPANT).then_refused(NotYours)
    found.when(RETURN.model_copy(update={"person_id": ADA})).then_refused(OwnReport)


def test_nothing_is_confirmed_or_returned_before_it_is_reported() -> None:
    given(three_steps()).when(CONFIRM).then_refused(NotReported)
    given(three_steps()).when(RETURN).then_refused(NotReported)


@pytest.mark.parametrize("command", [REPORT, CONFIRM, RETURN])
def test_only_the_pair_of_a_known_milestone_speaks_of_it(command: Any) -> None:
    stranger = command.model_copy(update={"person_id": BOLA})
    given(three_steps(), reported(), active(ADA, BOLA)).when(stranger).then_refused(NotYourPairing)
    given(running()).when(command).then_refused(UnknownMilestone)


def test_a_returned_milestone_is_reported_again() -> None:
    scene = given(three_steps(), reported()).when(RETURN).then(RETURNED)
    scene.when(RETURN).then_already_so()
    scene.when(CONFIRM).then_refused(NotReported)
    again = scene.when(REPORT).then(reported())
    again.when(CONFIRM).then(agreed()).when(RETURN).then_refused(AlreadyConfirmed)


def test_nobody_speaks_of_a_project_that_is_over_or_waits_for_a_pair() -> None:
    given(three_steps(), STOPPED).when(REPORT).then_refused(ProjectIsOver)
    given(three_steps(), ended()).when(REPORT).then_refused(PairingIsOver)
    given(three_steps(), reported(), ended()).when(CONFIRM).then_refused(PairingIsOver)
    given(three_steps(), ended()).when(move(LATER)).then_refused(PairingIsOver)
    given(three_steps(), ended()).when(plan(TELL_BY)).then_refused(PairingIsOver)


def test_after_a_change_of_partner_the_new_pair_speaks() -> None:
    handed_on = given(three_steps(), ben_is_followed_by_bola(), HANDED_ON)
    handed_on.when(REPORT.model_copy(update={"person_id": BEN})).then_refused(NotYourPairing)
    handed_on.when(REPORT).then(reported(ADA, pair=NEW_PAIR)).when(
        CONFIRM.model_copy(update={"person_id": BOLA})
    ).then(agreed(BOLA, pair=NEW_PAIR))


def test_what_a_former_partner_reported_is_confirmed_by_either_of_the_new_pair() -> None:
    handed_on = given(three_steps(), reported(BEN), ben_is_followed_by_bola(), HANDED_ON)
    handed_on.when(CONFIRM.model_copy(update={"person_id": ADA})).then(agreed(ADA, pair=NEW_PAIR))
    handed_on.when(CONFIRM).then_refused(NotYourPairing)


def test_a_new_day_keeps_the_order_and_the_old_day() -> None:
    scene = given(three_steps()).when(move(LATER)).then(moved(LATER))
    scene.when(move(LATER)).then_already_so()
    scene.when(move(LISTEN_BY)).then(moved(LISTEN_BY, old=LATER))
    given(three_steps()).when(move(TELL_BY + timedelta(days=1))).then_refused(OutOfOrder)
    given(three_steps()).when(move(LISTEN_BY - timedelta(days=1))).then_refused(OutOfOrder)
    given(three_steps()).when(move(LATER), at=end_of(LATER)).then_refused(DayIsOver)


def test_what_is_reported_or_unknown_does_not_move() -> None:
    given(three_steps(), reported()).when(move(LATER)).then_refused(AlreadyReported)
    given(running()).when(move(LATER)).then_refused(UnknownMilestone)
    given(three_steps()).when(move(LATER), by=BOLA, role=Role.PARTICIPANT).then_refused(
        NotYourPairing
    )


def test_the_pair_is_reminded_once_from_seven_days_before() -> None:
    week_before = at(TRY_OUT_BY - timedelta(days=7), 0)
    scene = given(three_steps())
    scene.when(REMIND, at=week_before - timedelta(seconds=1)).then_refused(NotDueYet)
    scene.when(REMIND, at=week_before).then(fell_due()).when(
        REMIND, at=week_before
    ).then_already_so()
    scene.when(REMIND, at=end_of(TRY_OUT_BY)).then_already_so()


def test_a_milestone_is_overdue_at_the_local_midnight_after_its_day_and_once() -> None:
    scene = given(three_steps())
    midnight = end_of(TRY_OUT_BY)
    scene.when(OVERDUE, at=midnight - timedelta(microseconds=1)).then_refused(NotDueYet)
    scene.when(OVERDUE, at=midnight).then(overdue()).when(OVERDUE, at=midnight).then_already_so()


def test_a_new_day_is_reminded_of_and_overdue_in_its_turn() -> None:
    scene = given(three_steps(), fell_due(), overdue(), moved(LATER))
    scene.when(REMIND, at=end_of(TRY_OUT_BY)).then_refused(NotDueYet)
    scene.when(REMIND, at=at(LATER, 9)).then(fell_due(LATER))
    scene.when(OVERDUE, at=end_of(LATER)).then(overdue(LATER))


@pytest.mark.parametrize("answer", [reported(), STOPPED])
def test_what_is_answered_or_over_is_not_asked_for_again(answer: Event) -> None:
    scene = given(three_steps(), answer)
    scene.when(REMIND, at=at(TRY_OUT_BY, 9)).then_already_so()
    scene.when(OVERDUE, at=end_of(TRY_OUT_BY)).then_already_so()


def test_an_unknown_milestone_is_neither_near_nor_late() -> None:
    given(running()).when(REMIND, at=end_of(TRY_OUT_BY)).then_refused(UnknownMilestone)
    given(running()).when(OVERDUE, at=end_of(TRY_OUT_BY)).then_refused(UnknownMilestone)


DAYS = st.integers(0, 60).map(lambda days: date(2024, 9, 16) + timedelta(days=days))


@settings(max_examples=50, deadline=None)
@for_all(wishes=st.lists(st.tuples(st.booleans(), st.integers(0, 4), DAYS), max_size=15))
def test_milestones_stay_in_order_at_every_prefix(wishes: list[tuple[bool, int, date]]) -> None:
    scene = given(running())
    for number, (moves, which, day) in enumerate(wishes):
        known = list(folded(Project(PROJECT), scene.facts).due)
        wish: Any = plan(day, f"Step {number}")
        if moves and known:
            wish = move(day).model_copy(update={"milestone_id": known[which % len(known)]})
        scene = given(scene.facts, scene.when(wish, named=str(number)).new)
        assert in_order(scene.facts)


def in_order(facts: Any) -> bool:
    """Each stands by its day, and none that is ahead was moved past another."""
    days: dict[MilestoneId, date] = {}
    for fact in facts:
        if isinstance(fact, MilestoneRescheduled):
            first, last = sorted((days.pop(fact.milestone_id), fact.due_on))
            if any(first < day < last for day in days.values()):
                return False
        if isinstance(fact, MilestonePlanned | MilestoneRescheduled):
            days[fact.milestone_id] = fact.due_on
    known = folded(Project(PROJECT), facts).due
    return known == days and list(known.values()) == sorted(days.values())
