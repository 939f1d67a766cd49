"""What a run would weigh by other weights is what it would weigh if they were asked for."""

from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching.supposing import NotCounted, supposed
from domain.pairings.suitability import OPEN, THEMES
from events.applications import Profile
from events.event import Event
from events.matching import Matching
from events.rules import WeightCode
from events.terms import Area, Day, Standing, Theme, Travel
from tests.scenes.cast import AUTUMN, HEALTHCARE, PATIENT, opened
from tests.scenes.given import person
from tests.scenes.pairs import place
from tests.scenes.runs import left_over, run_over, vetoes

OURS = [person(f"Patient {number}") for number in range(4)]
THEIRS = [person(f"Healthcare {number}") for number in range(5)]
CODES: tuple[WeightCode, ...] = (
    "themes.in-common",
    "days.in-common",
    "area.same",
    "area.neighbouring",
    "travel.suits",
    "leading.aspiring-with-experienced",
    "waiting.left-over",
    "waiting.months",
)


def cohort() -> Iterator[Event]:
    """Nine people who have this and that in common, two of whom are kept apart."""
    chance = Random(1)
    yield from opened()
    for side, people in ((PATIENT, OURS), (HEALTHCARE, THEIRS)):
        for who in people:
            profile = Profile(
                area=chance.choice([Area.CORNWALL, Area.DEVON]),
                themes=tuple(chance.sample(list(Theme), chance.randint(0, 3))),
                days=tuple(chance.sample(list(Day), chance.randint(0, 4))),
                travel=chance.choice(list(Travel)),
                standing=chance.choice([None, *Standing]),
            )
            yield from place(who, side, profile)
    yield vetoes(OURS[0], THEIRS[0])
    yield left_over(OURS[1], left_on=date(2024, 6, 1))


FACTS = [*cohort()]


def run_by(**weights: int) -> Matching:
    return run_over(FACTS, **weights)


FOUND = run_by()


@given(code=st.sampled_from(CODES), weight=st.integers(0, 100))
def test_other_weights_weigh_as_if_they_had_been_asked_for(code: WeightCode, weight: int) -> None:
    asked = run_by(**{code.replace(".", "_"): weight})
    then = supposed(FOUND, AUTUMN, {code: weight})
    assert (then.weighed, then.weights) == (asked.weighed, asked.weights)
    assert then.common_days == asked.common_days


def test_each_weight_that_can_be_said_counts_for_somebody() -> None:
    for code in CODES:
        assert supposed(FOUND, AUTUMN, {code: FOUND.weights[code] + 1}).weighed != FOUND.weighed


def test_with_nothing_otherwise_all_is_as_it_was() -> None:
    assert supposed(FOUND, AUTUMN, {}).weighed == FOUND.weighed


def test_what_was_not_counted_can_not_be_weighed() -> None:
    without = run_by(**{"themes_in-common": 0})
    with pytest.raises(NotCounted) as problem:
        supposed(without, AUTUMN, {THEMES: 1})
    assert problem.value.code == THEMES
    assert supposed(without, AUTUMN, {"area.same": 0}).weights[THEMES] == 0


def test_a_run_of_before_there_was_open_to_themes_is_weighed_without_it() -> None:
    codes = tuple(code for code in FOUND.weighed.codes if code != OPEN)
    at = FOUND.weighed.codes.index(OPEN)
    kinds = (
        one if isinstance(one, str) else one[:at] + one[at + 1 :] for one in FOUND.weighed.kinds
    )
    weighed = FOUND.weighed.model_copy(update={"codes": codes, "kinds": tuple(kinds)})
    weights = {code: weight for code, weight in FOUND.weights.items() if code != OPEN}
    first = FOUND.model_copy(update={"weights": weights, "weighed": weighed})
    then = supposed(first, AUTUMN, {THEMES: 7})
    assert then.weights == {**weights, THEMES: 7}


def test_what_a_run_of_before_did_not_count_can_not_be_weighed_either() -> None:
    codes = tuple(code for code in FOUND.weighed.codes if code != "waiting.months")
    kinds = [
        one if isinstance(one, str) else one[: len(codes) - 1] + one[-1:]
        for one in FOUND.weighed.kinds
    ]
    weighed = FOUND.weighed.model_copy(
        update={"codes": codes, "kinds": tuple(dict.fromkeys(kinds))}
    )
    weights = {code: FOUND.weights[code] for code in codes}
    before = FOUND.model_copy(update={"weights": weights, "weighed": weighed})
    with pytest.raises(NotCounted):
        supposed(before, AUTUMN, {"waiting.months": 1})
    assert supposed(before, AUTUMN, {"waiting.months": 0}).weights == weights
