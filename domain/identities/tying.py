"""Whose an issuer's subject is: tied to a person by coordinators, and untied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, PrivateAttr

from domain.decision import OWN_ROLES, Act, Command, Decides, Know, Refusal
from domain.people.person import Person
from domain.roles.authority import Authority
from events.event import Event
from events.identities import IdentityTied, IdentityUntied
from events.ids import PersonId, TieId
from events.terms import Code, Role

SUBJECT: Final = r"^[\x20-\x7e]{1,255}$"
Subject = Annotated[str, Field(pattern=SUBJECT)]
Whose = tuple[PersonId, TieId]


class NoSuchIssuer(Refusal):
    """No provider has this code. `leading-together identity status` tells the right one to whoever
    is signed in.
    """

    code = "identity.no-such-issuer"


class TiedToAnother(Refusal):
    """Somebody else is known by this sign-in already. Untie it from them first, if it is wrong."""

    code = "identity.tied-to-another"


class TieAnew(Refusal):
    """We could not look whose this sign-in is just now. Please ask again in a moment, with a new
    command id.
    """

    code = "identity.tie-anew"


@dataclass(frozen=True, slots=True)
class FoundTies:
    """What is known of an issuer's subject: its digest, None if there is no such issuer, and
    whose it was ever to be, by which ties. What stands of these, the log tells.

    `whole` unless not all of that was looked for, or nothing would lead to a tie of this wish.
    """

    subject: str | None
    others: tuple[Whose, ...] = ()
    whole: bool = True

    @property
    def digest(self) -> str:
        """What the subject is known by. Refuses what was not looked up whole, and an issuer that is
        none.
        """
        if not self.whole:
            raise TieAnew
        if self.subject is None:
            raise NoSuchIssuer
        return self.subject

    def standing(self, known: Sequence[Authority]) -> Iterator[PersonId]:
        """Whose the subject is by what is recorded: one, or nobody. `known` are those of `others`,
        in their order.
        """
        for (who, tie), authority in zip(self.others, known, strict=True):
            if authority.is_tied_by(tie):
                yield who


class TieIdentity(Command, Decides[Person, tuple[Authority, ...]]):
    """A coordinator of the whole programme says whom an issuer means by a subject.

    `issuer` is the provider's code in the settings, and `subject` what it calls the person: both
    are shown to whoever is signed in. One subject is one person's; a person may have several.
    """

    name: ClassVar = "identity.tie"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    person_id: PersonId
    issuer: Code
    subject: Subject
    _found: FoundTies | None = PrivateAttr(None)

    def having_found(self, found: FoundTies) -> Self:
        """The same, when it is known what there is of that subject; nobody outside can say so."""
        this = self.model_copy()
        this._found = found  # noqa: SLF001 - of its own class
        return this

    def needs(self, know: Know) -> tuple[Person, tuple[Authority, ...]]:
        return know(Person(self.person_id)), whose(know, self._found)

    def decide(self, act: Act, person: Person, known: tuple[Authority, ...]) -> Iterator[Event]:
        if self._found is None:
            raise LookupError("nobody looked whose subject it is")
        person.must_be_known()
        yield from tied(act, self.person_id, self.issuer, self._found, known)


def whose(know: Know, found: FoundTies | None) -> tuple[Authority, ...]:
    """What must be known of everybody whose a subject may be."""
    return tuple(know(Authority(who)) for who, _ in (found.others if found else ()))


def tied(
    act: Act, person_id: PersonId, issuer: Code, found: FoundTies, known: Sequence[Authority]
) -> Iterator[Event]:
    """The tie of a subject to a person; nothing if it is theirs already. Refuses one that is
    somebody else's. `known` are those of whom it may be.
    """
    subject, standing = found.digest, list(found.standing(known))
    if any(who != person_id for who in standing):
        raise TiedToAnother
    if not standing:
        yield IdentityTied(
            tie_id=act.new(TieId),
            person_id=person_id,
            issuer=issuer,
            subject=subject,
        )


class UntieIdentity(Command, Decides[Person, Authority]):
    """A sign-in counts no more: one tie of a person, or all of them.

    Whoever has lost one may untie themselves by another.
    """

    name: ClassVar = "identity.untie"
    roles: ClassVar = OWN_ROLES | {Role.COORDINATOR}
    also_unasked: ClassVar = True
    person_id: PersonId
    tie_id: TieId | None = None

    def needs(self, know: Know) -> tuple[Person, Authority]:
        return know(Person(self.person_id)), know(Authority(self.person_id))

    def decide(self, act: Act, person: Person, authority: Authority) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        person.must_be_known()
        for tie in sorted(authority.ties):
            if self.tie_id in (None, tie):
                yield IdentityUntied(tie_id=tie, person_id=self.person_id)
