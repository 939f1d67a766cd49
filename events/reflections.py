"""What participants wrote about their experience."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, PersonId, ReflectionId, WorkshopId
from events.personal import Closed, Personal, Words


class ReflectionSubmitted(Event):
    """A participant has written down what a workshop meant to them."""

    name: ClassVar = "reflection.submitted"
    reflection_id: ReflectionId
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    words: Annotated[Closed[Words], Personal(of="person_id", even=512)]


class ReflectionShared(Event):
    """A participant lets their partner read a reflection."""

    name: ClassVar = "reflection.shared"
    reflection_id: ReflectionId
    cohort_id: CohortId
    person_id: PersonId


class ReflectionWithdrawn(Event):
    """A participant takes a reflection back."""

    name: ClassVar = "reflection.withdrawn"
    reflection_id: ReflectionId
    cohort_id: CohortId
    person_id: PersonId
