"""What may happen to the people of the programme, and what rules know of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from events.contacts import EMAIL, PHONE
from events.event import Event
from events.ids import PersonId
from events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactPreferenceStated,
    PersonRegistered,
    RelationshipDeclared,
)
from events.personal import Line
from events.terms import Channel, Format, Relationship, Role

BY_OR_FOR_A_PERSON: Final = frozenset(
    {Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR, Role.COORDINATOR, Role.IMPORTER}
)


@dataclass
class Person(Knowledge):
    """Whether somebody is known, what they agreed to, and how to reach them (sealed, unread)."""

    person_id: PersonId | None
    registered: PersonRegistered | None = None
    channel: Channel | None = None
    format: Format = Format.STANDARD
    language: str = "en"
    consents: set[str] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    def must_be_known(self) -> None:
        """Refuses somebody whom nobody registered."""
        if self.registered is None:
            raise UnknownPerson

    def must_be_reachable_by(self, channel: Channel) -> None:
        """Refuses a channel for which we have no address or number. Only whether one is there
        counts; it stays sealed.
        """
        self.must_be_known()
        known = self.registered
        without_email = channel is Channel.EMAIL and known and known.email is None
        without_phone = channel is Channel.PHONE and known and known.phone is None
        if without_email or without_phone:
            raise NoAddressForThis

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = event

    @learns(ContactPreferenceStated)
    def prefers(self, event: ContactPreferenceStated) -> None:
        self.channel, self.format = event.channel, event.format
        self.language = event.language

    @learns(ConsentGiven)
    def agreed(self, event: ConsentGiven) -> None:
        self.consents.add(event.purpose)

    @learns(ConsentWithdrawn)
    def disagreed(self, event: ConsentWithdrawn) -> None:
        self.consents.discard(event.purpose)


@dataclass
class Between(Knowledge):
    """How two people stand to each other, whoever declared it."""

    one_id: PersonId | None
    other_id: PersonId | None
    kinds: set[Relationship] = field(default_factory=set)
    declared: set[tuple[PersonId, PersonId, Relationship]] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        if self.one_id is None or self.other_id is None:
            return (None,)
        return tuple(sorted((self.one_id, self.other_id)))

    @learns(RelationshipDeclared)
    def stand(self, event: RelationshipDeclared) -> None:
        self.kinds.add(event.kind)
        self.declared.add((event.person_id, event.other_id, event.kind))


class UnknownPerson(Refusal):
    """We don't know a person with this id. Register them first, or check the id."""

    code = "person.unknown"


class SamePerson(Refusal):
    """Two different people are needed here, and these are one and the same."""

    code = "person.same"


class NoAddressForThis(Refusal):
    """We have no e-mail address or telephone number to reach you in this way. Choose another."""

    code = "person.no-address-for-this"


class RegisterPerson(Command, Decides[Person]):
    """Somebody becomes known to the programme, by an e-mail address or a telephone number.

    Who comes new has no id to speak with, so anybody may register; the door finds by address or
    number who is known already, and fills in their id.
    """

    name: ClassVar = "person.register"
    roles: ClassVar = BY_OR_FOR_A_PERSON | {Role.SYSTEM}
    full_name: Line
    email: Annotated[Line, Field(pattern=f"^{EMAIL}$")] | None = None
    phone: Annotated[Line, Field(pattern=f"^{PHONE}$")] | None = None
    town: Line | None = None
    person_id: PersonId | None = None

    @model_validator(mode="after")
    def reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("give an e-mail address or a telephone number")
        return self

    def needs(self, know: Know) -> tuple[Person]:
        return (know(Person(self.person_id)),)

    def decide(self, act: Act, person: Person) -> Iterator[Event]:
        if person.registered is not None:
            return
        person_id = self.person_id or act.new(PersonId)
        yield PersonRegistered(person_id=person_id, **self.model_dump(exclude={"person_id"}))


class DeclareRelationship(Command, Decides[Person, Person, Between]):
    """Somebody says how two people stand to each other, so that rules keep them apart."""

    name: ClassVar = "person.declare-relationship"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    person_id: PersonId
    other_id: PersonId
    kind: Relationship

    def needs(self, know: Know) -> tuple[Person, Person, Between]:
        between = know(Between(self.person_id, self.other_id))
        return know(Person(self.person_id)), know(Person(self.other_id)), between

    def decide(self, act: Act, person: Person, other: Person, between: Between) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        other.must_be_known()
        if self.person_id == self.other_id:
            raise SamePerson
        if (self.person_id, self.other_id, self.kind) not in between.declared:
            yield RelationshipDeclared(
                person_id=self.person_id, other_id=self.other_id, kind=self.kind
            )
