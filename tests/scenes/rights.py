"""Who may ask for what, as it is declared, and a judge of it who knows nothing of how it is done.

The judge reads the words that each command says of itself (`roles`, `systems`, `of_people`,
`open_to_anybody`, `also_unasked`), what the crew says that each worker asks for, and what somebody
was granted.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from domain.catalogue import COMMANDS, INSIDE
from domain.decision import Command
from domain.roles.authority import Authority
from events.assessments import AssessorAppointed
from events.event import Event
from events.identities import IdentityTied, IdentityUntied
from events.ids import PROGRAMME, CohortId, PersonId, TieId
from events.offers import PlaceConfirmed
from events.people import PersonErased
from events.roles import RoleWithdrawn
from events.terms import NEWCOMER, Role, Side, System
from services.crew import CREW
from tests.scenes.cast import ADA, AUTUMN, HEALTHCARE, PATIENT, SPRING, application, registered
from tests.scenes.given import NOON, folded, person
from tests.scenes.history_learning import ADA_AND_BEN
from tests.scenes.team import granted

TODAY: Final = date(2024, 9, 16)
DAY: Final = timedelta(days=1)
ZOE: Final = person("Zoe, of whom no command speaks")
TIE: Final = TieId.derived(NOON, "a tie")
OWN: Final = (Role.PARTICIPANT, Role.ASSESSOR, Role.APPLICANT)
TEAM: Final = (Role.COORDINATOR, Role.CO_CHAIR, Role.FACILITATOR, Role.HOST, Role.IMPORTER)
OF_NO_COHORT: Final = frozenset(
    {"cohort.plan", "role.grant", "role.withdraw", "role.make-coordinator", "contact.end-those-of"}
    | {"identity.tie", "identity.untie", "rules.propose", "rules.sign", "rules.take-back"}
    | {"person.merge", "person.part", "concerns.note-head"}
)
"""Which are about the programme as a whole, unless they name a cohort."""
OF_ADAS: Final = (application(ADA), ADA_AND_BEN)
"""What is Ada's, so that whoever speaks of it speaks of her."""
OF_WHAT_IS_SAID: Final = frozenset({"person.declare-relationship", "person.end-relationship"})
"""Of which it depends on what is said whether it is somebody's own word; here it is not."""
OF_ADA: Final = frozenset({"person.register"})
"""Which speak of Ada without naming what is hers: she was met before."""


class Declared(NamedTuple):
    """What a command says of itself."""

    roles: frozenset[Role]
    systems: frozenset[System]
    of_people: bool
    open_to_anybody: bool
    at_the_door: bool
    also_unasked: bool


def declared(kind: type[Command]) -> Declared:
    return Declared(
        kind.roles,
        kind.systems,
        kind.of_people,
        kind.open_to_anybody,
        kind.at_the_door,
        kind.also_unasked,
    )


TABLE: Final = {name: declared(kind) for name, kind in {**COMMANDS, **INSIDE}.items()}
ASKS: Final = {one.name: frozenset((*one.asks, *one.within)) for one in CREW}


class Held(NamedTuple):
    """A role of somebody's, on a cohort or (None) on all, and how it stands: `held`, `over`,
    `not begun` or `withdrawn`.
    """

    role: Role
    where: CohortId | None = None
    state: str = "held"
    side: Side | None = None


@dataclass(frozen=True)
class Somebody:
    """Who acts, and all that was recorded of them that matters; `authority` is how it is folded."""

    name: str
    actor: str
    offices: tuple[Held, ...] = ()
    known: bool = True
    took_part: frozenset[Side] = frozenset()
    tie: TieId | None = None
    tied: bool = True
    authority: Authority = field(default_factory=lambda: Authority(None))


def facts_of(of: Somebody) -> Iterator[Event]:
    """All that was recorded of somebody who was registered once."""
    who = PersonId(of.actor)
    yield registered(who)
    yield IdentityTied(tie_id=TIE, person_id=who, issuer="trust", subject="0" * 64)
    if not of.tied:
        yield IdentityUntied(tie_id=TIE, person_id=who)
    for one in of.offices:
        yield _coming_by(who, one)
        if one.state == "withdrawn":
            yield RoleWithdrawn(
                person_id=who,
                cohort_id=one.where,
                programme_id=None if one.where else PROGRAMME,
                role=one.role,
                reason="role.left-the-programme",
            )
    if not of.known:
        yield PersonErased(person_id=who)


