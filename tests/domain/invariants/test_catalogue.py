"""The invariants as a whole: their names, their rules, and what they find in whole histories."""

import re
from pathlib import Path

import pytest

from domain.invariants.catalogue import INVARIANTS, Judge
from domain.invariants.invariant import Invariant
from events.catalogue import EVERY, Recorded
from tests.scenes.given import NOON
from tests.scenes.history import happened, history

HERE = Path(__file__).parent
NAMED = re.compile(r'"([a-z]+\.[a-z0-9-]+)"')
SIGNED_BY_NOBODY = {
    "matching.published-by-co-chairs",
    "matching.signed-by-two-named-persons",
}
AS_TOLD = {
    "assessments.not-too-close": "Colm was asked to assess Ben, and then said that he knows him",
    "cohorts.opened-and-closed-on-its-days": "it was opened some days too early",
    "rules.named-and-in-force": "nobody says by which rules anything was decided",
    "workshops.pair-books-together": "each of a pair was booked by a command of their own",
    "workshops.training-as-attended": "it has one workshop of three, and its people are trained",
}
"""What was made up for the history of the scenes, and no decision would have brought about."""


@pytest.mark.parametrize("kind", INVARIANTS, ids=lambda kind: kind.name)
def test_each_invariant_says_what_it_is(kind: type[Invariant]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", kind.name)
    assert kind.sentence().endswith(".")
    assert kind.reads or kind.standing is not Invariant.standing
    assert kind.reads <= set(EVERY)
    assert set(kind.rules) <= set(range(1, 33))
    assert kind.opens or not kind.of_a_case


def test_no_two_have_one_name() -> None:
    assert len({kind.name for kind in INVARIANTS}) == len(INVARIANTS)


def test_each_invariant_has_a_history_that_breaks_it() -> None:
    tried = {name for file in HERE.glob("test_*.py") if file.name != "test_catalogue.py"
             for name in NAMED.findall(file.read_text(encoding="utf-8"))}  # fmt: skip
    assert {kind.name for kind in INVARIANTS} - tried == set()


def test_the_whole_history_of_the_scenes_breaks_none_but_what_was_made_up() -> None:
    facts = [
        Recorded(one.envelope, event) for one, event in zip(history(), happened(), strict=True)
    ]
    judge, found = Judge(), set[str]()
    for fact in facts:
        found |= {one.invariant for one in judge.learn(fact)}
    found |= {one.invariant for one in judge.standing(facts[-1].envelope.recorded)}
    assert found == AS_TOLD.keys() | SIGNED_BY_NOBODY


def test_what_still_stands_is_not_told_again() -> None:
    facts, judge = list(history()), Judge()
    for fact in facts:
        judge.learn(fact)
    now = facts[-1].envelope.recorded
    judge.standing(now)
    assert judge.standing(now) == []
    assert now > NOON
