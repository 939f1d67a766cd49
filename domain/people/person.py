"""What may happen to the people of the programme, and what rules know of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, NamedTuple, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from domain.decision import OWN_ROLES, Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.people.tie import NEVER_WAS, Tie, tie_of
from events.addresses import EMAIL, PHONE, is_phone
from events.event import Event
from events.ids import PersonId
from events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    Contact,
    ContactChange,
    ContactPreferenceStated,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    PersonStated,
    RelationshipDeclared,
    RelationshipEnded,
)
from events.personal import Closed, Line, plain
from events.terms import Channel, Code, Format, Purpose, Relationship, Role, Way

BY_OR_FOR_A_PERSON: Final = frozenset(
    {Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR, Role.COORDINATOR, Role.IMPORTER}
)

HARD: Final = frozenset(Relationship) - {Relationship.ACQUAINTED}
"""What is closer than acquainted."""
BY_WAY: Final[Mapping[Way, Channel]] = MappingProxyType(
    {Way.EMAIL: Channel.EMAIL, Way.PHONE: Channel.PHONE, Way.POSTAL_ADDRESS: Channel.POST}
)
"""By what somebody is reached, if we know their address or number."""
WAYS: Final = tuple(one.value for one in Way)


@dataclass
class Person(Knowledge):
    """Whether somebody is known, and what they agreed to."""

    unopened: ClassVar = True
    person_id: PersonId | None
    registered: bool = False
    consents: set[Purpose] = field(default_factory=set)
    takes_no_part: bool = False
    """Whether they took back what the programme rests on, and did not agree again."""
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

    def must_have_consented(self) -> None:
        """Refuses somebody who does not agree any more that the programme uses their data."""
        if self.takes_no_part:
            raise TakesNoPart

    def must_take_part(self) -> None:
        """Refuses somebody who is not known, or does not agree any more."""
        self.must_be_known()
        self.must_have_consented()

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = True

    @learns(ConsentGiven)
    def agreed(self, event: ConsentGiven) -> None:
        self.consents.add(event.purpose)
        self.takes_no_part &= event.purpose is not Purpose.PROGRAMME

    @learns(ConsentWithdrawn)
    def disagreed(self, event: ConsentWithdrawn) -> None:
        self.consents.discard(event.purpose)
        self.takes_no_part |= event.purpose is Purpose.PROGRAMME

    @learns(PersonErased)
    def forgotten(self, event: PersonErased) -> None:
        self.erased = True


class Changed(NamedTuple):
    """A change of how somebody is reached, and how they wished to be reached before it."""

    fact: PersonDetailsChanged
    channel: Channel | None


@dataclass
class Reach(Knowledge):
    """Under what name and how somebody can be reached (sealed, unread), and how they wish to be."""

    person_id: PersonId | None
    registered: PersonRegistered | None = None
    channel: Channel | None = None
    format: Format = Format.STANDARD
    language: str = "en"
    changed: list[Changed] = field(default_factory=list)
    takes_no_part: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @property
    def full_name(self) -> Closed[str] | None:
        names = (one.fact.full_name for one in reversed(self.changed) if one.fact.full_name)
        return next(names, self.registered.full_name if self.registered else None)

    @property
    def contact(self) -> Closed[Contact]:
        """Where they were reached when they became known, sealed."""
        return self.registered.contact if self.registered else Contact()

    @property
    def changes(self) -> tuple[Closed[ContactChange], ...]:
        """What was otherwise since then, one after the other, sealed."""
        return tuple(one.fact.change for one in self.changed if one.fact.change is not None)

    @property
    def reached_by(self) -> frozenset[Channel]:
        """How we can reach them at all."""
        last = self.changed[-1].fact if self.changed else self.registered
        return frozenset(plain(last.reached_by) or ()) if last else frozenset()

    def reached_after(
        self, given: Iterable[str], removed: Iterable[Way] = ()
    ) -> tuple[Channel, ...]:
        """How they can be reached at all once this is given, and that is gone."""
        new = {BY_WAY[Way(one)] for one in given if one in BY_WAY}
        return tuple(sorted((self.reached_by | new) - {BY_WAY.get(one) for one in removed}))

    def before(self, fact: PersonDetailsChanged) -> "Reach":
        """How they were reached before a change; as they are, if it is not known here."""
        for number, one in enumerate(self.changed):
            if one.fact == fact:
                return replace(self, changed=self.changed[:number], channel=one.channel)
        return self

    def must_be_possible_by(self, channel: Channel) -> None:
        """Refuses a channel for which we have no address or number."""
        if channel not in self.reached_by:
            raise NoAddressForThis

    @learns(PersonRegistered)
    def came(self, event: PersonRegistered) -> None:
        self.registered = event

    @learns(PersonDetailsChanged)
    def is_reached_otherwise(self, event: PersonDetailsChanged) -> None:
        self.changed.append(Changed(event, self.channel))
        if self.channel not in self.reached_by:
            self.channel = None

    @learns(ConsentGiven)
    def agreed(self, event: ConsentGiven) -> None:
        self.takes_no_part &= event.purpose is not Purpose.PROGRAMME

    @learns(ConsentWithdrawn)
    def disagreed(self, event: ConsentWithdrawn) -> None:
        self.takes_no_part |= event.purpose is Purpose.PROGRAMME

    @learns(ContactPreferenceStated)
    def prefers(self, event: ContactPreferenceStated) -> None:
        self.channel, self.format, self.language = event.channel, event.format, event.language


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
        return (self.one_id, self.other_id) if self.one_id and self.other_id else (None,)

    @property
    def too_close(self) -> bool:
        """Whether they are or were closer than acquainted, or were something that was erased: who
        judges an application may not have been close either, and only what never was is left out.
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


