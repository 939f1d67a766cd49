"""The table of states: whole, true of the code, and asked of every command in every state."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import product
from random import Random
from typing import Any, Final, NamedTuple, cast, get_args, get_origin, get_type_hints
from unittest.mock import patch

import pytest

from domain.applications.application import (
    Application,
    ApplicationIsNotEligible,
    ApplicationIsWithdrawn,
)
from domain.applications.standing import whose
from domain.catalogue import COMMANDS, INSIDE, NOTICES
from domain.cohorts.cohort import Cohort, CohortIsCancelled, CohortIsCompleted
from domain.contacts.reaching import ASKING
from domain.deciding import Known, asked, decided, known_for
from domain.decision import Act, Each, K, Know, Knowledge, Refusal, SoAlready, StandsInTheWay
from domain.invariants.cancelled import ENDS
from domain.pairings.pairing import (
    Pairing,
    PairingIsCompleted,
    PairingIsHeld,
    PairingIsOver,
    PairingIsPaused,
)
from domain.people.person import Person, PersonIsErased
from domain.projects.project import Project, ProjectIsOver
from domain.states import GOES_ON, STATES, STILL_SAID, State, is_still_said
from domain.workshops.workshop import Workshop, WorkshopIsCancelled
from events.applications import ApplicationWithdrawn, EligibilityFailed
from events.cohorts import CohortCancelled, CohortCompleted
from events.corrections import PUT_RIGHT_BY, Stays
from events.event import Event
from events.pairings import PairingCompleted, PairingEnded, PairingHeld, PairingPaused
from events.people import PersonErased
from events.projects import ProjectStopped
from events.rules import FIRST
from events.terms import Role
from events.workshops import WorkshopCancelled
from services.handbook.code import states_of
from services.handbook.commands import templates_in
from services.handbook.drawing import THINGS
from services.log import writer
from tests.scenes.given import found_by, unopened
from tests.walk.walk import begun, walking
from tests.walk.whole import WholeLife

ALL: Final = {**COMMANDS, **INSIDE}


def test_every_command_and_notice_stands_in_the_table_and_nothing_else_does() -> None:
    assert GOES_ON.keys() == ALL.keys()
    rules = {one for found in NOTICES.values() for one in found}
    said = {template for one in rules for template in templates_in(one)}
    assert {re.sub(r"-\d+$", "-", one) for one in STILL_SAID} == said | {ASKING}


def test_every_state_has_a_code_of_its_own() -> None:
    every = {state for states in STATES.values() for state in states}
    assert len({state.code for state in every}) == len(every)


@pytest.mark.parametrize("name", ALL)
def test_a_command_goes_on_only_in_states_to_which_it_may_come(name: str) -> None:
    assert GOES_ON[name] <= {*states_of(ALL[name])}


def test_no_command_comes_to_a_state_that_its_code_does_not_tell() -> None:
    assert not [one for one in tried() if one.state not in states_of(ALL[one.command])]


@pytest.mark.parametrize("name", ["identity.tie", "rules.sign", "role.make-coordinator"])
def test_what_is_about_no_cohort_comes_to_no_state_of_one(name: str) -> None:
    assert not {*states_of(ALL[name])} & {*STATES[Cohort]}


def of_cohort(kind: type[Event], **more: Any) -> Callable[[Cohort], Event]:
    return lambda it: kind.model_validate({"cohort_id": it.cohort_id, **more})


BRINGS: Final[dict[State, tuple[type[Knowledge], Callable[[Any], Event]]]] = {
    CohortIsCancelled: (Cohort, of_cohort(CohortCancelled, reason="cohort.no-venue")),
    CohortIsCompleted: (Cohort, of_cohort(CohortCompleted)),
    ApplicationIsWithdrawn: (
        Application,
        lambda it: ApplicationWithdrawn(**whose(it.known), reason="application.no-time"),
    ),
    ApplicationIsNotEligible: (
        Application,
        lambda it: EligibilityFailed(**whose(it.known), reasons=("eligibility.no-consent",)),
    ),
    PairingIsPaused: (Pairing, lambda it: PairingPaused(**it.whose, reason="away")),
    PairingIsHeld: (Pairing, lambda it: PairingHeld(**it.whose, rule="rule.treats")),
    PairingIsOver: (
        Pairing,
        lambda it: PairingEnded(
            **it.whose, reason="no-time", reported_by=it.known.patient_leader_id
        ),
    ),
    PairingIsCompleted: (
        Pairing,
        lambda it: PairingCompleted(
            **it.whose, completed_on=date(2025, 6, 2), check_in_months=FIRST.check_in_months
        ),
    ),
    ProjectIsOver: (
        Project,
        lambda it: ProjectStopped(
            project_id=it.project_id,
            pairing_id=it.current_pairing_id,
            cohort_id=it.cohort_id,
            reason="project.not-possible",
        ),
    ),
    WorkshopIsCancelled: (
        Workshop,
        lambda it: WorkshopCancelled(
            workshop_id=it.known.workshop_id,
            cohort_id=it.known.cohort_id,
            reason="workshop.bad-weather",
        ),
    ),
    PersonIsErased: (Person, lambda it: PersonErased(person_id=it.person_id)),
}
"""How a thing comes to each state."""


SO_ALREADY: Final = {
    ("cohort.complete", "cohort.completed"),
    ("pairing.complete", "pairing.completed"),
    ("pairing.lapse", "pairing.completed"),
    ("pairing.lapse", "pairing.held"),
    ("pairing.lapse", "pairing.over"),
    ("pairing.lapse", "pairing.paused"),
    ("pairing.remind", "pairing.completed"),
    ("pairing.remind", "pairing.held"),
    ("pairing.remind", "pairing.over"),
    ("pairing.remind", "pairing.paused"),
    ("workshop.lapse-held-place", "workshop.cancelled"),
}
"""What has nothing to do in a state, because it was so already."""
OTHERWISE: Final = {
    ("pairing.end", "pairing.over"),
    ("pairing.pause", "pairing.paused"),
}
"""What is told in a state how to change what was said, because it is so already, and may have been
said otherwise.
"""


BY_SOME: Final = {("pairing.resume", "pairing.held")}
"""What goes on in a state if a coordinator says so, and else says itself that it does not."""


class Tried(NamedTuple):
    """What a command came to that was accepted a moment before the thing stood still."""

    command: str
    state: State
    by_itself: bool
    facts: tuple[Event, ...]
    refusal: type[Refusal] | None


def also(know: Know, fact: Event) -> Know:
    """The same knowledge, once a fact more is known."""

    def after(wanted: K) -> K:
        found = know(wanted)
        bears = found_by(fact, concealed=type(wanted).finds_concealed)
        if None not in wanted.tags and bears.issuperset(cast("tuple[str, ...]", wanted.tags)):
            found.learn(unopened(fact) if wanted.unopened else fact)
        return found

    return after


Part = tuple[int, tuple[tuple[str | None, ...], ...]]
"""One of many things that a command is about: in which need, and whose ids."""


class About(NamedTuple):
    """What a command is about whose states it asks: all of it, or one of many things alone."""

    things: tuple[Knowledge, ...]
    part: Part | None = None

    def alone(self, known: Known, know: Know) -> tuple[Known, list[State | None]]:
        """The command's knowledge as if there were no other of the many; and the states of it."""
        if self.part is None:
            return known, [one.stands_still for one in known.about]
        place, _ = self.part
        these = [one for one in known.needs[place] if part_of(place, one, know) == self.part]
        left = Each(one for one in these if one in known.going_on[place])
        without = [Each(()) if isinstance(one, Each) else one for one in known.going_on]
        without[place] = left
        states = [one.stands_still for one in asked(these, know)]
        return known._replace(going_on=tuple(without)), states


