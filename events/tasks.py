"""What has happened to tasks: who takes on what waits for a person, and says that it is done.

That something waits is no fact of its own: it follows from other facts (events/needs.py).
"""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import PROGRAMME, CohortId, Id, PersonId, ProgrammeId, TaskId
from events.personal import Closed, OfProgramme
from events.terms import Code


class OfATask:
    """A fact about a task: it is mainly about the thing that the task is about, and found by it."""

    task_id: TaskId

    def tags(self) -> tuple[str, ...]:
        """The values of its id fields, rarest first, and the id of the thing."""
        found: tuple[str, ...] = super().tags()  # type: ignore[misc]  # an event's
        about: Id = self.task_id.about
        return found if about in found else (*found, about)

    def subject_id(self) -> str:
        """The id of the thing."""
        return str(self.task_id.about)


class TaskTaken(OfATask, Event):
    """Somebody takes a task on."""

    name: ClassVar = "task.taken"
    task_id: TaskId
    cohort_id: CohortId | None = None
    person_id: PersonId


class TaskHandedOn(OfATask, Event):
    """A task is somebody else's from now on; or, without a person, whoever's takes it on."""

    name: ClassVar = "task.handed-on"
    task_id: TaskId
    cohort_id: CohortId | None = None
    person_id: PersonId | None = None


class TaskDone(OfATask, Event):
    """Somebody says, with a word, that what waited was done."""

    name: ClassVar = "task.done"
    task_id: TaskId
    cohort_id: CohortId | None = None
    programme_id: ProgrammeId = PROGRAMME
    how: Annotated[Closed[Code], OfProgramme(of="programme_id")]


class TaskReopened(OfATask, Event):
    """A task was not done after all: it waits again, as far as nothing else ended it since."""

    name: ClassVar = "task.reopened"
    task_id: TaskId
    cohort_id: CohortId | None = None
