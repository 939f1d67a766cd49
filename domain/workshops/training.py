"""When somebody's training is complete: the same rule for all that changes who attended."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, NamedTuple

from domain.decision import K, Knowledge, learns
from events.cohorts import CohortPlanAmended, CohortPlanned
from events.event import Event
from events.ids import CohortId, PersonId, RulesId, WorkshopId
from events.workshops import (
    AttendanceCorrected,
    MakeUpTakenBack,
    TrainingCompleted,
    TrainingReopened,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopMadeUp,
    WorkshopReinstated,
    WorkshopScheduled,
)


@dataclass
class Course(Knowledge):
    """The workshops of a cohort by their number, and how many of them are required."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    required: int | None = None
    rules_id: RulesId | None = None
    numbers: dict[WorkshopId, int] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def completed_by(self, done: set[WorkshopId]) -> bool:
        """Whether these workshops are all that is required: numbers 1 to `required`."""
        if self.required is None:
            return False
        numbers = {self.numbers.get(workshop_id) for workshop_id in done}
        return numbers.issuperset(range(1, self.required + 1))

    @learns(CohortPlanned)
    def planned(self, event: CohortPlanned) -> None:
        self.required, self.rules_id = event.required_workshops, event.rules_id

    @learns(CohortPlanAmended)
    def planned_otherwise(self, event: CohortPlanAmended) -> None:
        self.required = event.required_workshops or self.required

    @learns(WorkshopScheduled, WorkshopReinstated, WorkshopAmended)
    def numbered(self, event: WorkshopScheduled | WorkshopReinstated | WorkshopAmended) -> None:
        if event.number is not None:
            self.numbers[event.workshop_id] = event.number

    @learns(WorkshopCancelled)
    def dropped(self, event: WorkshopCancelled) -> None:
        self.numbers.pop(event.workshop_id, None)


@dataclass
class Training(Knowledge):
    """What one person has attended or made up in a cohort."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    person_id: PersonId | None
    attended: set[WorkshopId] = field(default_factory=set)
    made_up: set[WorkshopId] = field(default_factory=set)
    completed: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    @property
    def done(self) -> set[WorkshopId]:
        return self.attended | self.made_up

    @learns(WorkshopAttended)
    def came(self, event: WorkshopAttended) -> None:
        self.attended.add(event.workshop_id)

    @learns(WorkshopMadeUp)
    def caught_up(self, event: WorkshopMadeUp) -> None:
        self.made_up.add(event.workshop_id)

    @learns(MakeUpTakenBack)
    def not_caught_up(self, event: MakeUpTakenBack) -> None:
        self.made_up.discard(event.workshop_id)

    @learns(AttendanceCorrected)
    def corrected(self, event: AttendanceCorrected) -> None:
        (self.attended.add if event.attended else self.attended.discard)(event.workshop_id)

    @learns(TrainingCompleted, TrainingReopened)
    def closed(self, event: Event) -> None:
        self.completed = isinstance(event, TrainingCompleted)


class TrainingProgress(NamedTuple):
    """Where somebody stands in the course of their cohort."""

    course: Course
    training: Training

    def rules_on(self, day: date) -> RulesId | None:
        """The rules by which a decision goes that holds this: those of the cohort's plan."""
        return self.course.rules_id

    def with_training(
        self, fact: WorkshopAttended | WorkshopMadeUp | AttendanceCorrected | MakeUpTakenBack
    ) -> Iterator[Event]:
        """The fact, and in the same decision what it means for the training (rule 22)."""
        yield fact
        yield from self._replace(training=_after(self.training, fact)).says()

    def says(self) -> Iterator[Event]:
        """What there is to say of the training that was not said yet."""
        cohort_id, person_id = self.training.cohort_id, self.training.person_id
        complete = self.course.completed_by(self.training.done)
        if cohort_id is None or person_id is None or complete == self.training.completed:
            return
        kind = TrainingCompleted if complete else TrainingReopened
        yield kind(person_id=person_id, cohort_id=cohort_id)


def with_all_trainings(
    facts: Sequence[Event], all_who_learned: Iterable[TrainingProgress]
) -> Iterator[Event]:
    """Facts that change the course, and in the same decision what they mean for the training of all
    who attended, or made up, the workshops that they are about.
    """
    yield from facts
    for one in all_who_learned:
        yield from one._replace(course=_after(one.course, *facts)).says()


def _after(known: K, *facts: Event) -> K:
    """What will be known once these facts are, without teaching it yet."""
    later = deepcopy(known)
    for fact in facts:
        later.learn(fact)
    return later