def part_of(place: int, one: Any, know: Know) -> Part:
    return place, tuple(thing.tags for thing in asked((one,), know) if type(thing) is not Person)


def all_about(known: Known, know: Know) -> Iterator[About]:
    yield About(known.about)
    for place, many in enumerate(known.needs):
        for one in many if isinstance(many, Each) else ():
            yield About(asked((one,), know), part_of(place, one, know))


def in_each_state(command: Any, act: Act, known: Known, know: Know) -> Iterator[Tried]:
    for about, (state, (kind, brings)) in product(all_about(known, know), BRINGS.items()):
        things = [one for one in about.things if type(one) is kind and None not in one.tags]
        if not things:
            continue
        so_already = things[0].stands_still is state
        later = know if so_already else also(know, brings(things[0]))
        then, states = about.alone(known_for(command, later), later)
        if state not in states:
            continue  # it is about something else then
        new, refusal = tuple[Event, ...](), None
        try:
            new = decided(command, act, then)
        except Refusal as error:
            refusal = type(error)
        by_itself = act.role is Role.SYSTEM or about.part is not None
        yield Tried(command.name, state, by_itself, new, refusal)


@cache
def tried() -> tuple[Tried, ...]:
    """Every command that a whole life asks for, when it is accepted, in each state beside it."""
    found: list[Tried] = []
    with walking():
        walk = begun(1)

        def spied(command: Any, act: Act, known: Known) -> tuple[Event, ...]:
            facts = decided(command, act, known)
            if facts:
                found.extend(in_each_state(command, act, known, walk.anew.know))
            return facts

        with patch.object(writer, "decided", spied):
            WholeLife(walk, Random(1)).lived()
            walk.comes_to_rest()
    return tuple(found)


