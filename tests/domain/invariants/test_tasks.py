"""What must hold of tasks: each invariant has a history that breaks it."""

from datetime import date
from typing import Any

import pytest

from domain.invariants.catalogue import Judge
from domain.invariants.tasks import TELLS, all_that_waits, waits
from events.event import Event
from events.ids import MilestoneId, TaskId
from events.needs import Kind
from events.pairings import PairingHeld, PairingResumed
from events.projects import (
    HostOrganisationAgreed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneReported,
    ProjectProposed,
)
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Theme
from tests.scenes.cast import ADA, AUTUMN, BEN
from tests.scenes.contacts import MAE, agreed, kept, line_manager, unanswered
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, recorded, still_holds
from tests.scenes.pairs import active, cohort_of, on_a_break, pairing
from tests.scenes.projects import PROJECT
from tests.scenes.team import RUTH

LATER = NOON + DAY
PAUSED = TaskId.of(Kind.PAUSED, pairing())
OF_IT: dict[str, Any] = {"task_id": PAUSED, "cohort_id": AUTUMN}
DONE = TaskDone(**OF_IT, how="task.spoke-to-them")
GO_ON = PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)
TWO: dict[str, Any] = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}


def leading() -> list[Event]:
    return [*cohort_of(ADA, beside=(BEN,)), *active()]


def test_nobody_takes_on_or_does_what_does_not_wait() -> None:
    name = "tasks.of-what-waits"
    here = [*leading(), on_a_break("work")]
    for fact in (TaskTaken(**OF_IT, person_id=RUTH), TaskHandedOn(**OF_IT), DONE):
        still_holds(name, [*here, fact], LATER)
        breaks(name, leading(), fact)
        breaks(name, [*here, GO_ON], fact)


def test_nobody_has_a_task_about_themselves() -> None:
    name, here = "tasks.not-about-themselves", [*leading(), on_a_break("work")]
    still_holds(name, [*here, TaskTaken(**OF_IT, person_id=RUTH)], LATER)
    for who in (ADA, BEN):
        breaks(name, here, TaskTaken(**OF_IT, person_id=who))
        breaks(name, here, TaskHandedOn(**OF_IT, person_id=who))


def test_only_what_was_done_is_opened_again() -> None:
    name, again = "tasks.done-with-a-task", TaskReopened(**OF_IT)
    here = [*leading(), on_a_break("work")]
    still_holds(name, [*here, DONE, again], LATER)
    breaks(name, here, again)
    breaks(name, [*here, DONE, again], again)


def open_after(*facts: Event) -> set[Kind]:
    judge = Judge()
    for fact in recorded(facts):
        judge.learn(fact)
    found = list(all_that_waits(judge.log))
    assert all(waits(judge.log, one) for one in found)
    return {Kind(one.kind) for one in found}


PROPOSED = ProjectProposed(
    project_id=PROJECT,
    pairing_id=pairing(),
    cohort_id=AUTUMN,
    proposed_by=ADA,
    title="Kinder letters",
    theme=Theme.ACCESS,
    aim="Be understood.",
)
OF_THE_PROJECT: dict[str, Any] = {"project_id": PROJECT, "cohort_id": AUTUMN}
STEP = {**OF_THE_PROJECT, "milestone_id": MilestoneId.derived(NOON, "step")}
LATE: list[Event] = [
    MilestonePlanned(**STEP, **TWO, title="Ask", due_on=date(2025, 1, 9), remind_on=NOON.date()),
    MilestoneOverdue(**STEP, due_on=date(2025, 1, 9)),
]
HOST = HostOrganisationAgreed(**OF_THE_PROJECT, host="RH8", host_name="Royal Devon")
HELD = PairingHeld(pairing_id=pairing(), cohort_id=AUTUMN, **TWO, rule="rule.household")
REACHED = MilestoneReported(**STEP, pairing_id=pairing(), person_id=ADA)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ([on_a_break("work")], {Kind.PAUSED}),
        ([on_a_break("work"), HELD], {Kind.HELD}),
        ([on_a_break("work"), GO_ON], set()),
        ([PROPOSED], {Kind.PROJECT, Kind.HOST}),
        ([PROPOSED, HOST], {Kind.PROJECT}),
        ([PROPOSED, HOST, *LATE], {Kind.PROJECT, Kind.MILESTONE}),
        ([PROPOSED, HOST, *LATE, REACHED], {Kind.PROJECT}),
        ([line_manager(BEN), kept(), unanswered()], {Kind.CONTACT}),
        ([line_manager(BEN), kept(), unanswered(), agreed()], set()),
    ],
)
def test_what_waits_is_told_by_the_thing_itself(facts: list[Event], kinds: set[Kind]) -> None:
    assert open_after(*leading(), *facts) == kinds


def test_of_what_nobody_knows_nothing_waits() -> None:
    judge = Judge()
    for kind in TELLS:
        assert waits(judge.log, TaskId.of(kind, MAE)) is False
    assert waits(judge.log, TaskId.of(Kind.PARTNER, AUTUMN)) is None
