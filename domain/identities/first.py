"""Who coordinates before anybody can grant it, and how they come in: said by who runs the system,
at once.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from pydantic import PrivateAttr, model_validator

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.identities.tying import FoundTies, Subject, tied, whose
from domain.people.person import Person
from domain.roles.authority import Authority
from domain.roles.granting import Coordinating, coordinating
from events.event import Event
from events.ids import PROGRAMME, PersonId
from events.personal import FewWords
from events.roles import GlassBroken, RoleGranted
from events.terms import Code, Role, System


class ThereIsACoordinator(Refusal):
    """There is a coordinator, who can do this. If none can be reached, break the glass."""

    code = "role.there-is-a-coordinator"


class MakeCoordinator(Command, Decides[Person, Authority, Coordinating, tuple[Authority, ...]]):
    """Who may write to the log makes somebody coordinator of the whole programme, if there is none,
    and ties to them how they sign in, if that is said.

    Where there is one, for either of it the glass must be broken: for a `reason`, of which
    everybody who coordinates is told.
    """

    name: ClassVar = "role.make-coordinator"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.COMMAND_LINE})
    at_the_door: ClassVar = False
    person_id: PersonId
    reason: FewWords | None = None
    issuer: Code | None = None
    subject: Subject | None = None
    _found: FoundTies | None = PrivateAttr(None)

    @model_validator(mode="after")
    def signs_in(self) -> Self:
        if (self.issuer is None) is not (self.subject is None):
            raise ValueError("issuer and subject belong together")
        return self

    def having_found(self, found: FoundTies) -> Self:
        """The same, when it is known what there is of that subject."""
        this = self.model_copy()
        this._found = found  # noqa: SLF001 - of its own class
        return this

    def needs(self, know: Know) -> tuple[Person, Authority, Coordinating, tuple[Authority, ...]]:
        this = self.person_id
        return (
            know(Person(this)),
            know(Authority(this)),
            coordinating(know),
            whose(know, self._found),
        )

    def decide(
        self,
        act: Act,
        person: Person,
        authority: Authority,
        coordinating: Coordinating,
        known: tuple[Authority, ...],
    ) -> Iterator[Event]:
        person.must_be_known()
        new = [*self._granted(act, authority), *self._tied(act, known)]
        there_is_one = bool(coordinating.holding(act.asked_on))
        if new and there_is_one and self.reason is None:
            raise ThereIsACoordinator
        yield from new
        if new and there_is_one and self.reason:
            yield GlassBroken(person_id=self.person_id, programme_id=PROGRAMME, reason=self.reason)

    def _granted(self, act: Act, authority: Authority) -> Iterator[Event]:
        if not authority.coordinates_on(act.asked_on):
            yield RoleGranted(
                person_id=self.person_id,
                programme_id=PROGRAMME,
                role=Role.COORDINATOR,
                starts_on=act.today,
            )

    def _tied(self, act: Act, known: Sequence[Authority]) -> Iterator[Event]:
        if self.issuer is None:
            return
        if self._found is None:
            raise LookupError("nobody looked whose subject it is")
        yield from tied(act, self.person_id, self.issuer, self._found, known)
