"""What people say of how to reach them and of what helps them to take part."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from domain.decision import Act, Command, Decides, Know
from domain.people.last_said import HEARS, NEEDS, LastSaid
from domain.people.person import BY_OR_FOR_A_PERSON, Person, Reach
from events.event import Event
from events.ids import PersonId
from events.people import AccessNeedsStated, ContactPreferenceStated
from events.personal import FewWords
from events.terms import Channel, Code, Format


class StateContactPreference(Command, Decides[Person, Reach, LastSaid]):
    """Somebody says how they wish to hear from us, in which form of words and which language."""

    name: ClassVar = "person.state-contact-preference"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    channel: Channel
    format: Format = Format.STANDARD
    language: Code = "en"

    def needs(self, know: Know) -> tuple[Person, Reach, LastSaid]:
        who = self.person_id
        return know(Person(who)), know(Reach(who)), know(LastSaid(who))

    def decide(self, act: Act, person: Person, reach: Reach, last: LastSaid) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        reach.must_be_possible_by(self.channel)
        stated = (reach.channel, reach.format, reach.language)
        if stated == (self.channel, self.format, self.language):
            return
        act.must_not_be_older(last.at.get(HEARS))
        yield ContactPreferenceStated(
            person_id=self.person_id,
            channel=self.channel,
            format=self.format,
            language=self.language,
            said_at=act.time,
        )


class StateAccessNeeds(Command, Decides[Person, LastSaid]):
    """Somebody says what helps them to take part; what they say last counts.

    The words are sealed, so no rule can tell whether they are the same as before. On the wire they
    are `needs`, as in the fact; a command has a method of that name.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    name: ClassVar = "person.state-access-needs"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
    person_id: PersonId
    access_needs: Annotated[FewWords, Field(alias="needs")]
    supporter_comes: bool = False

    def needs(self, know: Know) -> tuple[Person, LastSaid]:
        return know(Person(self.person_id)), know(LastSaid(self.person_id))

    def decide(self, act: Act, person: Person, last: LastSaid) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        act.must_not_be_older(last.at.get(NEEDS))
        yield AccessNeedsStated(
            person_id=self.person_id,
            needs=self.access_needs,
            supporter_comes=self.supporter_comes,
            said_at=act.time,
        )
