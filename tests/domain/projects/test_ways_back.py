"""What is put right of a project and its milestones."""

from datetime import timedelta
from typing import Any

import pytest

from domain.decision import StandsInTheWay
from domain.pairings.pairing import NotYourPairing, PairingIsOver, PairingIsPaused
from domain.projects.approval import AmendProject
from domain.projects.endings import (
    AgainReason,
    CompleteProject,
    CompleteReason,
    MilestonesOpen,
    NoMilestones,
    ProjectsOfCohort,
    SomeWereMissed,
    StopProject,
    StopReason,
    TakeUpProject,
)
from domain.projects.milestone_changes import (
    DropMilestone,
    DropReason,
    MissMilestone,
    MissReason,
    NotConfirmed,
    NotYourConfirmation,
    RenameMilestone,
    UnconfirmMilestone,
    UnconfirmReason,
)
from domain.projects.milestone_dates import AlreadyReported, OutOfOrder
from domain.projects.milestones import MilestoneIsDropped, UnknownMilestone
from domain.projects.project import ProjectIsOver, ProjectNotApproved, UnknownProject
from events.calendar import at, end_of
from events.event import Event
from events.pairings import PairingResumed
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectAmended,
    ProjectCompleted,
    ProjectTakenUpAgain,
)
from events.reasons import CohortReasonPutRight
from events.terms import Role
from tests.domain.projects.test_milestones import (
    CONFIRM,
    LATER,
    OVERDUE,
    REMIND,
    REPORT,
    RETURN,
    STOPPED,
    move,
    overdue,
    plan,
)
from tests.domain.projects.test_notices import found, to, words
from tests.scenes.cast import ADA, AUTUMN, BEN, BOLA
from tests.scenes.given import folded, given
from tests.scenes.pairs import active, completed, ended, on_a_break, pairing
from tests.scenes.projects import (
    HANDED_ON,
    LISTEN,
    LISTEN_BY,
    OTHER_PROJECT,
    PROJECT,
    TELL,
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

STEP = {"milestone_id": TRY_OUT, "project_id": PROJECT, "cohort_id": AUTUMN}
MINE = {"project_id": PROJECT, "pairing_id": pairing(), "cohort_id": AUTUMN}
DROP = DropMilestone(milestone_id=TRY_OUT, reason=DropReason.MISTAKE)
DROPPED = MilestoneDropped.model_validate({**STEP, "reason": "milestone.planned-by-mistake"})
MISS = MissMilestone(milestone_id=TRY_OUT, reason=MissReason.TIME)
MISSED = MilestoneMissed.model_validate({**STEP, "reason": "milestone.no-time-left"})
RENAME = RenameMilestone(milestone_id=TRY_OUT, title="Try it out on two wards")
RENAMED = MilestoneRenamed.model_validate(
    {**STEP, "patient_leader_id": ADA, "healthcare_leader_id": BEN, "title": RENAME.title}
)
UNCONFIRM = UnconfirmMilestone(milestone_id=TRY_OUT, reason=UnconfirmReason.MISTAKE)
UNCONFIRMED = MilestoneUnconfirmed.model_validate(
    {
        **STEP,
        "due_on": TRY_OUT_BY,
        "remind_on": TRY_OUT_BY - timedelta(days=7),
        "reason": "milestone.confirmed-by-mistake",
    }
)
COMPLETE = CompleteProject(project_id=PROJECT)
COMPLETED = ProjectCompleted.model_validate(MINE)
AGAIN = TakeUpProject(project_id=PROJECT, reason=AgainReason.MISTAKE)
GOES_ON = ProjectTakenUpAgain.model_validate(
    {**MINE, "approved": True, "reason": "project.ended-by-mistake"}
)
AMEND = AmendProject(project_id=PROJECT, person_id=BEN, title="One ward", aim="Less.")
AMENDED = ProjectAmended.model_validate(
    {**MINE, "person_id": BEN, "title": "One ward", "aim": "Less."}
)
OTHERS = [
    *(reported(ADA, one) for one in (LISTEN, TELL)),
    *(agreed(BEN, o) for o in (LISTEN, TELL)),
]
RESUMED = PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)


