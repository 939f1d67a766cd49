"""What people allow us to do with their data, and what they no longer allow."""

from collections.abc import Iterator
from typing import ClassVar, Final

from domain.decision import Act, Command, Decides, Know
from domain.people.last_said import LastSaid
from domain.people.person import BY_OR_FOR_A_PERSON, Person
from events.event import Event
from events.ids import PersonId
from events.people import ConsentGiven, ConsentWithdrawn
from events.terms import Purpose

PROGRAMME: Final = Purpose.PROGRAMME


class GiveConsent(Command, Decides[Person, LastSaid]):
    """Somebody agrees that their data are used for a purpose. Whoever took that back
    agrees again by no form that is older.
    """

    name: ClassVar = "person.give-consent"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    purpose: Purpose = PROGRAMME

    def needs(self, know: Know) -> tuple[Person, LastSaid]:
        return know(Person(self.person_id)), know(LastSaid(self.person_id))

    def decide(self, act: Act, person: Person, last: LastSaid) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        if self.purpose not in person.consents:
            act.must_not_be_older(last.at.get(self.purpose))
            yield ConsentGiven(person_id=self.person_id, purpose=self.purpose)


class WithdrawConsent(Command, Decides[Person]):
    """Somebody no longer agrees."""

    name: ClassVar = "person.withdraw-consent"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    purpose: Purpose = PROGRAMME

    def needs(self, know: Know) -> tuple[Person]:
        return (know(Person(self.person_id)),)

    def decide(self, act: Act, person: Person) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        if self.purpose in person.consents:
            yield ConsentWithdrawn(person_id=self.person_id, purpose=self.purpose, said_at=act.time)