def test_every_state_is_tried_at_every_thing_that_can_be_in_it() -> None:
    assert BRINGS.keys() == {state for states in STATES.values() for state in states}
    assert {one.state for one in tried()} == BRINGS.keys()
    assert {one.command for one in tried()} >= {name for name in COMMANDS if GOES_ON[name]}


def test_what_the_table_forbids_is_refused_with_the_states_own_code() -> None:
    forbidden = [one for one in tried() if one.state not in GOES_ON[one.command]]
    assert len(forbidden) > len(COMMANDS)
    so_already, otherwise = set(), set()
    for one in forbidden:
        assert not one.facts, one
        if one.refusal is None and not one.by_itself:
            so_already.add((one.command, one.state.code))
        elif one.refusal is not None and issubclass(one.refusal, SoAlready):
            otherwise.add((one.command, one.state.code))
        else:
            assert one.refusal is one.state or (one.by_itself and one.refusal is None), one
    assert so_already == SO_ALREADY
    assert otherwise == OTHERWISE


def test_what_the_table_allows_happens() -> None:
    allowed = [one for one in tried() if one.state in GOES_ON[one.command]]
    held_up = {(one.command, one.state.code) for one in allowed if one.refusal is one.state}
    assert held_up == BY_SOME
    happens = {(one.command, one.state.code) for one in allowed if one.facts}
    in_the_way = {(one.command, one.state.code) for one in allowed if one.refusal is StandsInTheWay}
    every = {(name, state.code) for name, states in GOES_ON.items() for state in states}
    assert every - happens - in_the_way == set()


def test_what_still_happens_of_a_cancelled_cohort_is_no_finding() -> None:
    """What the table allows there comes to an end, or is let go; its invariant knows each of it."""
    off = [one for one in tried() if one.state is CohortIsCancelled]
    kinds = {type(fact) for one in off for fact in one.facts}
    assert {one for one in kinds if one not in ENDS and "cohort_id" in one.model_fields} == set()


@pytest.mark.parametrize("name", ALL)
def test_many_things_stand_by_themselves_among_what_a_command_needs(name: str) -> None:
    hints = get_type_hints(getattr(ALL[name], "decide"))  # noqa: B009
    inside = [one for one in hints.values() if get_origin(one) is not Each]
    assert not [one for one in inside if any(it is Each for it in every_part(one))]


def every_part(hint: Any) -> Iterator[Any]:
    yield get_origin(hint)
    parts = get_type_hints(hint).values() if hasattr(hint, "_fields") else get_args(hint)
    for one in parts:
        yield from every_part(one)


@pytest.mark.parametrize("state", BRINGS, ids=lambda state: state.code)
def test_a_state_says_what_to_do(state: State) -> None:
    assert state().sentence.endswith(".")


def test_a_way_back_that_is_drawn_puts_its_step_right() -> None:
    for thing in THINGS:
        for fact, back in thing.back.items():
            found = PUT_RIGHT_BY[fact]
            assert not isinstance(found, Stays)
            assert back in found


def test_a_check_in_after_whatever_months_is_still_said_when_a_cohort_is_over() -> None:
    assert is_still_said("continuation.check-in-2", CohortIsCompleted)
    assert not is_still_said("continuation.check-in-2", CohortIsCancelled)