def test_a_step_that_makes_no_sense_is_dropped_and_holds_up_nothing() -> None:
    scene = given(three_steps(), OTHERS)
    scene.when(COMPLETE).then_refused(MilestonesOpen)
    dropped = scene.when(DROP).then(DROPPED)
    dropped.when(DROP).then_already_so()
    dropped.when(COMPLETE).then(COMPLETED)
    dropped.when(plan(TRY_OUT_BY, "Try it out on one ward")).then_kinds(MilestonePlanned)
    notices = found(DROPPED, scene.facts)
    assert to(notices) == {ADA, BEN}
    assert "It was planned by mistake." in words(notices)


@pytest.mark.parametrize("command", [REPORT, CONFIRM, RETURN, RENAME, MISS, UNCONFIRM, move(LATER)])
def test_nothing_is_said_of_what_was_dropped(command: Any) -> None:
    given(three_steps(), DROPPED).when(command).then_refused(MilestoneIsDropped)


def test_nothing_is_due_of_what_was_dropped_or_missed() -> None:
    for gone in (DROPPED, MISSED):
        scene = given(three_steps(), gone)
        scene.when(REMIND, at=at(TRY_OUT_BY, 9)).then_already_so()
        scene.when(OVERDUE, at=end_of(TRY_OUT_BY)).then_already_so()


def test_what_both_had_agreed_on_is_not_dropped() -> None:
    scene = given(three_steps(), reported(), agreed())
    result = scene.when(DROP)
    result.then_refused(StandsInTheWay)
    assert result.refusal
    assert TRY_OUT in result.refusal.sentence
    given(three_steps(), reported()).when(DROP).then(DROPPED)