def _coming_by(who: PersonId, one: Held) -> Event:
    if one.role is Role.PARTICIPANT and one.where:
        return PlaceConfirmed(
            application_id=application(who, one.where),
            cohort_id=one.where,
            person_id=who,
            side=one.side or PATIENT,
        )
    if one.role is Role.ASSESSOR and one.where:
        return AssessorAppointed(cohort_id=one.where, assessor_id=who, lay=True)
    days = {
        "held": (TODAY, TODAY),
        "over": (TODAY - 9 * DAY, TODAY - DAY),
        "not begun": (TODAY + DAY, None),
        "withdrawn": (TODAY, None),
    }
    first, last = days[one.state]
    return granted(who, one.role, one.where, side=one.side, starts_on=first, ends_on=last)


def somebody(
    name: str, *offices: Held, who: PersonId = ZOE, erased: bool = False, **more: Any
) -> Somebody:
    took_part = {one.side or PATIENT for one in offices if one.role is Role.PARTICIPANT}
    one = Somebody(name, who, offices, not erased, frozenset(took_part), **more)
    return replace(one, authority=folded(Authority(who), facts_of(one)))


def everybody() -> Iterator[Somebody]:
    """Every kind of identity: people in each role and state, strangers, workers and tools."""
    yield Somebody("a newcomer", NEWCOMER, known=False)
    yield Somebody("nobody", ZOE, known=False, authority=Authority(ZOE))
    yield somebody("registered")
    yield somebody("themselves", who=ADA)
    yield somebody("tied", tie=TIE)
    yield somebody("untied", Held(Role.COORDINATOR), tie=TIE, tied=False)
    yield somebody("untied who signs in otherwise", Held(Role.COORDINATOR), tied=False)
    yield from _in_one_role()
    yield from _in_several_roles()
    for name in (*ASKS, *System, "nobody"):
        yield Somebody(f"system:{name}", f"system:{name}", known=False)


def _in_one_role() -> Iterator[Somebody]:
    for cohort in (AUTUMN, SPRING):
        for it in Side:
            yield somebody(f"participant {cohort} {it}", Held(Role.PARTICIPANT, cohort, side=it))
        for state in ("held", "withdrawn"):
            yield somebody(f"assessor {cohort} {state}", Held(Role.ASSESSOR, cohort, state))
    chairs: list[tuple[Role, Side | None]] = [(Role.CO_CHAIR, side) for side in Side]
    for role, side in [*((it, None) for it in TEAM if it is not Role.CO_CHAIR), *chairs]:
        for where in (AUTUMN, SPRING, None):
            for state in ("held", "over", "not begun", "withdrawn"):
                name = f"{role} {side or ''} {where or 'all'} {state}"
                yield somebody(name, Held(role, where, state, side))
        yield somebody(f"erased, {role} {side or ''}", Held(role, side=side), erased=True)
        gone = Held(role, None, "withdrawn", side)
        yield somebody(f"erased, was {role} {side or ''}", gone, erased=True)


def _in_several_roles() -> Iterator[Somebody]:
    coordinator = Held(Role.COORDINATOR)
    for who in (ADA, ZOE):
        yield somebody("all at once", *(Held(role, AUTUMN) for role in (*OWN[:2], *TEAM)), who=who)
        yield somebody("both", Held(Role.PARTICIPANT, AUTUMN), coordinator, who=who)
        yield somebody("coordinator", coordinator, who=who)
    for side in Side:
        chairs = [Held(Role.CO_CHAIR, AUTUMN, side=side), Held(Role.CO_CHAIR, side=side.other)]
        yield somebody(f"co-chair of both, {side} here", *chairs)
        there = Held(Role.PARTICIPANT, SPRING, side=side)
        yield somebody(f"co-chair who was {side}", there, Held(Role.CO_CHAIR, side=HEALTHCARE))
    gone = Held(Role.COORDINATOR, AUTUMN, "over")
    yield somebody("over here, held for all", gone, coordinator)
    yield somebody("over here, not begun for all", gone, Held(Role.COORDINATOR, None, "not begun"))
    yield somebody("withdrawn here, held there", gone._replace(state="withdrawn"), *_there())
    yield somebody("held there, facilitates here", *_there(), Held(Role.FACILITATOR, AUTUMN))


def _there() -> Iterable[Held]:
    yield Held(Role.COORDINATOR, SPRING)


