"""What may happen to the people of the programme, and what rules know of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from events.addresses import EMAIL, PHONE, is_phone
from events.event import Event
from events.ids import PersonId
from events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    Contact,
    ContactPreferenceStated,
    PersonErased,
    PersonRegistered,
    PersonStated,
    RelationshipDeclared,
)
from events.personal import Closed, Line, plain
from events.terms import Channel, Format, Purpose, Relationship, Role

BY_OR_FOR_A_PERSON: Final = frozenset(
    {Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR, Role.COORDINATOR, Role.IMPORTER}
)

HARD: Final = frozenset(Relationship) - {Relationship.ACQUAINTED}
"""What is closer than acquainted."""


@dataclass
class Person(Knowledge):
    """Whether somebody is known, and what they agreed to."""

    unopened: ClassVar = True
    person_id: PersonId | None
    registered: bool = False
    consents: set[Purpose] = field(default_factory=set)
    erased: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def stands_still(self) -> type[Refusal] | None:
        return PersonIsErased if self.erased else None

    def must_be_known(self) -> None:
        """Refuses somebody whom nobody registered, or who was erased."""
        if not self.registered:
            raise UnknownPerson
        if self.erased:
            raise PersonIsErased

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = True

    @learns(ConsentGiven)
    def agreed(self, event: ConsentGiven) -> None:
        self.consents.add(event.purpose)

    @learns(ConsentWithdrawn)
    def disagreed(self, event: ConsentWithdrawn) -> None:
        self.consents.discard(event.purpose)

    @learns(PersonErased)
    def forgotten(self, event: PersonErased) -> None:
        self.erased = True


@dataclass
class Reach(Knowledge):
    """Under what name and how somebody can be reached (sealed, unread), and how they wish to be."""

    person_id: PersonId | None
    registered: PersonRegistered | None = None
    channel: Channel | None = None
    format: Format = Format.STANDARD
    language: str = "en"

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def full_name(self) -> Closed[str] | None:
        return self.registered.full_name if self.registered else None

    @property
    def contact(self) -> Closed[Contact]:
        """Where they are reached, sealed."""
        return self.registered.contact if self.registered else Contact()

    def must_be_possible_by(self, channel: Channel) -> None:
        """Refuses a channel for which we have no address or number."""
        reached_by = plain(self.registered.reached_by) if self.registered else None
        if channel is not Channel.POST and channel not in (reached_by or ()):
            raise NoAddressForThis

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = event

    @learns(ContactPreferenceStated)
    def prefers(self, event: ContactPreferenceStated) -> None:
        self.channel, self.format = event.channel, event.format
        self.language = event.language


@dataclass
class Between(Knowledge):
    """How two people stand to each other, whoever declared it; None is a kind that was erased.

    It is the same whichever of the two is named first: they stand in the order of their ids.
    """

    finds_concealed: ClassVar = True
    one_id: PersonId | None
    other_id: PersonId | None
    declared: set[tuple[PersonId, PersonId | None, Relationship | None]] = field(
        default_factory=set
    )

    def __post_init__(self) -> None:
        if self.one_id is not None and self.other_id is not None:
            self.one_id, self.other_id = sorted((self.one_id, self.other_id))

    @property
    def tags(self) -> tuple[str | None, ...]:
        if self.one_id is None or self.other_id is None:
            return (None,)
        return (self.one_id, self.other_id)

    @property
    def too_close(self) -> bool:
        """Whether they are closer than acquainted, or were something that was erased."""
        return any(kind is None or kind in HARD for _, _, kind in self.declared)

    @learns(RelationshipDeclared)
    def stand(self, event: RelationshipDeclared) -> None:
        self.declared.add((event.person_id, event.other_id, plain(event.kind)))

    @learns(PersonStated)
    def stood(self, event: PersonStated) -> None:
        """Facts that conceal the other one come here only if they are about these two."""
        self.declared.add((event.person_id, None, None))


class UnknownPerson(Refusal):
    """We don't know a person with this id. Register them first, or check the id."""

    code = "person.unknown"


class PersonIsErased(Refusal):
    """The person asked to be forgotten, so nothing new can be kept about them."""

    code = "person.erased"


class SamePerson(Refusal):
    """Two different people are needed here, and these are one and the same."""

    code = "person.same"


class NoAddressForThis(Refusal):
    """We have no e-mail address or telephone number to reach you in this way. Choose another."""

    code = "person.no-address-for-this"


def whole(phone: str) -> str:
    """The number; ValueError if it is one whose last digits a spreadsheet has rounded away."""
    if not is_phone(phone):
        raise ValueError("this number was rounded; type it in full")
    return phone


@dataclass(frozen=True, slots=True)
class Met:
    """Who somebody may be who registers: one of `same`, whom we know by the same address or number
    and under the same name, and who is registered; else `newcomer`, if they may be new.
    """

    newcomer: PersonId | None
    same: tuple[PersonId, ...] = ()


class RegisterPerson(Command, Decides[tuple[Person, ...]]):
    """Somebody becomes known to the programme, by an e-mail address or a telephone number.

    Who comes new has no id to speak with, so anybody may register. Whom we know by the address or
    number, under the same name, is the same person; under another name it is somebody else, whom
    the team asks about.
    """

    name: ClassVar = "person.register"
    roles: ClassVar = BY_OR_FOR_A_PERSON | {Role.SYSTEM}
    of_people: ClassVar = True
    open_to_anybody: ClassVar = True
    full_name: Line
    email: Annotated[Line, Field(pattern=f"^{EMAIL}$")] | None = None
    phone: Annotated[Line, Field(pattern=f"^{PHONE}$"), AfterValidator(whole)] | None = None
    town: Line | None = None
    _met: Met | None = PrivateAttr(None)

    @model_validator(mode="after")
    def reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("give an e-mail address or a telephone number")
        return self

    def having_met(self, met: Met) -> Self:
        """The same, when it is known who that may be; nobody outside can say so."""
        self._met = met
        return self

    def needs(self, know: Know) -> tuple[tuple[Person, ...]]:
        return (tuple(know(Person(who)) for who in (self._met.same if self._met else ())),)

    def decide(self, act: Act, known: tuple[Person, ...]) -> Iterator[Event]:
        if self._met is None:
            raise LookupError("nobody looked who it is")
        if self.whom(known) is not None:
            return
        if self._met.newcomer is None:  # the one whom we knew has just been forgotten
            raise PersonIsErased
        ways = {Channel.EMAIL: self.email, Channel.PHONE: self.phone}
        yield PersonRegistered(
            person_id=self._met.newcomer,
            full_name=self.full_name,
            contact=Contact(email=self.email, phone=self.phone, town=self.town),
            reached_by=tuple(channel for channel, address in ways.items() if address),
        )

    def whom(self, known: Iterable[Person]) -> PersonId | None:
        """Who it is, if they are known and were not forgotten."""
        there = (one.person_id for one in known if one.registered and not one.erased)
        return next(there, None)

    def concerns(self, known: tuple[tuple[Person, ...]]) -> tuple[PersonId, ...]:
        """The one person whom it is about, if we know them."""
        found = self.whom(known[0])
        return (found,) if found else ()


class DeclareRelationship(Command, Decides[Person, Person, Between]):
    """Somebody says how two people stand to each other, so that rules keep them apart."""

    name: ClassVar = "person.declare-relationship"
    roles: ClassVar = BY_OR_FOR_A_PERSON
    of_people: ClassVar = True
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