class TakesNoPart(Refusal):
    """You took back that we may use what you told us, and we can't go on without that. Agree again
    first, if you would like to take part.
    """

    code = "person.consent-withdrawn"


class SamePerson(Refusal):
    """Two different people are needed here, and these are one and the same."""

    code = "person.same"


class NoAddressForThis(Refusal):
    """We have no address or number to reach you in this way. Choose another, or tell us first."""

    code = "person.no-address-for-this"


def whole(phone: str) -> str:
    """The number; ValueError if it is one whose last digits a spreadsheet has rounded away."""
    if not is_phone(phone):
        raise ValueError("this number was rounded; type it in full")
    return phone


Email = Annotated[Line, Field(pattern=f"^{EMAIL}$")]
Phone = Annotated[Line, Field(pattern=f"^{PHONE}$"), AfterValidator(whole)]


@dataclass(frozen=True, slots=True)
class Met:
    """Who somebody may be who registers: one of `same`, whom we know by the same address or number
    and under the same name, and who is registered; else `newcomer`, if they may be new.

    `otherwise` is what is said of each of them that we knew otherwise, or did not know.
    """

    newcomer: PersonId | None
    same: tuple[PersonId, ...] = ()
    otherwise: Mapping[PersonId, frozenset[Way]] = field(default_factory=dict, hash=False)


class KnownOtherwise(Refusal):
    """We know you already, and take in by a registration only what we know you by. Ask a
    coordinator to note how you are reached now, or do so yourself once you have signed in.
    """

    code = "person.known-otherwise"


class RegisterPerson(Command, Decides[tuple[Person, ...], tuple[Reach, ...]]):
    """Somebody becomes known to the programme, by an e-mail address or a telephone number.

    Who comes new has no id to speak with, so anybody may register. Whom we know by the address or
    number, under the same name, is the same person; under another name it is somebody else, whom
    the team asks about. What the team, or the person themselves, says otherwise of somebody whom we
    know is taken in as a change; of anybody else nothing is, nor are they told what we know.
    """

    name: ClassVar = "person.register"
    roles: ClassVar = BY_OR_FOR_A_PERSON | {Role.SYSTEM}
    also_unasked: ClassVar = True
    of_people: ClassVar = True
    open_to_anybody: ClassVar = True
    full_name: Line
    email: Email | None = None
    phone: Phone | None = None
    town: Line | None = None
    postal_address: Line | None = None
    _met: Met | None = PrivateAttr(None)

    @model_validator(mode="after")
    def reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("give an e-mail address or a telephone number")
        return self

    def having_met(self, met: Met) -> Self:
        """The same, when it is known who that may be; nobody outside can say so."""
        this = self.model_copy()
        this._met = met  # noqa: SLF001 - of its own class
        return this

    def needs(self, know: Know) -> tuple[tuple[Person, ...], tuple[Reach, ...]]:
        same = tuple(dict.fromkeys(self._met.same)) if self._met else ()
        return tuple(know(Person(who)) for who in same), tuple(know(Reach(who)) for who in same)

    def decide(
        self, act: Act, known: tuple[Person, ...], reached: tuple[Reach, ...]
    ) -> Iterator[Event]:
        if self._met is None:
            raise LookupError("nobody looked who it is")
        if (who := self.whom(known)) is not None:
            (reach,) = (one for one in reached if one.person_id == who)
            yield from self._said_again(act, who, reach)
            return
        if self._met.newcomer is None:  # the one whom we knew has just been forgotten
            raise PersonIsErased
        given = self._given()
        yield PersonRegistered(
            person_id=self._met.newcomer,
            full_name=self.full_name,
            contact=Contact(**given),
            reached_by=Reach(self._met.newcomer).reached_after(given),
            import_id=act.import_id,
        )

    def _said_again(self, act: Act, who: PersonId, reach: Reach) -> Iterator[Event]:
        """What is otherwise of somebody whom we know. Whoever it is that says so is told the same
        whether it is or not, unless it is for them to say.
        """
        given = self._given()
        if act.role in OWN_ROLES and act.actor != who:
            if len(given) > 1:
                raise KnownOtherwise
            return
        there = self._met.otherwise.get(who, frozenset()) if self._met else frozenset()
        if new := {way: said for way, said in given.items() if way in there}:
            yield PersonDetailsChanged(
                person_id=who,
                change=ContactChange.model_validate(new),
                reached_by=reach.reached_after(new),
            )

    def _given(self) -> dict[str, str]:
        """What they say of how they are reached."""
        return self.model_dump(include={*WAYS}, exclude_none=True)

    def whom(self, known: Iterable[Person]) -> PersonId | None:
        """Who it is, if they are known and were not forgotten."""
        return next((one.person_id for one in known if one.registered and not one.erased), None)

    def concerns(self, known: tuple[Any, ...]) -> tuple[PersonId, ...]:
        """The one person whom it is about, if we know them."""
        found = self.whom(known[0])
        return (found,) if found else ()
