"""Whose turn it is, when facts come by application and say only which number each has."""

from collections.abc import Iterator
from itertools import permutations
from typing import Final

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.decision import Command
from domain.offers.reserve import (
    ListAgain,
    PromoteFromReserve,
    RelistReason,
    ReorderReason,
    ReorderReserve,
)
from domain.people.person import PersonIsErased
from events.event import Event
from events.ids import PersonId
from events.offers import OfferMade, ReservePromoted
from events.people import PersonErased
from tests.scenes.cast import AUTUMN, PATIENT, application, eligible, opened
from tests.scenes.given import Given, given, person
from tests.scenes.selection import RELEASE_DAY, by_id, reinstated, turn, withdrawn

FOUR: Final = sorted(map(person, ("Dilys", "Edith", "Fern", "Gwen")), key=application)
"""By their applications' ids."""
ORDERS: Final = list(permutations(range(4)))


def the_list(*waiting: PersonId, places: int = 4) -> Given:
    """Who waits, the next one first; the facts come by application."""
    turns = [turn(who, PATIENT, number) for number, who in enumerate(waiting, 1)]
    four = [fact for who in FOUR for fact in eligible(who, PATIENT)]
    return given(opened(places=places), four, by_id(turns))


def moves(who: PersonId, number: int) -> ReorderReserve:
    return ReorderReserve(
        application_id=application(who), place=number, reason=ReorderReason.MISTAKE
    )


def again(who: PersonId) -> ListAgain:
    return ListAgain(application_id=application(who), reason=RelistReason.REINSTATED)


def next_in_turn(scene: Given) -> list[PersonId]:
    """Those to whom free places would be offered, the first one first."""
    wish = PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT)
    result = scene.when(wish, at=RELEASE_DAY)
    assert result.refusal is None
    return [fact.person_id for fact in result.new if isinstance(fact, ReservePromoted)]


def after(scene: Given, *wishes: Command | Event) -> Given:
    for number, wish in enumerate(wishes):
        if isinstance(wish, Event):
            scene = given(scene.facts, wish)
        else:
            result = scene.when(wish, named=f"{number}")
            assert result.refusal is None
            scene = given(result.facts, result.new)
    return scene


def gone(who: PersonId) -> PersonErased:
    return PersonErased(person_id=who)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_turns_go_by_their_number_and_not_by_when_they_were_told(order: tuple[int, ...]) -> None:
    waiting = [FOUR[one] for one in order]
    assert next_in_turn(the_list(*waiting)) == waiting
    assert next_in_turn(the_list(*waiting, places=2)) == waiting[:2]


@pytest.mark.parametrize("order", [(3, 0, 2, 1), (2, 3, 1, 0)], ids=str)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_changed_turn_moves_the_others_along(order: tuple[int, ...], number: int) -> None:
    waiting = [FOUR[one] for one in order]
    for who in waiting:
        others = [one for one in waiting if one != who]
        wanted = [*others[: number - 1], who, *others[number - 1 :]]
        result = the_list(*waiting).when(moves(who, number))
        assert next_in_turn(given(result.facts, result.new)) == wanted


def test_who_comes_back_waits_behind_all_others() -> None:
    dilys, edith, fern, gwen = FOUR
    back = (withdrawn(gwen, PATIENT), reinstated(gwen, PATIENT), again(gwen))
    scene = after(the_list(gwen, fern, edith, dilys), *back)
    assert next_in_turn(scene) == [fern, edith, dilys, gwen]
    assert next_in_turn(after(scene, moves(gwen, 2))) == [fern, gwen, edith, dilys]


def test_who_was_erased_has_no_turn_and_the_others_keep_their_order() -> None:
    dilys, edith, fern, gwen = FOUR
    scene = the_list(gwen, edith, fern, dilys)
    for who in FOUR:
        left = [one for one in (gwen, edith, fern, dilys) if one != who]
        assert next_in_turn(after(scene, gone(who))) == left
        after(scene, gone(who)).when(moves(who, 1)).then_refused(PersonIsErased)
    assert next_in_turn(after(scene, gone(edith), gone(gwen))) == [fern, dilys]
    assert next_in_turn(after(scene, gone(edith), moves(dilys, 2))) == [gwen, dilys, fern]


def test_a_free_place_goes_past_who_was_erased() -> None:
    dilys, edith, fern, gwen = FOUR
    scene = after(the_list(gwen, edith, fern, dilys, places=1), gone(gwen))
    (_, offer) = scene.when(PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT), at=RELEASE_DAY).new
    assert isinstance(offer, OfferMade)
    assert offer.person_id == edith


STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "leave", "come back", "promote"]),
        st.sampled_from(FOUR),
        st.integers(1, 4),
    ),
    max_size=12,
)


def noted(waiting: list[PersonId], verb: str, who: PersonId, number: int) -> list[PersonId]:
    """The list as somebody keeps it with a pencil."""
    if verb == "come back":
        return [*waiting, who]
    others = [one for one in waiting if one != who]
    return [*others[: number - 1], who, *others[number - 1 :]] if verb == "move" else others


def steps_of(verb: str, who: PersonId, number: int) -> Iterator[Command | Event]:
    if verb == "move":
        yield moves(who, number)
    if verb == "leave":
        yield withdrawn(who, PATIENT)
    if verb == "come back":
        yield reinstated(who, PATIENT)
        yield again(who)


@settings(max_examples=80, deadline=None)
@over(st.permutations(FOUR), STEPS)
def test_the_list_is_as_with_a_pencil_whatever_happens(
    waiting: list[PersonId], steps: list[tuple[str, PersonId, int]]
) -> None:
    scene = the_list(*waiting)
    for verb, chosen, number in steps:
        who = waiting[0] if verb == "promote" and waiting else chosen
        impossible = verb == "move" and number > len(waiting)
        if impossible or (who in waiting) is (verb == "come back"):
            continue
        if verb == "promote":
            scene = offered_next(scene)
            scene = given(scene.facts, withdrawn(who, PATIENT))
        scene = after(scene, *steps_of(verb, who, number))
        waiting = noted(waiting, verb, who, number)
        assert next_in_turn(scene) == waiting


def offered_next(scene: Given) -> Given:
    """The next one is offered a place, as when one comes free."""
    wish = PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT)
    facts = scene.when(wish, at=RELEASE_DAY).new
    return given(scene.facts, facts[:2])
