"""How a command comes to its decision: asked of everything that it must know, and of the states of
the things that it is about.
"""

from typing import Any, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Know, Knowledge, NotForYou, NotYourRole, Refusal, SoAlready, guards
from domain.people.person import Person
from domain.states import GOES_ON, State
from events.event import Event
from events.terms import Role


class Known(NamedTuple):
    """What a command needs, folded, and all whose state it asks: `about`."""

    needs: tuple[Any, ...]
    about: tuple[Knowledge, ...]


def known_for(command: Any, know: Know) -> Known:
    """What must be known to decide on a command. Pure, and asked again until nothing is missing.

    Its state is asked of the cohort that it concerns, of the first thing of each kind that it
    needs, because others of that kind are asked about it and not changed, and of the people whom
    those are about.
    """
    needs = command.needs(know)
    first: dict[type[Knowledge], Knowledge] = {}
    for one in needs:
        if isinstance(one, Knowledge):
            first.setdefault(type(one), one)
    people = {who for one in first.values() for who in one.about}
    if (cohort_id := command.cohort(needs)) is not None:
        first[Cohort] = know(Cohort(cohort_id))
    return Known(needs, (*first.values(), *(know(Person(who)) for who in sorted(people))))


def decided(command: Any, act: Act, known: Known) -> tuple[Event, ...]:
    """What follows from a command; `Refusal` if a rule, or the state of a thing, says no.

    Where something stands still, what would follow by itself does not, and whoever asks is told
    why, before any other reason; but first of all whether it is for them to ask, and whether it
    is so already.
    """
    facts, refusal = _wished(command, act, known)
    state = stopped_by(command, known) if facts or refusal else None
    if facts and state is not None and act.role is Role.SYSTEM:
        return ()
    if state is not None:
        raise state
    if refusal is not None:
        raise refusal
    return facts


def _wished(command: Any, act: Act, known: Known) -> tuple[tuple[Event, ...], Refusal | None]:
    """What follows by the command's own rules, or why not; refuses whoever it is not for."""
    if act.role not in command.roles:
        raise NotYourRole
    for guard in guards(known.needs):
        guard.must_let(act)
    try:
        return tuple(command.decide(act, *known.needs)), None
    except (NotForYou, SoAlready):
        raise
    except Refusal as refusal:
        return (), refusal


def stopped_by(command: Any, known: Known) -> State | None:
    """The state, if any, in which a command is refused: of a thing that stands still."""
    goes_on = GOES_ON[command.name]
    states = (one.stands_still for one in known.about)
    return next((state for state in states if state and state not in goes_on), None)