@pytest.mark.parametrize("command", [DROP, MISS, RENAME, UNCONFIRM])
def test_only_the_pair_or_a_coordinator_puts_a_milestone_right(command: Any) -> None:
    scene = given(three_steps(), reported(), agreed())
    scene.when(command, by=BOLA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
    given(running()).when(command).then_refused(UnknownMilestone)
    over = StandsInTheWay if isinstance(command, UnconfirmMilestone) else ProjectIsOver
    given(three_steps(), STOPPED).when(command).then_refused(over)
    given(three_steps(), ended()).when(command).then_refused(PairingIsOver)


def test_a_milestone_has_another_title() -> None:
    scene = given(three_steps()).when(RENAME).then(RENAMED)
    scene.when(RENAME).then_already_so()
    scene.when(plan(TRY_OUT_BY, "Try it out on one ward")).then_kinds(MilestonePlanned)
    scene.when(plan(TRY_OUT_BY, RENAME.title)).then_already_so()
    overdue_of_it = found(overdue(), scene.facts)
    assert "two wards" in words(overdue_of_it)


def test_a_milestone_that_will_not_be_reached_is_missed_until_it_is_reached_after_all() -> None:
    missed = given(three_steps()).when(MISS).then(MISSED)
    missed.when(MISS).then_already_so()
    missed.when(REPORT).then_kinds(MilestoneReported).when(MISS).then_refused(AlreadyReported)
    missed.when(move(LATER)).then_kinds(MilestoneRescheduled).when(MISS).then(MISSED)
    missed.when(move(TRY_OUT_BY)).then_kinds(MilestoneRescheduled)
    given(three_steps(), on_a_break("work")).when(MISS).then(MISSED)
    assert "Not to be reached" in words(found(MISSED, [*three_steps()]))


def test_a_project_is_complete_without_what_was_missed_if_the_panel_says_why() -> None:
    scene = given(three_steps(), OTHERS, MISSED)
    scene.when(COMPLETE).then_refused(SomeWereMissed)
    why = COMPLETE.model_copy(update={"reason": CompleteReason.AIM_REACHED})
    said = COMPLETED.model_copy(update={"reason": "project.aim-reached-all-the-same"})
    scene.when(why).then(said)
    assert "has reached all" not in words(found(said, scene.facts))
    given(three_steps(), OTHERS, reported(), agreed()).when(why).then(COMPLETED)
    given(running(), step(TRY_OUT, TRY_OUT_BY), MISSED).when(why).then_refused(NoMilestones)


def test_a_confirmation_is_taken_back_by_whoever_gave_it_or_a_coordinator() -> None:
    scene = given(three_steps(), reported(ADA), agreed(BEN))
    scene.when(UNCONFIRM, by=ADA, role=Role.PARTICIPANT).then_refused(NotYourConfirmation)
    scene.when(UNCONFIRM).then(UNCONFIRMED)
    back = scene.when(UNCONFIRM, by=BEN, role=Role.PARTICIPANT).then(UNCONFIRMED)
    back.when(UNCONFIRM).then_refused(NotConfirmed)
    back.when(CONFIRM).then_kinds(MilestoneConfirmed)
    back.when(RETURN).then_kinds(MilestoneReturned).when(OVERDUE, at=end_of(TRY_OUT_BY)).then(
        overdue()
    )
    assert to(found(UNCONFIRMED, scene.facts)) == {ADA, BEN}


def test_a_confirmation_on_which_a_completion_rests_stays() -> None:
    scene = given(three_steps(), OTHERS, reported(), agreed(), COMPLETED)
    result = scene.when(UNCONFIRM)
    result.then_refused(StandsInTheWay)
    assert result.refusal
    assert PROJECT in result.refusal.sentence
    given(scene.facts, GOES_ON).when(UNCONFIRM).then(UNCONFIRMED)


@pytest.mark.parametrize("over", [COMPLETED, STOPPED], ids=["completed", "stopped"])
def test_a_project_that_was_ended_by_mistake_goes_on(over: Event) -> None:
    scene = given(three_steps(), OTHERS, reported(), agreed(), over)
    again = scene.when(AGAIN).then(GOES_ON)
    again.when(AGAIN).then_already_so()
    again.when(COMPLETE).then_kinds(ProjectCompleted)
    assert to(found(GOES_ON, scene.facts)) == {ADA, BEN}


def test_a_proposal_that_was_stopped_by_mistake_is_a_proposal_again() -> None:
    scene = given(active(), proposed(), STOPPED)
    again = scene.when(AGAIN).then(GOES_ON.model_copy(update={"approved": False}))
    again.when(COMPLETE).then_refused(ProjectNotApproved)


def test_a_project_stays_over_where_something_rests_on_it() -> None:
    given().when(AGAIN).then_refused(UnknownProject)
    other = given(three_steps(), STOPPED, proposed(OTHER_PROJECT)).when(AGAIN)
    other.then_refused(StandsInTheWay)
    assert other.refusal
    assert OTHER_PROJECT in other.refusal.sentence
    given(three_steps(), STOPPED, ended()).when(AGAIN).then_refused(StandsInTheWay)


def test_a_stop_for_another_reason_is_not_so_already() -> None:
    scene = given(three_steps(), STOPPED)
    scene.when(StopProject(project_id=PROJECT, reason=StopReason.OTHER)).then_already_so()
    another = StopProject(project_id=PROJECT, reason=StopReason.PAIR_LEFT)
    right = scene.when(another).then_kinds(CohortReasonPutRight)
    right.when(another).then_already_so()
    right.when(StopProject(project_id=PROJECT, reason=StopReason.OTHER)).then_kinds(
        CohortReasonPutRight
    )


def test_the_panel_lets_an_approved_project_be_called_otherwise() -> None:
    given(three_steps()).when(AMEND).then(AMENDED).when(plan(LATER)).then_kinds(MilestonePlanned)
    given(active(), proposed()).when(AMEND).then_refused(ProjectNotApproved)
    given(three_steps(), STOPPED).when(AMEND).then_refused(ProjectIsOver)
    given(three_steps(), ended()).when(AMEND).then_refused(PairingIsOver)
    stranger = AMEND.model_copy(update={"person_id": BOLA})
    given(three_steps(), active(ADA, BOLA)).when(stranger).then_refused(NotYourPairing)
    notices = found(AMENDED, [*three_steps()])
    assert to(notices) == {ADA, BEN}
    assert "“One ward”" in words(notices)


def test_time_rests_while_nobody_leads_a_project() -> None:
    """Refused, so it is asked again: once the two go on, or a new pair does."""
    for away, state in (
        ([on_a_break("work")], PairingIsPaused),
        ([ended()], PairingIsOver),
        ([*ben_is_followed_by_bola()], PairingIsOver),
    ):
        scene = given(three_steps(), away)
        scene.when(REMIND, at=at(TRY_OUT_BY, 9)).then_refused(state)
        scene.when(OVERDUE, at=end_of(TRY_OUT_BY)).then_refused(state)
    for back in ([on_a_break("work"), RESUMED], [*ben_is_followed_by_bola(), HANDED_ON]):
        scene = given(three_steps(), back)
        scene.when(REMIND, at=at(TRY_OUT_BY, 9)).then_kinds(MilestoneFellDue)
        scene.when(OVERDUE, at=end_of(TRY_OUT_BY)).then_kinds(MilestoneOverdue)


def test_who_takes_a_break_may_choose_a_new_day() -> None:
    given(three_steps(), on_a_break("work")).when(move(LATER)).then_kinds(MilestoneRescheduled)


def test_what_was_confirmed_or_missed_does_not_keep_another_from_its_new_day() -> None:
    """Or the first of three could not be put off beyond the second that is done."""
    first = move(LATER).model_copy(update={"milestone_id": LISTEN})
    for settled in ([reported(), agreed()], [MISSED]):
        given(three_steps(), settled).when(first).then_kinds(MilestoneRescheduled)


def test_a_new_partner_is_not_told_what_the_one_before_did() -> None:
    returned = MilestoneReturned.model_validate(
        {**STEP, "pairing_id": pairing(ADA, BOLA), "person_id": ADA}
        | {"reason": "milestone.not-done-yet"}
    )
    before = [*three_steps(), reported(BEN), *ben_is_followed_by_bola(), HANDED_ON]
    (notice,) = found(returned, before)
    assert notice.to == BOLA
    assert "You told us" not in words([notice])
    assert "Before you led this project" in words([notice])


def test_a_step_is_planned_between_others() -> None:
    between = LISTEN_BY + timedelta(days=3)
    scene = given(three_steps()).when(plan(between)).then_kinds(MilestonePlanned)
    scene.when(move(between - timedelta(days=1))).then_refused(OutOfOrder)
    scene.when(move(between)).then_kinds(MilestoneRescheduled)


def test_a_project_that_was_taken_up_again_is_one_of_its_cohort() -> None:
    facts = [*three_steps(), STOPPED]
    assert folded(ProjectsOfCohort(AUTUMN), facts).live == {}
    again = ProjectTakenUpAgain.model_validate(
        {**MINE, "approved": True, "reason": "project.ended-by-mistake"}
    )
    assert folded(ProjectsOfCohort(AUTUMN), [*facts, again]).live == {PROJECT: pairing()}


def test_who_completed_the_programme_is_told_of_a_day_that_passed() -> None:
    """They go on with their project, and time with them."""
    done = [*completed()][-1]
    scene = given(three_steps(), done)
    for wish, moment, kind in (
        (REMIND, at(TRY_OUT_BY, 9), MilestoneFellDue),
        (OVERDUE, end_of(TRY_OUT_BY), MilestoneOverdue),
    ):
        scene.when(wish, at=moment, role=Role.SYSTEM).then_kinds(kind)
