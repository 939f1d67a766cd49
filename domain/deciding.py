"""How a command comes to its decision: asked of everything that it must know, and of the states of
the things that it is about.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import (
    Act,
    Each,
    Know,
    Knowledge,
    NotForYou,
    NotYourRole,
    Refusal,
    SoAlready,
    guards,
)
from domain.imports.importing import CameWith, came_with
from domain.people.person import Person
from domain.states import GOES_ON, State
from events.event import Event
from events.ids import CohortId, ImportId
from events.terms import Role


class Known(NamedTuple):
    """What a command needs, folded, and all whose state it asks: `about`. By `going_on` it decides:
    what it needs, without those of many things that stand still. `came_with` is the import with
    which it is said to come, if with one.
    """

    needs: tuple[Any, ...]
    about: tuple[Knowledge, ...]
    going_on: tuple[Any, ...]
    came_with: CameWith | None = None


def known_for(command: Any, know: Know, import_id: ImportId | None = None) -> Known:
    """What must be known to decide on a command, and on the import with which it comes. Pure, and
    asked again until nothing is missing.

    Its state is asked of the cohort that it concerns, of the first thing of each kind that it
    needs, because others of that kind are asked about it and not changed, and of the people whom
    those are about. What stands together under names counts as if it stood alone. Of many things
    that it is about (`Each`), each is asked by itself.
    """
    needs = command.needs(know)
    about = asked(needs, know, command.cohort(needs))
    going_on = (_left(command, one, know) if isinstance(one, Each) else one for one in needs)
    brought = came_with(know, import_id) if import_id else None
    return Known(needs, about, tuple(going_on), brought)


def asked(
    needs: Iterable[Any], know: Know, cohort_id: CohortId | None = None
) -> tuple[Knowledge, ...]:
    """All whose state is asked, among what is needed, of a command that concerns this cohort."""
    first: dict[type[Knowledge], Knowledge] = {}
    for one in _things(needs):
        first.setdefault(type(one), one)
    people = {who for one in first.values() for who in one.about}
    if (person := first.get(Person)) is not None:
        people.difference_update(person.tags)  # known already, as most are
    if cohort_id is not None:
        first[Cohort] = know(Cohort(cohort_id))
    return (*first.values(), *(know(Person(who)) for who in sorted(people)))


def _things(needs: Iterable[Any]) -> Iterator[Knowledge]:
    """What stands alone, or under a name; what has none is many things, or asked about another."""
    for one in needs:
        if isinstance(one, Knowledge):
            yield one
        elif hasattr(one, "_fields"):
            yield from _things(one)


def _left(command: Any, many: Each[Any], know: Know) -> Each[Any]:
    """Those of many things that do not stand still for a command."""
    return Each(one for one in many if not _stopped(command, asked((one,), know)))


def decided(command: Any, act: Act, known: Known) -> tuple[Event, ...]:
    """What follows from a command; `Refusal` if a rule, or the state of a thing, says no.

    Where something stands still, what would follow by itself does not, and whoever asks is told
    why, before any other reason; but first of all whether it is for them to ask, and whether it
    is so already.
    """
    facts, refusal = _wished(command, act, known)
    state = _stopped(command, known.about) if facts or refusal else None
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
    if known.came_with is not None:
        known.came_with.must_bring_into(command.cohort(known.needs))
    try:
        facts = tuple(command.decide(act, *known.going_on))
        if known.came_with is not None:
            known.came_with.must_take(act, facts)
    except (NotForYou, SoAlready):
        raise
    except Refusal as refusal:
        return (), refusal
    return facts, None


def _stopped(command: Any, things: Iterable[Knowledge]) -> State | None:
    """The state, if any, in which a command is refused: of a thing that stands still."""
    states = (one.stands_still for one in things)
    return next((one for one in states if one and one not in GOES_ON[command.name]), None)
