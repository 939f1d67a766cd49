"""How two with whom it came to nothing say that they would like to be asked once more."""

from collections.abc import Iterator
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.pairings.compatibility import Circle
from events.event import Event
from events.ids import PersonId
from events.pairings import PartnerWishedAgain
from events.terms import Role


class NeverAsked(Refusal):
    """The two of you have not been asked to lead together before. You need not wish for it: if it
    suits both of you, we may ask you.
    """

    code = "pairing.never-asked"


class WishAgain(Command, Decides[Circle]):
    """Somebody would like to be asked once more about one with whom it came to nothing. The two are
    asked again only if both say so, and only if nothing else keeps them apart.
    """

    name: ClassVar = "pairing.wish-again"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    of_people: ClassVar = True
    person_id: PersonId
    other_id: PersonId

    def needs(self, know: Know) -> tuple[Circle]:
        return (know(Circle(self.person_id)),)

    def decide(self, act: Act, circle: Circle) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        if self.other_id not in (*circle.asked.values(), *circle.parted.values()):
            raise NeverAsked
        if self.other_id not in circle.wishes:
            yield PartnerWishedAgain(person_id=self.person_id, other_id=self.other_id)
