"""The table of what waits for a person: whole, and each row of it tried by its facts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.catalogue import COMMANDS
from events.catalogue import EVERY
from events.event import Event
from events.ids import CohortId, MatchingRunId, PairingId, PersonId, TaskId
from events.needs import Kind, Need
from events.waits_for_nobody import FACTS, NO_TASK, NoTask
from events.what_waits import ALL, CONCERNED, NEEDS
from projections.replay import folded
from projections.tasks import TASKS, TaskRow, TaskState
from tests.scenes.given import NOON
from tests.scenes.needs import before, such, task_of
from tests.scenes.scribe import written_down

MAKES = [(need, fact) for need in ALL for fact in such(need.made)]
OVER = [
    (need, fact, over)
    for need, fact in MAKES
    for facts in (need.ended, need.asleep, need.rests, {} if need.at_once else need.unready)
    for over in such(facts)
]


def named(one: Any) -> str:
    return one.kind.value if isinstance(one, Need) else type(one).__name__


def row_after(need: Need, *facts: Event) -> TaskRow | None:
    """The task after these facts, if there is a row of it."""
    found = folded(TASKS, written_down(*before(need), *facts))
    return found.get(task_of(need, facts[0]))


def test_every_fact_makes_or_ends_a_task_or_says_why_not() -> None:
    assert CONCERNED.keys().isdisjoint(NO_TASK)
    assert {*CONCERNED, *NO_TASK} == set(EVERY)
    assert set(FACTS) == set(NoTask)
    assert len(NO_TASK) == sum(map(len, FACTS.values())), "none has two reasons"
    assert {*NEEDS} == {*Kind}


@pytest.mark.parametrize("need", ALL, ids=named)
def test_a_task_says_plainly_what_to_do_and_which_commands_do_it(need: Need) -> None:
    sentences = re.findall(r"[A-Z][^.?!]*[.?!]", need.says)
    assert " ".join(sentences) == need.says
    assert all(len(one.split()) <= 15 for one in sentences)
    assert need.commands
    for name in need.commands:
        assert need.owner in COMMANDS[name].roles or "coordinator" in COMMANDS[name].roles, name


@pytest.mark.parametrize(("need", "fact"), MAKES, ids=named)
def test_the_fact_makes_the_task(need: Need, fact: Event) -> None:
    row = row_after(need, fact)
    assert row is not None
    assert (row.state, row.owner, row.taken_by) == (TaskState.OPEN, need.owner, None)
    assert row.cohort_id == (CohortId(row.cohort_id or "") if need.of_a_cohort else None)
    assert row.day is not None
    assert row.day == getattr(fact, need.by or "", row.day)
    assert (row.says, row.commands) == (need.says, need.commands)


@pytest.mark.parametrize(("need", "fact", "over"), OVER, ids=named)
def test_the_task_ends_with_each_fact_that_ends_the_need(
    need: Need, fact: Event, over: Event
) -> None:
    row = row_after(need, fact, over)
    assert row is None or row.state is TaskState.QUIET
    row = row_after(need, fact, over, fact)
    again = over in list(such(need.ended)) and type(over) not in {
        *need.asleep,
        *need.rests,
        *need.unready,
    }
    assert (row is not None and row.state is TaskState.OPEN) is again


WAKES = [
    (need, fact, over, back)
    for need, fact in MAKES
    for overs, backs in ((need.asleep, need.awake), (need.rests, need.resumes))
    for over in such(overs)
    for back in such(backs)
    if type(back) not in need.ended
]


@pytest.mark.parametrize(("need", "fact", "over", "back"), WAKES, ids=named)
def test_a_task_comes_back_with_what_it_was_about(
    need: Need, fact: Event, over: Event, back: Event
) -> None:
    row = row_after(need, fact, over, back)
    assert row is not None
    assert row.state is TaskState.OPEN


@pytest.mark.parametrize("need", [one for one in ALL if one.ready or one.begins_asleep], ids=named)
def test_of_what_was_never_so_nothing_waits(need: Need) -> None:
    for fact in such(need.made):
        rows = folded(TASKS, written_down(fact))
        row = rows.get(task_of(need, fact))
        assert row is None or row.state is TaskState.QUIET


def test_who_has_left_is_named_by_no_task_of_the_training_though_it_goes_on() -> None:
    """Whoever was on the cohort, and completed it, leaves; then what was noted is put right."""
    need = NEEDS[Kind.TRAINING]
    (missed, *_), (done,), (goes_on,) = such(need.made), such(need.rests), such(need.resumes)
    for left in such(need.unready):
        row = row_after(need, missed, done, left, goes_on, missed)
        assert row is not None
        assert (row.state, row.waits) == (TaskState.QUIET, ())
        (again,) = such(need.ready)
        row = row_after(need, missed, done, left, goes_on, missed, again)
        assert row is not None
        assert row.state is TaskState.OPEN


def test_a_task_of_some_parts_waits_until_the_last_of_them_is_done() -> None:
    need, other_id = NEEDS[Kind.MATCHING], MatchingRunId.derived(NOON, "another")
    (one,) = such(need.made)
    other = one.model_copy(update={"run_id": other_id})
    (done, *_) = such(need.ended)
    both = row_after(need, one, other)
    assert both is not None
    assert len(both.waits) == 2
    left = row_after(need, one, other, done)
    assert left is not None
    assert [it.ids for it in left.waits] == [{"run_id": other_id}]


def ids() -> Iterator[TaskId]:
    for need, fact in MAKES:
        yield task_of(need, fact)


def test_a_tasks_id_says_what_waits_and_about_what() -> None:
    pair = PairingId.derived(NOON, "pair")
    task = TaskId.of(Kind.HELD, pair)
    assert task == f"task_pair-held_{pair}"
    assert (task.kind, task.about, type(task.about)) == (Kind.HELD, pair, PairingId)
    assert all(TaskId.parse(one) == one for one in ids())
    for wrong in (pair, f"task_{pair}", f"task_pair-held_{PersonId.derived(NOON, 'a')}x"):
        with pytest.raises(ValueError, match="expected an id"):
            TaskId.parse(wrong)
    with pytest.raises(ValueError, match="within the task"):
        TaskId.parse(f"task_pair-held_nothing_{pair.partition('_')[2]}").about  # noqa: B018 - asks
