"""What has happened to the people of the programme."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import PersonId
from events.personal import Personal, PersonalLine, PersonalWords
from events.terms import Channel, Code, Format, Relationship


class PersonRegistered(Event):
    """Somebody is known to the programme."""

    name: ClassVar = "person.registered"
    person_id: PersonId
    full_name: Annotated[PersonalLine, Personal(of="person_id")]
    email: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    phone: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    town: Annotated[PersonalLine | None, Personal(of="person_id")] = None


class ContactPreferenceStated(Event):
    """A person has said how they wish to hear from us."""

    name: ClassVar = "person.contact-preference-stated"
    person_id: PersonId
    channel: Channel
    format: Format = Format.STANDARD
    language: Code = "en"


class AccessNeedsStated(Event):
    """A person has said what helps them to take part."""

    name: ClassVar = "person.access-needs-stated"
    person_id: PersonId
    needs: Annotated[PersonalWords, Personal(of="person_id")]
    supporter_comes: bool = False


class ConsentGiven(Event):
    """A person agrees that their data are used for a purpose."""

    name: ClassVar = "person.consent-given"
    person_id: PersonId
    purpose: Code = "programme"


class ConsentWithdrawn(Event):
    """A person no longer agrees."""

    name: ClassVar = "person.consent-withdrawn"
    person_id: PersonId
    purpose: Code = "programme"


class RelationshipDeclared(Event):
    """Two people stand to each other in a way that a rule asks about.

    The first is the one who treats, manages or refers, or who made the declaration.
    """

    name: ClassVar = "person.relationship-declared"
    person_id: PersonId
    other_id: PersonId
    kind: Relationship
