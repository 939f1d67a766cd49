"""Who takes on what waits for a person, hands it on, and says that it is done."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal, SoAlready
from domain.roles.authority import Authority
from domain.tasks.task import OWNERS, AnyTask, OnATask, SaidOfTask, TasksAbout
from events.event import Event
from events.ids import PersonId
from events.needs import waiting
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Role


class HowDone(StrEnum):
    """What somebody did about a task that no other fact ends."""

    SPOKE = "task.spoke-to-them"
    WROTE = "task.wrote-to-them"
    OTHERWISE = "task.settled-otherwise"
    NOT_NEEDED = "task.not-needed"


class SomebodyElses(SoAlready):
    """Somebody else has taken this on. Ask them, or whoever coordinates, to hand it on to you."""

    code = "task.somebody-elses"


class DoneOtherwise(SoAlready):
    """It is done, and somebody said how. If that was a mistake, open the task again first."""

    code = "task.done-otherwise"


class CannotOwnIt(Refusal):
    """Whom you name holds no role in which they could take this on, or it is about them. Choose
    somebody else.
    """

    code = "task.cannot-own-it"


class NotDone(Refusal):
    """Nobody said that this is done, or it ended by itself since. There is nothing to take back."""

    code = "task.not-done"


class TakeTask(OnATask, Command, Decides[TasksAbout]):
    """Somebody of the team takes a task on."""

    name: ClassVar = "task.take"
    roles: ClassVar = OWNERS
    task_id: AnyTask

    def needs(self, know: Know) -> tuple[TasksAbout]:
        return (know(TasksAbout(self.task_id.about)),)

    def decide(self, act: Act, here: TasksAbout) -> Iterator[Event]:
        self.must_be_theirs(act, here)
        task = here.open_task(self.task_id)
        if act.person is None or act.person == task.taken_by:
            return
        if task.taken_by is not None:
            raise SomebodyElses
        yield TaskTaken(task_id=self.task_id, cohort_id=here.cohort_id, person_id=act.person)


class HandTaskOn(OnATask, Command, Decides[TasksAbout, Authority]):
    """Whoever took a task on, or coordinates, hands it on to somebody; or, if nobody is named, to
    whoever takes it on next.
    """

    name: ClassVar = "task.hand-on"
    roles: ClassVar = OWNERS
    task_id: AnyTask
    to_id: PersonId | None = None

    def needs(self, know: Know) -> tuple[TasksAbout, Authority]:
        return know(TasksAbout(self.task_id.about)), know(Authority(self.to_id))

    def decide(self, act: Act, here: TasksAbout, to: Authority) -> Iterator[Event]:
        self.must_be_theirs(act, here)
        task, cohort_id = here.open_task(self.task_id), here.cohort_id
        if task.taken_by == self.to_id:
            return
        if act.role is not Role.COORDINATOR and task.taken_by not in (None, act.person):
            raise SomebodyElses
        may = self.may_own(to, cohort_id, act.asked_on) and not task.concerns(self.to_id)
        if self.to_id and not may:
            raise CannotOwnIt
        yield TaskHandedOn(task_id=self.task_id, cohort_id=cohort_id, person_id=self.to_id)


class FinishTask(OnATask, Command, Decides[TasksAbout, SaidOfTask]):
    """Somebody says, with a word, that they did what waited."""

    name: ClassVar = "task.done"
    roles: ClassVar = OWNERS
    task_id: AnyTask
    how: HowDone

    def needs(self, know: Know) -> tuple[TasksAbout, SaidOfTask]:
        return know(TasksAbout(self.task_id.about)), know(SaidOfTask(self.task_id))

    def decide(self, act: Act, here: TasksAbout, said: SaidOfTask) -> Iterator[Event]:
        waits = self.must_be_theirs(act, here).waits
        if waits.done and not waiting(self.need, waits):
            if said.how not in (None, self.how.value):
                raise DoneOtherwise
            return
        here.open_task(self.task_id)
        yield TaskDone(task_id=self.task_id, cohort_id=here.cohort_id, how=self.how.value)


class ReopenTask(OnATask, Command, Decides[TasksAbout]):
    """Somebody said by mistake that a task is done: it waits again."""

    name: ClassVar = "task.reopen"
    roles: ClassVar = OWNERS
    task_id: AnyTask

    def needs(self, know: Know) -> tuple[TasksAbout]:
        return (know(TasksAbout(self.task_id.about)),)

    def decide(self, act: Act, here: TasksAbout) -> Iterator[Event]:
        if not self.must_be_theirs(act, here).waits.done:
            raise NotDone
        yield TaskReopened(task_id=self.task_id, cohort_id=here.cohort_id)
