"""What may happen to the words in which participants look back on a workshop."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, NotForYou, Refusal, learns
from domain.workshops.attendance import Register
from domain.workshops.workshop import Workshop
from events.event import Event
from events.ids import CohortId, PersonId, ReflectionId, WorkshopId
from events.personal import Words
from events.reflections import ReflectionShared, ReflectionSubmitted, ReflectionWithdrawn
from events.terms import Role

OWN = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
"""A coordinator writes down what somebody says on the telephone."""


@dataclass
class Reflection(Knowledge):
    """Whose a reflection is, and whether it was shared or taken back."""

    unopened: ClassVar = True
    reflection_id: ReflectionId | None
    submitted: ReflectionSubmitted | None = None
    shared: bool = False
    withdrawn: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.reflection_id,)

    @property
    def cohort_id(self) -> CohortId | None:
        return self.submitted.cohort_id if self.submitted else None

    def of(self, person_id: PersonId) -> ReflectionSubmitted:
        """Its first fact; refuses one that does not exist or is somebody else's."""
        if self.submitted is None:
            raise UnknownReflection
        if self.submitted.person_id != person_id:
            raise NotYourReflection
        return self.submitted

    @learns(ReflectionSubmitted)
    def written(self, event: ReflectionSubmitted) -> None:
        self.submitted = event

    @learns(ReflectionShared, ReflectionWithdrawn)
    def went_on(self, event: Event) -> None:
        self.shared |= isinstance(event, ReflectionShared)
        self.withdrawn |= isinstance(event, ReflectionWithdrawn)


class UnknownReflection(Refusal):
    """We don't know a reflection with this id. Check the id."""

    code = "reflection.unknown"


class NotYourReflection(NotForYou):
    """Only the person who wrote a reflection can share it or take it back."""

    code = "reflection.not-yours"


class NotThere(Refusal):
    """You can look back on a workshop once you came to it or made it up."""

    code = "reflection.not-there"


class ReflectionIsWithdrawn(Refusal):
    """You took this reflection back. Write a new one if you want to share it."""

    code = "reflection.withdrawn"


class SubmitReflection(Command, Decides[Workshop, Register]):
    """A participant writes down what a workshop meant to them; they may do so again."""

    name: ClassVar = "reflection.submit"
    roles: ClassVar = OWN
    workshop_id: WorkshopId
    person_id: PersonId
    words: Words

    def needs(self, know: Know) -> tuple[Workshop, Register]:
        return know(Workshop(self.workshop_id)), know(Register(self.workshop_id))

    def decide(self, act: Act, workshop: Workshop, register: Register) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        plan = workshop.known
        if self.person_id not in register.learned:
            raise NotThere
        yield ReflectionSubmitted(
            reflection_id=act.new(ReflectionId),
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            words=self.words,
        )


class ShareReflection(Command, Decides[Reflection]):
    """A participant lets their partner read a reflection."""

    name: ClassVar = "reflection.share"
    roles: ClassVar = OWN
    reflection_id: ReflectionId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Reflection]:
        return (know(Reflection(self.reflection_id)),)

    def decide(self, act: Act, reflection: Reflection) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        written = reflection.of(self.person_id)
        if reflection.withdrawn:
            raise ReflectionIsWithdrawn
        if not reflection.shared:
            yield ReflectionShared(
                reflection_id=self.reflection_id,
                cohort_id=written.cohort_id,
                person_id=self.person_id,
            )


class WithdrawReflection(Command, Decides[Reflection]):
    """A participant takes a reflection back."""

    name: ClassVar = "reflection.withdraw"
    roles: ClassVar = OWN
    reflection_id: ReflectionId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Reflection]:
        return (know(Reflection(self.reflection_id)),)

    def decide(self, act: Act, reflection: Reflection) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        written = reflection.of(self.person_id)
        if not reflection.withdrawn:
            yield ReflectionWithdrawn(
                reflection_id=self.reflection_id,
                cohort_id=written.cohort_id,
                person_id=self.person_id,
            )
