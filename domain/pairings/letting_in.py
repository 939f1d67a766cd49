"""Who decides on a concern, so that whom it is about may be asked to lead with others again."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.pairings.availability import Availability
from domain.pairings.compatibility import Circle
from domain.people.person import Person
from events.event import Event
from events.ids import PersonId
from events.pairings import PersonLetIn
from events.terms import Role


class LetInReason(StrEnum):
    """What the team found of a concern."""

    NO_GROUND = "pairing.no-ground"
    TALKED_OVER = "pairing.talked-over"
    MISTAKE = "pairing.mistake"
    OTHER = "pairing.other"


class ConcernsYou(Refusal):
    """You, or somebody close to you, are concerned yourself. Another coordinator must decide."""

    code = "pairing.concerns-you"


class LetPersonIn(Command, Decides[Person, Availability, Circle]):
    """A coordinator has looked at a concern, and decides that whom it is about may be asked to lead
    with others again.
    """

    name: ClassVar = "pairing.let-in"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    of_people: ClassVar = True
    person_id: PersonId
    reason: LetInReason

    def needs(self, know: Know) -> tuple[Person, Availability, Circle]:
        person, mine = know(Person(self.person_id)), know(Availability(self.person_id))
        return person, mine, know(Circle(self.person_id))

    def decide(
        self, act: Act, person: Person, mine: Availability, circle: Circle
    ) -> Iterator[Event]:
        person.must_be_known()
        if act.person in {self.person_id, *mine.concerns, *circle.close}:
            raise ConcernsYou
        if mine.held_out or mine.let_in_for not in (None, self.reason.value):
            yield PersonLetIn(person_id=self.person_id, reason=self.reason.value)
