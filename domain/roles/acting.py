"""By what right somebody acts: the step before a decision, on what the log knows in its turn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from domain.decision import OWN_ROLES, Act, NotForYou, NotYourRole, NotYours, Refusal, TooEarly
from domain.roles.authority import ALWAYS, Authority, Tenure
from events.event import id_kinds
from events.ids import CohortId, PersonId
from events.terms import SYSTEM, Role, Side

OF_THE_TEAM: Final = (
    Role.COORDINATOR,
    Role.CO_CHAIR,
    Role.FACILITATOR,
    Role.HOST,
    Role.IMPORTER,
    Role.SAFEGUARDING_LEAD,
)
OF_THEIR_OWN: Final = (Role.PARTICIPANT, Role.ASSESSOR, Role.APPLICANT)
MAY_SAY_EARLIER: Final = frozenset({Role.COORDINATOR, Role.IMPORTER})


class NotTied(Refusal):
    """Nobody here is known by this sign-in, or not any more. Ask a coordinator to tie it to you:
    `leading-together identity status` says what they must know.
    """

    code = "identity.not-tied"


class RoleNotHeld(Refusal):
    """You hold no role in which you may do this here. Ask a coordinator to grant it to you."""

    code = "acting.role-not-held"


class RoleIsOver(Refusal):
    """The role in which you could do this is over. Ask a coordinator if it should go on."""

    code = "acting.role-over"


class RoleNotBegun(TooEarly):
    """The role in which you can do this has not begun yet. Please wait until then."""

    code = "acting.role-not-begun"


class NotAboutThem(Refusal):
    """You act on behalf of somebody whom this is not about. Name them, or nobody."""

    code = "acting.not-about-them"


class ForYourself(NotForYou):
    """You do this for yourself: leave out for whom it is (`onbehalfof`), and how they asked."""

    code = "acting.for-yourself"


class NobodyAsked(NotForYou):
    """It is for somebody to say themselves. If they asked you to do it for them, say who
    (`onbehalfof`) and how they asked (`asked`).
    """

    code = "acting.nobody-asked"


class HowTheyAsked(NotForYou):
    """Whoever acts for somebody says how they asked (`asked`): by telephone, on paper, in person,
    by a message or on a form. Who acts for nobody leaves it out.
    """

    code = "acting.how-they-asked"


class NotEarlier(Refusal):
    """Only an importer or a coordinator may say that something happened earlier."""

    code = "acting.not-earlier"


def authorised(command: Any, act: Act, authority: Authority, known: tuple[Any, ...]) -> Act:
    """The act with the role in which its actor may do it; `Refusal` if there is none.

    `authority` is what is known of the actor, `known` the needs of the command, folded. Nothing
    that the act says of itself counts but its actor: a role that it names must be held, for the
    cohort that the command concerns, on the day on which it is asked for. Who acts by a tie does so
    only while it stands.
    """
    if act.tie is not None and not authority.is_tied_by(act.tie):
        raise NotTied
    if act.actor.startswith(SYSTEM):
        return _of_a_worker(command, act)
    role, tenure = _held(command, act, authority, known)
    side = _signs_for(authority, tenure)
    found = act if (role, side) == (act.role, act.side) else replace(act, role=role, side=side)
    _must_be_for_whom_it_is_about(found, command, known)
    if act.reason is not None and role not in MAY_SAY_EARLIER:
        raise NotEarlier
    return found


def _signs_for(authority: Authority, tenure: Tenure) -> Side | None:
    """The side of a co-chair, who is not known to be of the other one."""
    return tenure.side if authority.may_sign_for(tenure.side) else None


def _of_a_worker(command: Any, act: Act) -> Act:
    """A worker acts in its own role, and only where it has work to do."""
    name = act.actor.removeprefix(SYSTEM)
    mine = act.role in (None, Role.SYSTEM) and Role.SYSTEM in command.roles
    if not (mine and (command.open_to_anybody or name in command.systems)):
        raise NotYourRole
    return replace(act, role=Role.SYSTEM)


def _held(
    command: Any, act: Act, authority: Authority, known: tuple[Any, ...]
) -> tuple[Role, Tenure]:
    """The role that was named, else the first that is held."""
    if act.role is not None and act.role not in command.roles:
        raise NotYourRole
    cohort_id = None if command.of_people else command.cohort(known)
    day = act.asked_on
    wanted = (
        [act.role] if act.role else _in_order(command, act.person in {*_people(command, known)})
    )
    for role in wanted:
        for tenure in authority.tenures(role, cohort_id, anywhere=command.of_people):
            if tenure.holds(day):
                return role, tenure
    if command.open_to_anybody and act.role in (None, Role.APPLICANT):
        return Role.APPLICANT, ALWAYS
    raise _why_not(command, authority, wanted, cohort_id, day)


def _in_order(command: Any, for_themselves: bool) -> list[Role]:
    """The roles in which it may be done; one's own first, if it is about oneself."""
    first, then = (OF_THEIR_OWN, OF_THE_TEAM) if for_themselves else (OF_THE_TEAM, OF_THEIR_OWN)
    return [role for role in (*first, *then) if role in command.roles]


def _why_not(
    command: Any,
    authority: Authority,
    wanted: list[Role],
    cohort_id: CohortId | None,
    day: date,
) -> Refusal:
    """The kindest that is true: it has not begun, it is over, or it is not held."""
    anywhere = command.of_people
    tenures = [
        tenure
        for role in wanted
        for tenure in authority.tenures(role, cohort_id, anywhere=anywhere)
    ]
    if any(not tenure.has_begun(day) for tenure in tenures):
        return RoleNotBegun()
    if tenures or any(authority.lost(role, cohort_id, anywhere=anywhere) for role in wanted):
        return RoleIsOver()
    return RoleNotHeld()


def _must_be_for_whom_it_is_about(act: Act, command: Any, known: tuple[Any, ...]) -> None:
    """Refuses to act for somebody in a role of one's own, for somebody else than it is about, or
    for somebody who is not said to have asked.
    """
    if act.role in OWN_ROLES and act.on_behalf_of is not None:
        raise ForYourself if act.on_behalf_of == act.person else NotYours
    if (act.on_behalf_of is None) is not (act.asked is None):
        raise HowTheyAsked
    if act.on_behalf_of is None:
        if command.is_their_word and act.role not in OWN_ROLES:
            raise NobodyAsked
        return
    if act.on_behalf_of not in _people(command, known):
        raise NotAboutThem


def _people(command: Any, known: tuple[Any, ...]) -> Iterator[PersonId]:
    """Whom a command names, and whom it is about."""
    yield from (who for name in _of_people(command) if (who := getattr(command, name)))
    yield from command.concerns(known)


def _of_people(command: BaseModel) -> tuple[str, ...]:
    """The fields of a command that name people."""
    return _fields(type(command))


@cache
def _fields(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, it in id_kinds(kind) if issubclass(it, PersonId))
