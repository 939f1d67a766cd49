"""Who holds somebody out of leading with others, and who lets them in again."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.pairings.availability import Availability
from domain.pairings.compatibility import TEAM, Circle
from domain.people.person import Person
from events.event import Event
from events.ids import PersonId
from events.pairings import PersonHeldOut, PersonLetIn
from events.terms import Role, System


class LetInReason(StrEnum):
    """What the team found when it looked; `team`, where that is nobody else's to know."""

    NO_GROUND = "pairing.no-ground"
    TALKED_OVER = "pairing.talked-over"
    MISTAKE = "pairing.mistake"
    OTHER = "pairing.other"
    TEAM = TEAM


class ConcernsYou(Refusal):
    """You, or somebody close to you, are concerned yourself. Another coordinator must decide."""

    code = "pairing.concerns-you"


class HeldByAnother(Refusal):
    """Somebody else of the team looks at something first, and lets them in when that is done."""

    code = "pairing.held-by-another"


class HoldPersonOut(Command, Decides[Person, Availability, Circle]):
    """The team looks at something first: until whoever says so lets somebody in again, they are
    asked to lead with nobody, and who leads with them waits. Nobody is told more than that.
    """

    name: ClassVar = "pairing.hold-out"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.SYSTEM})
    systems: ClassVar = frozenset({System.SAFEGUARDING})
    of_people: ClassVar = True
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Person, Availability, Circle]:
        person, mine = know(Person(self.person_id)), know(Availability(self.person_id))
        return person, mine, know(Circle(self.person_id))

    def decide(
        self, act: Act, person: Person, mine: Availability, circle: Circle
    ) -> Iterator[Event]:
        person.must_be_known()
        if act.person in {self.person_id, *circle.close}:
            raise ConcernsYou
        if act.person not in mine.held_by:
            yield PersonHeldOut(person_id=self.person_id, reason=TEAM, held_by=act.person)


class LetPersonIn(Command, Decides[Person, Availability, Circle]):
    """Whoever of the team held somebody out has looked at it, and decides that they may be asked to
    lead with others again.
    """

    name: ClassVar = "pairing.let-in"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.SYSTEM})
    systems: ClassVar = frozenset({System.SAFEGUARDING})
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
        if act.person in {self.person_id, *circle.close}:
            raise ConcernsYou
        theirs = act.person in mine.held_by
        if mine.held_by and not theirs:
            raise HeldByAnother
        otherwise = mine.let_in_for not in (None, self.reason.value)
        if theirs or (otherwise and act.person):
            yield PersonLetIn(
                person_id=self.person_id, reason=self.reason.value, held_by=act.person
            )
