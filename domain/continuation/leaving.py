"""How partnerships end of somebody who does not agree to the use of their data any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from domain.continuation.continuation import Continuation, whose
from domain.decision import Act, Command, Decides, Know, Knowledge, learns
from domain.people.person import Person, UnknownPerson
from events.continuation import ContinuationEnded
from events.event import Event
from events.ids import PairingId, PersonId
from events.pairings import PairingCompleted, PairingStepTakenBack
from events.terms import PairingStep

LEFT: Final = "left-programme"


@dataclass
class Completed(Knowledge):
    """The pairings that somebody completed."""

    unopened: ClassVar = True
    person_id: PersonId | None
    pairings: set[PairingId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(PairingCompleted)
    def done(self, event: PairingCompleted) -> None:
        self.pairings.add(event.pairing_id)

    @learns(PairingStepTakenBack)
    def not_done(self, event: PairingStepTakenBack) -> None:
        if event.step is PairingStep.COMPLETION:
            self.pairings.discard(event.pairing_id)


class EndContinuationsOf(Command, Decides[Person, tuple[Continuation, ...]]):
    """Somebody does not agree to the use of their data any more, so nobody is asked how their
    partnerships go on.
    """

    name: ClassVar = "continuation.end-those-of"
    of_people: ClassVar = True
    person_id: PersonId

    def cohort(self, known: tuple[Any, ...]) -> None:
        """No cohort: it is about somebody wherever they are."""

    def needs(self, know: Know) -> tuple[Person, tuple[Continuation, ...]]:
        pairings = sorted(know(Completed(self.person_id)).pairings)
        return know(Person(self.person_id)), tuple(know(Continuation(one)) for one in pairings)

    def decide(self, act: Act, person: Person, each: Sequence[Continuation]) -> Iterator[Event]:
        if not person.registered:
            raise UnknownPerson
        for one in each if person.takes_no_part else ():
            if not one.ended:
                yield ContinuationEnded(**whose(one.known), reason=LEFT)
