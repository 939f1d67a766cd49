"""What the agenda says is due is due for the rules too: at its moment, and before it too early."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from domain.catalogue import TOO_EARLY
from domain.decision import Refusal, TooEarly
from projections.dues import COMMANDS as DUE
from projections.dues import Due
from services.workers.scheduler import REMINDERS
from tests.scenes.due_times import HISTORIES, Facts, asked, dues

HOUSE = Path(__file__).parents[1]
CASES: list[Any] = [
    pytest.param(facts, due, id=f"{name}: {due.command} {number}")
    for name, facts in HISTORIES.items()
    for number, due in enumerate(dues(facts))
    if name in ("cohort", "milestones") or due.command != "cohort.close-applications"
]


# Those that were not settled meanwhile, as a proposal is by what follows it.
OPEN = [one for one in CASES if asked(*one.values).new]


def test_each_kind_of_due_time_is_tried() -> None:
    assert {due.command for facts in HISTORIES.values() for due in dues(facts)} == DUE
    assert {one.values[1].command for one in OPEN} == DUE


@pytest.mark.parametrize(("facts", "due"), CASES)
def test_what_is_due_is_not_refused_as_too_early(facts: Facts, due: Due) -> None:
    assert asked(facts, due).refusal is None


@pytest.mark.parametrize(("facts", "due"), OPEN)
def test_a_day_before_it_is_too_early(facts: Facts, due: Due) -> None:
    assert isinstance(asked(facts, due, early=timedelta(days=1)).refusal, TooEarly)


@pytest.mark.parametrize(("facts", "due"), OPEN)
def test_a_moment_before_it_is_too_early_and_nothing_else(facts: Facts, due: Due) -> None:
    """A reminder is right all day, before its hour too."""
    refusal = asked(facts, due, early=timedelta(microseconds=1)).refusal
    assert isinstance(refusal, TooEarly) or (refusal is None and due.command in REMINDERS)


def test_what_is_too_early_is_known_by_its_code() -> None:
    refused = {type(asked(*case.values, early=timedelta(days=1)).refusal).code for case in OPEN}
    assert refused <= TOO_EARLY
    assert REMINDERS < DUE


def test_no_rule_that_waits_for_a_moment_refuses_for_ever() -> None:
    """Read in the rules themselves: who is refused because the time has not come may ask again."""
    found = set(refused_before_a_moment())
    assert len(found) > 5
    assert found - set(classes(TooEarly)) == set()


def refused_before_a_moment() -> Iterator[type[Refusal]]:
    """The refusals raised where an act comes before something: `if act.time < …: raise …`."""
    for file in (HOUSE / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.If(test=test, body=[ast.Raise(exc=ast.Name(id=name))]) if waits(test):
                    module = ".".join(file.relative_to(HOUSE).with_suffix("").parts)
                    yield getattr(import_module(module), name)


def waits(test: ast.expr) -> bool:
    comparisons = (one for one in ast.walk(test) if isinstance(one, ast.Compare))
    return any(
        isinstance(one.ops[0], ast.Lt) and ast.unparse(one.left) in {"act.time", "act.today"}
        for one in comparisons
    )


def classes(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from classes(child)
