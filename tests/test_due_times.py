"""What the agenda says is due is due for the rules too: at its moment, and not a day before."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue import COMMANDS
from domain.continuation.continuation import CheckInNotDue
from domain.notice import one_after_another
from events.event import Event
from events.times import CHECK_IN_MONTHS
from projections.dues import COMMANDS as DUE
from projections.dues import OPENS, Due
from tests.scenes.cast import ADA, BEN, HEALTHCARE, PATIENT, confirmed, opened
from tests.scenes.given import given
from tests.scenes.pairs import cohort_of, completed, proposed
from tests.scenes.projects import three_steps
from tests.scenes.selection import offered
from tests.scenes.training import booking, promised, skills_day, three_days

Facts = tuple[Event, ...]


def flat(*parts: Event | Iterable[Event]) -> Facts:
    return tuple(given(*parts).facts)


HISTORIES = {
    "cohort": flat(opened()),
    "offer": flat(opened(), offered(ADA, PATIENT)),
    "proposal": flat(cohort_of(ADA, beside=(BEN,)), proposed()),
    "completion": flat(cohort_of(ADA, beside=(BEN,)), completed()),
    "workshop": flat(three_days(), confirmed(ADA, PATIENT), booking(ADA)),
    "held place": flat(three_days(), confirmed(BEN, HEALTHCARE), skills_day(1), promised(BEN)),
    "milestones": flat(cohort_of(ADA, beside=(BEN,)), three_steps()),
}


def dues(facts: Facts) -> list[Due]:
    return [due for fact in facts if type(fact) in OPENS for due in OPENS[type(fact)](fact)]


CASES: list[Any] = [
    pytest.param(facts, due, id=f"{name}: {due.command} {number}")
    for name, facts in HISTORIES.items()
    for number, due in enumerate(dues(facts))
    if name in ("cohort", "milestones") or due.command != "cohort.close-applications"
]


def asked(facts: Facts, due: Due, *, early: timedelta = timedelta()) -> Any:
    command = COMMANDS[due.command].model_validate(due.data)
    return given(facts).when(command, at=due.at - early)


def test_each_kind_of_due_time_is_tried() -> None:
    assert {due.command for facts in HISTORIES.values() for due in dues(facts)} == DUE


@pytest.mark.parametrize(("facts", "due"), CASES)
def test_what_is_due_is_not_refused_as_too_early(facts: Facts, due: Due) -> None:
    assert asked(facts, due).refusal is None


@pytest.mark.parametrize(("facts", "due"), CASES)
def test_a_day_before_it_is_too_early(facts: Facts, due: Due) -> None:
    result = asked(facts, due, early=timedelta(days=1))
    assert result.refusal is not None or not result.new


def test_people_are_told_the_months_in_which_they_are_asked() -> None:
    assert f"after {one_after_another(CHECK_IN_MONTHS)} months" in CheckInNotDue().sentence
