"""When somebody's training is complete: the same rule for all that changes who attended."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, NamedTuple

from domain.decision import Knowledge, learns
from events.cohorts import CohortPlanned
from events.event import Event
from events.ids import CohortId, PersonId, RulesId, WorkshopId
from events.workshops import (
    AttendanceCorrected,
    TrainingCompleted,
    TrainingReopened,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopMadeUp,
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

    @learns(WorkshopScheduled)
    def scheduled(self, event: WorkshopScheduled) -> None:
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

    def after(self, fact: Event) -> "Training":
        """What will be known once this fact is, without teaching it yet."""
        later = deepcopy(self)
        later.learn(fact)
        return later

    @learns(WorkshopAttended)
    def came(self, event: WorkshopAttended) -> None:
        self.attended.add(event.workshop_id)

    @learns(WorkshopMadeUp)
    def caught_up(self, event: WorkshopMadeUp) -> None:
        self.made_up.add(event.workshop_id)

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
        self, fact: WorkshopAttended | WorkshopMadeUp | AttendanceCorrected
    ) -> Iterator[Event]:
        """The fact, and in the same decision what it means for the training (rule 22)."""
        yield fact
        complete = self.course.completed_by(self.training.after(fact).done)
        if complete and not self.training.completed:
            yield TrainingCompleted(person_id=fact.person_id, cohort_id=fact.cohort_id)
        if self.training.completed and not complete:
            yield TrainingReopened(person_id=fact.person_id, cohort_id=fact.cohort_id)
