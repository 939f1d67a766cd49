"""What is known of the tasks about one thing, and who may take them on."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator

from domain.decision import Act, Knowledge, NotForYou, Refusal, learns
from domain.roles.authority import Authority
from events.event import Event
from events.ids import CohortId, Id, PersonId, TaskId
from events.needs import Kind, Need, Waits, after, beginning, opened, waiting
from events.personal import plain
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Role
from events.what_waits import ALL, CONCERNED, NEEDS

OWNERS: Final = frozenset({Role.COORDINATOR, *(one.owner for one in ALL)})
"""The roles whose tasks there are. Whoever coordinates may do all of them."""


def _of_a_kind(task_id: TaskId) -> TaskId:
    """ValueError, which does not repeat it, if no task can have this id."""
    if task_id.kind in NEEDS and task_id.about:
        return task_id
    raise ValueError("expected the id of a task")


AnyTask = Annotated[TaskId, AfterValidator(_of_a_kind)]


@dataclass
class AtHand:
    """A task about a thing: what waits, and who took it on. `people` are those of whom the facts
    speak that made each part wait.
    """

    waits: Waits
    taken_by: PersonId | None = None
    people: dict[frozenset[tuple[str, str]], set[PersonId]] = field(default_factory=dict)

    def concerns(self, who: PersonId | None) -> bool:
        """Whether something that waits, or waited until it was done, is about somebody."""
        parts = (*self.waits.parts, *self.waits.done)
        return any(who in self.people.get(frozenset(one.items()), ()) for one in parts)


@dataclass
class TasksAbout(Knowledge):
    """What waits, and has waited, about one thing, and in which cohort that is, if in one."""

    unopened: ClassVar = True
    as_recorded: ClassVar = True
    thing: Id | None
    cohort_id: CohortId | None = None
    tasks: dict[str, AtHand] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.thing,)

    @property
    def about(self) -> tuple[PersonId, ...]:
        return (self.thing,) if isinstance(self.thing, PersonId) else ()

    def task(self, task_id: TaskId) -> AtHand:
        """A task; refuses one of which nothing was ever heard."""
        found = self.tasks.get(task_id.kind)
        if found is None:
            raise UnknownTask
        return found

    def open_task(self, task_id: TaskId) -> AtHand:
        """A task for which something waits; refuses any other."""
        found = self.task(task_id)
        if not waiting(NEEDS[Kind(task_id.kind)], found.waits):
            raise NothingWaits
        return found

    @learns(*CONCERNED)
    def happened(self, event: Event) -> None:
        for need in CONCERNED[type(event)]:
            if need.thing(event) == self.thing:
                self._after(need, event)
                if need.of_a_cohort:
                    self.cohort_id = getattr(event, "cohort_id", None) or self.cohort_id

    def _after(self, need: Need, event: Event) -> None:
        known = self.tasks.setdefault(need.kind, AtHand(beginning(need)))
        known.waits = after(need, known.waits, event)
        for part in opened(need, event):
            known.people[frozenset(part.items())] = _people_in(event)
        if not waiting(need, known.waits):
            known.taken_by = None

    @learns(TaskTaken, TaskHandedOn, TaskDone, TaskReopened)
    def of_a_task(self, event: TaskTaken | TaskHandedOn | TaskDone | TaskReopened) -> None:
        if event.task_id.about != self.thing:
            return  # somebody has taken it on whom another one is about
        need = NEEDS[Kind(event.task_id.kind)]
        self._after(need, event)
        if isinstance(event, TaskTaken | TaskHandedOn):
            self.tasks[need.kind].taken_by = event.person_id


@dataclass
class SaidOfTask(Knowledge):
    """What was said last of how a task was done."""

    task_id: TaskId | None
    how: str | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.task_id,)

    @learns(TaskDone)
    def done(self, event: TaskDone) -> None:
        self.how = plain(event.how)


def _people_in(event: Event) -> set[PersonId]:
    """Whom a fact is about, without who signed it."""
    signed_by = vars(event).get("signed_by")
    return {tag for tag in event.tags() if isinstance(tag, PersonId) and tag != signed_by}


class UnknownTask(Refusal):
    """We know of no such task. Look at `show tasks`, and give its key."""

    code = "task.unknown"


class NothingWaits(Refusal):
    """Nothing waits here any more. Somebody did it, or it came to an end by itself."""

    code = "task.nothing-waits"


class NotYourTask(NotForYou):
    """It is a task of another role. Ask whoever coordinates the cohort."""

    code = "task.not-yours"


class AboutYou(Refusal):
    """It is about you yourself. Somebody else of the team must take it on, and do it."""

    code = "task.about-you"


class OnATask:
    """What wishes about a task have in common: whoever coordinates may, or the role whose it is."""

    task_id: AnyTask

    @property
    def need(self) -> Need:
        """What waits."""
        return NEEDS[Kind(self.task_id.kind)]

    def must_be_theirs(self, act: Act, here: TasksAbout) -> AtHand:
        """The task; refuses those in whose role nobody takes it on, and those whom it is about."""
        if act.role not in (Role.COORDINATOR, self.need.owner):
            raise NotYourTask
        task = here.task(self.task_id)
        if task.concerns(act.person):
            raise AboutYou
        return task

    def may_own(self, who: Authority, cohort_id: CohortId | None, day: date) -> bool:
        """Whether somebody could take it on, on a day."""
        roles = (self.need.owner, Role.COORDINATOR)
        return any(one.holds(day) for role in roles for one in who.tenures(role, cohort_id))