@dataclass(frozen=True)
class Judge:
    """Says what is to be answered, from what is declared."""

    table: Mapping[str, Declared] = field(default_factory=lambda: TABLE)
    asks: Mapping[str, frozenset[str]] = field(default_factory=lambda: ASKS)

    def answer(
        self,
        wish: Any,
        of: Somebody,
        role: Role | None = None,
        *,
        behalf: PersonId | None = None,
        asked: bool = True,
        about: AbstractSet[PersonId] = frozenset(),
        earlier: bool = False,
    ) -> tuple[Any, ...]:
        """The role and the side in which somebody acts, or the code of the refusal. `about` are the
        people whom the wish is about, beside those whom it names; `asked`, whether it is said how
        whoever it is done for (`behalf`) asked.
        """
        if of.tie and not (of.known and of.tied):
            return ("identity.not-tied",)
        if of.actor.startswith("system:"):
            return self._of_a_worker(wish, of.actor.partition(":")[2], role)
        said = self.table[wish.name]
        if role and role not in said.roles:
            return ("acting.not-your-role",)
        found = self._in(wish, of, [role] if role else _in_order(said.roles, wish, of))
        if why_not := self._for_whom(wish, found[0], behalf, about, asked=asked):
            yourself = why_not == "acting.not-yours" and behalf == of.actor
            return ("acting.for-yourself" if yourself else why_not,)
        not_earlier = earlier and found[0] in {*OWN, *TEAM} - {Role.COORDINATOR, Role.IMPORTER}
        return ("acting.not-earlier",) if not_earlier else found

    def _for_whom(
        self,
        wish: Any,
        role: Any,
        behalf: PersonId | None,
        about: AbstractSet[PersonId],
        *,
        asked: bool,
    ) -> str | None:
        """Why somebody may not do it for whom they say, if they may not."""
        if behalf and role in OWN:
            return "acting.not-yours"
        if role not in TEAM:
            return None
        if behalf and not asked:
            return "acting.how-they-asked"
        if behalf:
            return None if behalf in {*named_by(wish), *about} else "acting.not-about-them"
        said = self.table[wish.name]
        theirs = not said.roles.isdisjoint(OWN) and not said.also_unasked
        return "acting.nobody-asked" if theirs and wish.name not in OF_WHAT_IS_SAID else None

    def _of_a_worker(self, wish: Any, name: str, role: Role | None) -> tuple[Any, ...]:
        said = self.table[wish.name]
        may = Role.SYSTEM in said.roles and (said.open_to_anybody or name in said.systems)
        right = may and role in (None, Role.SYSTEM)
        return (Role.SYSTEM, None) if right else ("acting.not-your-role",)

    def _in(self, wish: Any, of: Somebody, roles: Iterable[Role]) -> tuple[Any, ...]:
        said, states = self.table[wish.name], set[str]()
        for role in roles if of.known else ():
            if role is Role.APPLICANT:
                return role, None
            for one in _counting(of, role, wish, anywhere=said.of_people):
                if one.state == "held":
                    return role, _side(one, of)
                states.add(one.state)
        if said.open_to_anybody and Role.APPLICANT in roles:
            return Role.APPLICANT, None
        if "not begun" in states:
            return ("acting.role-not-begun",)
        return ("acting.role-over",) if states else ("acting.role-not-held",)

    def lets_in(self, name: str, subject_of: str | None, comer: str) -> str:
        """What the door says before anybody looks by what right: `in`, or a code or status.

        `subject_of` is the worker on whose subjects it comes; else `comer` is `none`, `stranger` or
        `person`.
        """
        if subject_of is not None:
            return "in" if name in self.asks.get(subject_of, ()) else "unknown"
        if comer == "none":
            return "identity.missing"
        there = name in self.table and self.table[name].at_the_door
        if comer == "stranger" and not (there and self.table[name].open_to_anybody):
            return "identity.not-tied"
        return "in" if there else "unknown"


def named_by(wish: Any) -> set[PersonId]:
    """The people whom a wish names."""
    return {PersonId(one) for one in vars(wish).values() if isinstance(one, PersonId)}


def _in_order(roles: frozenset[Role], wish: Any, of: Somebody) -> list[Role]:
    """One's own first if the wish names oneself, or is one's own application."""
    about_ada = wish.name in OF_ADA or any(one in OF_ADAS for one in vars(wish).values())
    oneself = of.actor in named_by(wish) or (of.actor == ADA and about_ada)
    first, then = (OWN, TEAM) if oneself else (TEAM, OWN)
    return [role for role in (*first, *then) if role in roles]


def _counting(of: Somebody, role: Role, wish: Any, *, anywhere: bool) -> list[Held]:
    """What somebody has of a role where the wish is: on its cohort, then on all, then anywhere."""
    where = cohort_of(wish, anywhere=anywhere)
    roles = (role, Role.COORDINATOR) if role is Role.IMPORTER else (role,)
    offices = [one for it in roles for one in of.offices if one.role is it]
    there = [one for one in offices if one.where == where]
    for_all = [one for one in offices if one.where is None and where]
    return [*there, *for_all, *(offices if anywhere else ())]


def cohort_of(wish: Any, *, anywhere: bool) -> CohortId | None:
    named: CohortId | None = vars(wish).get("cohort_id")
    return None if anywhere else named or (None if wish.name in OF_NO_COHORT else AUTUMN)


def _side(one: Held, of: Somebody) -> Side | None:
    """Of a co-chair, unless they took part from the other side alone."""
    chairs = one.role is Role.CO_CHAIR and one.side in (of.took_part or {one.side})
    return one.side if chairs else None
