"""How somebody comes by another name, or is reached otherwise than before."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import model_validator

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.people.person import BY_OR_FOR_A_PERSON, WAYS, Email, Person, Phone, Reach
from events.event import Event
from events.ids import PersonId
from events.people import ContactChange, PersonDetailsChanged
from events.personal import Line
from events.terms import Way


class NothingLeftToReach(Refusal):
    """Then we could not reach you at all. Tell us another address or number first."""

    code = "person.nothing-left-to-reach"


class ChangeDetails(Command, Decides[Person, Reach]):
    """Somebody has another name, address or number, or one less; only what is said changes.

    All of it is sealed, so no rule can tell whether it is the same as before. Whoever wished to be
    reached by what is gone is asked anew how they wish to be.
    """

    name: ClassVar = "person.change-details"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    full_name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    town: Line | None = None
    postal_address: Line | None = None
    removes: tuple[Way, ...] = ()

    @model_validator(mode="after")
    def says_something(self) -> Self:
        given = self.model_dump(exclude={"person_id", "removes"}, exclude_none=True)
        if not given and not self.removes:
            raise ValueError("say what is otherwise now")
        if any(one.value in given for one in self.removes):
            raise ValueError("what is given can't be removed as well")
        return self

    def needs(self, know: Know) -> tuple[Person, Reach]:
        return know(Person(self.person_id)), know(Reach(self.person_id))

    def decide(self, act: Act, person: Person, reach: Reach) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        given = self.model_dump(include={*WAYS}, exclude_none=True)
        change = ContactChange(**given, removed=tuple(sorted(set(self.removes))))
        reached = reach.reached_after(given, self.removes)
        if not reached:
            raise NothingLeftToReach
        yield PersonDetailsChanged(
            person_id=self.person_id,
            full_name=self.full_name,
            change=change if given or self.removes else None,
            reached_by=reached,
        )
