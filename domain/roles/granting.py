"""Who may act in which role: granted by coordinators, and withdrawn for a reason."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, NamedTuple, Self

from pydantic import model_validator

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.people.person import Person
from domain.reasons import SaidOfPerson
from domain.roles.authority import Authority, Coordinators, Office, Tenure
from events.event import Event
from events.ids import PROGRAMME, CohortId, PersonId
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import ProgrammeDay, Role, Side

Grantable = Literal[
    Role.COORDINATOR,
    Role.CO_CHAIR,
    Role.FACILITATOR,
    Role.HOST,
    Role.IMPORTER,
    Role.SAFEGUARDING_LEAD,
]
Withdrawable = Literal[Grantable, Role.ASSESSOR]
FOR_ALL: Final[Office] = (Role.COORDINATOR, None)


class RoleEndReason(StrEnum):
    """Why somebody does not act in a role any more."""

    STEPPED_DOWN = "role.stepped-down"
    WORK_IS_DONE = "role.work-is-done"
    SOMEBODY_ELSE = "role.somebody-else-does-it"
    LEFT = "role.left-the-programme"
    APPLIES = "role.applies-themselves"
    MISTAKE = "role.granted-by-mistake"
    OTHER = "role.other-reason"


class NotToYourself(Refusal):
    """Nobody grants a role to themselves. Ask another coordinator."""

    code = "role.not-to-yourself"


class OverAlready(Refusal):
    """The last day of this role has passed already. Choose a later one, or leave it out."""

    code = "role.over-already"


class LastCoordinator(Refusal):
    """Nobody else coordinates the whole programme without an end. Grant it to somebody first."""

    code = "role.last-coordinator"


class Coordinating(NamedTuple):
    """Who ever coordinated the programme, or a cohort of it, with all that they hold."""

    coordinators: Coordinators
    people: Sequence[Authority]

    def holding(self, day: date) -> set[PersonId | None]:
        """Those who coordinate the whole programme on a day."""
        return {one.person_id for one in self.people if one.coordinates(day)}

    def of_anything(self, day: date) -> set[PersonId]:
        """Those who coordinate the programme, or a cohort of it, on a day."""
        found = {one.person_id for one in self.people if one.coordinates(day, anywhere=True)}
        return set(filter(None, found))

    def must_go_on_without(self, person_id: PersonId, day: date) -> None:
        """Refuses to part with the last one whose role has no end."""
        lasting = {one.person_id for one in self.people if one.coordinates_on(day)}
        if lasting <= {person_id}:
            raise LastCoordinator


def coordinating(know: Know) -> Coordinating:
    """All who ever coordinated the programme, or a cohort of it."""
    known = know(Coordinators(PROGRAMME))
    return Coordinating(known, [know(Authority(one)) for one in sorted(known.people)])


def scope_of(role: Role, cohort_id: CohortId | None) -> dict[str, Any]:
    """The fields by which a fact says for what a role is held. Whoever coordinates anything is
    found by the programme.
    """
    if cohort_id is None:
        return {"programme_id": PROGRAMME}
    if role is Role.COORDINATOR:
        return {"cohort_id": cohort_id, "programme_id": PROGRAMME}
    return {"cohort_id": cohort_id}


class GrantRole(Command, Decides[Person, Cohort, Authority, Coordinating]):
    """A coordinator grants somebody a role, for a cohort or, if none is named, for all of them.

    The days are the first and the last; without the first it begins today, without the last it
    lasts. A co-chair has a side. A safeguarding lead looks after what is told in confidence in all
    cohorts. Assessors are appointed instead.
    """

    name: ClassVar = "role.grant"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    person_id: PersonId
    role: Grantable
    cohort_id: CohortId | None = None
    side: Side | None = None
    starts_on: ProgrammeDay | None = None
    ends_on: ProgrammeDay | None = None

    @model_validator(mode="after")
    def fits(self) -> Self:
        if (self.role is Role.CO_CHAIR) is not (self.side is not None):
            raise ValueError("a co-chair needs a side, and nobody else has one")
        if self.role is Role.SAFEGUARDING_LEAD and self.cohort_id:
            raise ValueError("a safeguarding lead is one for all cohorts: leave cohort_id out")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("ends_on must not be before starts_on")
        return self

    def needs(self, know: Know) -> tuple[Person, Cohort, Authority, Coordinating]:
        person, authority = know(Person(self.person_id)), know(Authority(self.person_id))
        return person, know(Cohort(self.cohort_id)), authority, coordinating(know)

    def decide(
        self,
        act: Act,
        person: Person,
        cohort: Cohort,
        authority: Authority,
        coordinating: Coordinating,
    ) -> Iterator[Event]:
        person.must_be_known()
        office: Office = (self.role, cohort.known.cohort_id if self.cohort_id else None)
        held = authority.held.get(office)
        wanted = Tenure(self._begins(act, held), self.ends_on, self.side)
        if held == wanted:
            return
        if act.actor == self.person_id:
            raise NotToYourself
        if wanted.ends_on and wanted.ends_on < act.asked_on:
            raise OverAlready
        if office == FOR_ALL and (wanted.ends_on or not wanted.holds(act.asked_on)):
            coordinating.must_go_on_without(self.person_id, act.asked_on)
        yield RoleGranted(
            person_id=self.person_id,
            **scope_of(self.role, self.cohort_id),
            role=self.role,
            side=self.side,
            starts_on=wanted.starts_on or act.today,
            ends_on=wanted.ends_on,
        )

    def _begins(self, act: Act, held: Tenure | None) -> date | None:
        """From which day; whoever names none leaves it as it is, where it has begun."""
        if self.starts_on:
            return self.starts_on
        begun = held is not None and held.holds(act.asked_on)
        return held.starts_on if held and begun else act.today


class Holding(NamedTuple):
    """What somebody holds, and why they hold other roles no more."""

    authority: Authority
    said: SaidOfPerson


class WithdrawRole(Command, Decides[Person, Cohort, Holding, Coordinating]):
    """A coordinator withdraws a role from somebody, for a reason; or puts right why it was."""

    name: ClassVar = "role.withdraw"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    person_id: PersonId
    role: Withdrawable
    reason: RoleEndReason
    cohort_id: CohortId | None = None

    def needs(self, know: Know) -> tuple[Person, Cohort, Holding, Coordinating]:
        person, authority = know(Person(self.person_id)), know(Authority(self.person_id))
        holding = Holding(authority, know(SaidOfPerson(self.person_id)))
        return person, know(Cohort(self.cohort_id)), holding, coordinating(know)

    def decide(
        self,
        act: Act,
        person: Person,
        cohort: Cohort,
        holding: Holding,
        coordinating: Coordinating,
    ) -> Iterator[Event]:
        person.must_be_known()
        cohort.must_be_planned()
        office: Office = (self.role, self.cohort_id)
        if office not in holding.authority.held:
            this = {"role": self.role, "cohort_id": self.cohort_id}
            yield from holding.said.otherwise(RoleWithdrawn, self.reason, **this)
            return
        if office == FOR_ALL:
            coordinating.must_go_on_without(self.person_id, act.asked_on)
        yield RoleWithdrawn(
            person_id=self.person_id,
            **scope_of(self.role, self.cohort_id),
            role=self.role,
            reason=self.reason.value,
        )
