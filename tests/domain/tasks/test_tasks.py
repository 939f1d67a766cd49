"""Who takes on what waits for a person, hands it on, and says that it is done."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from domain.tasks.doing import (
    CannotOwnIt,
    DoneOtherwise,
    FinishTask,
    HandTaskOn,
    HowDone,
    NotDone,
    ReopenTask,
    SomebodyElses,
    TakeTask,
)
from domain.tasks.task import AboutYou, NothingWaits, NotYourTask, TasksAbout, UnknownTask
from events.event import Event
from events.ids import PersonId, TaskId, WorkshopId
from events.interest import InterestExpressed
from events.needs import Kind, Need, waiting
from events.pairings import PairingResumed
from events.roles import RoleWithdrawn
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Role
from events.what_waits import ALL
from events.workshops import RegisterOverdue
from tests.scenes.cast import ADA, AUTUMN, SPRING, registered
from tests.scenes.given import NOON, Result, folded, given, person
from tests.scenes.needs import before, such, task_of
from tests.scenes.pairs import active, on_a_break, pairing
from tests.scenes.team import RUTH, granted, in_office

PAUSED = TaskId.of(Kind.PAUSED, pairing(ADA, person("Ben")))
WORKSHOP = WorkshopId.derived(NOON, "workshop")
REGISTER = TaskId.of(Kind.REGISTER, WORKSHOP)
SAM, FAYE, TESS = person("Sam"), person("Faye"), person("Tess")
OF_IT: dict[str, Any] = {"task_id": PAUSED, "cohort_id": AUTUMN}
SPOKE = TaskDone(**OF_IT, how="task.spoke-to-them")
GO_ON = PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)


def team() -> Iterator[Event]:
    """Ruth coordinates all, Sam this cohort, Tess another one; Faye facilitates this one."""
    yield from in_office()
    for who, role, cohort in (
        (SAM, Role.COORDINATOR, AUTUMN),
        (TESS, Role.COORDINATOR, SPRING),
        (FAYE, Role.FACILITATOR, AUTUMN),
    ):
        yield registered(who)
        yield granted(who, role, cohort)


def on_break() -> list[Event]:
    return [*team(), *active(), on_a_break("work")]


def taken_by(who: PersonId) -> TaskTaken:
    return TaskTaken(**OF_IT, person_id=who)


def takes(*facts: Event, who: PersonId = RUTH, **more: Any) -> Result:
    return given(*on_break(), *facts).when(TakeTask(task_id=PAUSED), by=who, **more)


def test_a_coordinator_takes_a_task_on_once() -> None:
    takes().then(taken_by(RUTH))
    takes(taken_by(RUTH)).then_already_so()


def test_what_somebody_has_taken_on_nobody_else_takes_from_them() -> None:
    takes(taken_by(SAM)).then_refused(SomebodyElses)


def test_what_is_no_task_of_theirs_nobody_takes_on() -> None:
    takes(who=FAYE, role=Role.FACILITATOR).then_refused(NotYourTask)


def test_a_facilitator_takes_on_what_is_a_facilitators() -> None:
    late = RegisterOverdue(workshop_id=WORKSHOP, cohort_id=AUTUMN, close_by=date(2024, 9, 1))
    wish = TakeTask(task_id=REGISTER)
    taken = TaskTaken(task_id=REGISTER, cohort_id=AUTUMN, person_id=FAYE)
    given(*team(), late).when(wish, by=FAYE, role=Role.FACILITATOR).then(taken)


def test_a_task_that_never_was_or_that_ended_is_taken_on_by_nobody() -> None:
    wish = TakeTask(task_id=PAUSED)
    given(*team(), *active()).when(wish, by=RUTH).then_refused(UnknownTask)
    takes(GO_ON).then_refused(NothingWaits)


def test_a_task_that_comes_again_is_nobodys_at_first() -> None:
    takes(taken_by(SAM), GO_ON, on_a_break("away")).then(taken_by(RUTH))
    takes(taken_by(SAM), SPOKE, on_a_break("away")).then(taken_by(RUTH))


def test_a_task_that_nobody_can_have_is_no_wish() -> None:
    for wrong in ("task_pair-tired_" + pairing(), "task_pair-held_nobody_" + pairing()[8:]):
        with pytest.raises(ValidationError) as found:
            TakeTask(task_id=TaskId(wrong))
        (problem,) = found.value.errors()
        assert "tired" not in problem["msg"]


def hands_on(*facts: Event, to: PersonId | None = SAM, who: PersonId = RUTH, **more: Any) -> Result:
    wish = HandTaskOn(task_id=PAUSED, to_id=to)
    return given(*on_break(), *facts).when(wish, by=who, **more)


def test_a_task_is_handed_on_to_somebody_who_may_own_it() -> None:
    hands_on(taken_by(RUTH)).then(TaskHandedOn(**OF_IT, person_id=SAM))
    hands_on(taken_by(SAM)).then_already_so()
    hands_on(taken_by(RUTH), to=FAYE).then_refused(CannotOwnIt)
    hands_on(taken_by(RUTH), to=TESS).then_refused(CannotOwnIt)
    gone = RoleWithdrawn(
        person_id=SAM, cohort_id=AUTUMN, role=Role.COORDINATOR, reason="role.stepped-down"
    )
    hands_on(taken_by(RUTH), gone).then_refused(CannotOwnIt)


def test_a_task_is_given_back_to_whoever_takes_it_on_next() -> None:
    hands_on(taken_by(RUTH), to=None).then(TaskHandedOn(**OF_IT, person_id=None))
    takes(taken_by(SAM), TaskHandedOn(**OF_IT)).then(taken_by(RUTH))


def test_who_coordinates_hands_on_what_others_took_and_nobody_else_does() -> None:
    late = RegisterOverdue(workshop_id=WORKSHOP, cohort_id=AUTUMN, close_by=date(2024, 9, 1))
    taken = TaskTaken(task_id=REGISTER, cohort_id=AUTUMN, person_id=SAM)
    wish = HandTaskOn(task_id=REGISTER, to_id=FAYE)
    here = given(*team(), late, taken)
    here.when(wish, by=FAYE, role=Role.FACILITATOR).then_refused(SomebodyElses)
    handed = TaskHandedOn(task_id=REGISTER, cohort_id=AUTUMN, person_id=FAYE)
    here.when(wish, by=RUTH).then(handed)


def finishes(*facts: Event, how: HowDone = HowDone.SPOKE) -> Result:
    return given(*on_break(), *facts).when(FinishTask(task_id=PAUSED, how=how), by=RUTH)


def test_whoever_did_it_says_so_with_a_word() -> None:
    finishes().then(SPOKE)
    finishes(SPOKE).then_already_so()
    finishes(SPOKE, how=HowDone.WROTE).then_refused(DoneOtherwise)
    finishes(SPOKE, on_a_break("away"), how=HowDone.WROTE).then_kinds(TaskDone)
    finishes(GO_ON).then_refused(NothingWaits)


def test_who_said_so_by_mistake_opens_it_again() -> None:
    wish = ReopenTask(task_id=PAUSED)
    reopened = TaskReopened(**OF_IT)
    given(*on_break(), SPOKE).when(wish, by=RUTH).then(reopened)
    given(*on_break()).when(wish, by=RUTH).then_refused(NotDone)
    given(*on_break(), SPOKE, reopened).when(wish, by=RUTH).then_refused(NotDone)
    given(*on_break(), SPOKE, GO_ON).when(wish, by=RUTH).then_refused(NotDone)
    finishes(SPOKE, reopened, how=HowDone.WROTE).then_kinds(TaskDone)


def test_whom_it_is_about_neither_takes_it_on_nor_does_it() -> None:
    """Or whoever coordinates could put aside what waits about themselves."""
    facts = [*on_break(), granted(ADA, Role.COORDINATOR, AUTUMN)]
    for wish in (
        TakeTask(task_id=PAUSED),
        HandTaskOn(task_id=PAUSED, to_id=SAM),
        FinishTask(task_id=PAUSED, how=HowDone.NOT_NEEDED),
    ):
        given(*facts).when(wish, by=ADA).then_refused(AboutYou)
    given(*facts, SPOKE).when(ReopenTask(task_id=PAUSED), by=ADA).then_refused(AboutYou)
    handed = HandTaskOn(task_id=PAUSED, to_id=ADA)
    given(*facts).when(handed, by=RUTH).then_refused(CannotOwnIt)


def test_a_task_of_the_programme_is_of_no_cohort() -> None:
    hello, task_id = InterestExpressed(person_id=ADA), TaskId.of(Kind.INTEREST, ADA)
    taken = TaskTaken(task_id=task_id, person_id=RUTH)
    given(*team(), registered(ADA), hello).when(TakeTask(task_id=task_id), by=RUTH).then(taken)


@pytest.mark.parametrize("need", ALL, ids=lambda one: one.kind.value)
def test_what_rules_know_of_a_task_is_what_makes_and_ends_it(need: Need) -> None:
    for fact in such(need.made):
        task_id = task_of(need, fact)
        wanted = TasksAbout(task_id.about)
        known = folded(wanted, [*before(need), fact])
        assert waiting(need, known.open_task(task_id).waits)
        for over in such(need.ended):
            after = folded(TasksAbout(task_id.about), [*before(need), fact, over])
            assert not waiting(need, after.task(task_id).waits)


def test_of_a_task_about_somebody_it_says_nothing_what_they_take_on_about_others() -> None:
    hello = [InterestExpressed(person_id=one) for one in (ADA, SAM)]
    about_ada, about_sam = (TaskId.of(Kind.INTEREST, one) for one in (ADA, SAM))
    here = given(*team(), registered(ADA), *hello, TaskTaken(task_id=about_ada, person_id=SAM))
    taken = TaskTaken(task_id=about_sam, person_id=RUTH)
    here.when(TakeTask(task_id=about_sam), by=RUTH).then(taken)
