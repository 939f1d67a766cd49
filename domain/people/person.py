"""What may happen to the people of the programme, and what rules know of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
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
    RelationshipEnded,
)
from events.personal import Closed, Line, plain
from events.terms import Channel, Code, Format, Purpose, Relationship, Role

BY_OR_FOR_A_PERSON: Final = frozenset(
    {Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR, Role.COORDINATOR, Role.IMPORTER}
)

HARD: Final = frozenset(Relationship) - {Relationship.ACQUAINTED}
"""What is closer than acquainted."""
DIRECTED: Final = frozenset({Relationship.TREATS, Relationship.MANAGES, Relationship.REFERS})
"""What one does to the other: whoever does it is named first, and either may say so."""
OF_ONE: Final = frozenset({Relationship.VETO, Relationship.CONCERN})
"""What one of the two alone has said, who is named first."""
NEVER_WAS: Final = "relationship.mistake"
Tie = tuple[PersonId, PersonId, Relationship]
"""Two people and what is between them; in the order of their ids where it is the same for both."""


def tie_of(one: PersonId, other: PersonId, kind: Relationship) -> Tie:
    """A tie, the same whichever of the two is named first, unless that makes another."""
    if kind in DIRECTED | OF_ONE:
        return one, other, kind
    return *sorted((one, other)), kind  # type: ignore[return-value]  # there are two


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
    """How two people stand to each other, whoever declared it.

    It is the same whichever of the two is named first: they stand in the order of their ids.
    `ties` are those that last; `over` those that ended and ever were, why, and on which day;
    `erased`, that something was between them of which nobody can tell what, nor whether it lasts.
    """

    finds_concealed: ClassVar = True
    one_id: PersonId | None
    other_id: PersonId | None
    ties: set[Tie] = field(default_factory=set)
    over: dict[Tie, tuple[Code | None, date]] = field(default_factory=dict)
    erased: bool = False

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
        """Whether they are or were closer than acquainted, or were something that was erased.

        Whoever judges an application may not have been close either: only what never was is left
        out.
        """
        return self.erased or any(kind in HARD for _, _, kind in (*self.ties, *self.over))

    @property
    def acquainted(self) -> bool:
        """Whether anything is or was between them."""
        return self.erased or bool(self.ties or self.over)

    @learns(RelationshipDeclared)
    def stand(self, event: RelationshipDeclared) -> None:
        if (kind := plain(event.kind)) is None:
            self.erased = True
        else:
            self.ties.add(tie_of(event.person_id, event.other_id, kind))

    @learns(RelationshipEnded)
    def parted(self, event: RelationshipEnded) -> None:
        if (kind := plain(event.kind)) is None:
            self.erased = True
            return
        tie = tie_of(event.person_id, event.other_id, kind)
        self.ties.discard(tie)
        if (reason := plain(event.reason)) == NEVER_WAS:
            self.over.pop(tie, None)
        else:
            self.over[tie] = reason, event.ended_on

    @learns(PersonStated)
    def stood(self, _: PersonStated) -> None:
        """Facts that conceal the other one come here only if they are about these two."""
        self.erased = True


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
