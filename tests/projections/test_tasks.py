"""What waits for a person, as it is shown: since when, until when, and whose it is by now."""

from datetime import date, timedelta
from typing import Any

from events.calendar import local_day
from events.event import Event
from events.ids import MilestoneId, ProjectId, TaskId
from events.needs import Kind
from events.pairings import (
    PairingDeclined,
    PairingEnded,
    PairingHeld,
    PairingProposed,
    PairingResumed,
)
from events.projects import MilestoneOverdue, MilestonePlanned, MilestoneReported
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.what_waits import NEEDS
from projections.replay import folded
from projections.tasks import TASKS, TaskRow, TaskState
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import ADA, AUTUMN, BEN, HEALTHCARE, PATIENT, confirmed
from tests.scenes.given import NOON, person
from tests.scenes.pairs import active, on_a_break, pairing, proposed
from tests.scenes.scribe import Facts, written_down

PAUSED = TaskId.of(Kind.PAUSED, pairing())
OF_IT: dict[str, Any] = {"task_id": PAUSED, "cohort_id": AUTUMN}
RUTH, SAM = person("Ruth"), person("Sam")
SPOKE = TaskDone(**OF_IT, how="task.spoke-to-them")
TWO_PEOPLE: dict[str, Any] = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}
TWO: dict[str, Any] = {"pairing_id": pairing(), "cohort_id": AUTUMN, **TWO_PEOPLE}


def rows(*facts: Facts) -> dict[str, TaskRow]:
    return folded(TASKS, written_down(*facts))


def paused(*facts: Event) -> TaskRow | None:
    return rows(*active(), on_a_break("work"), *facts).get(PAUSED)


def open_now(*facts: Facts) -> dict[str, TaskState]:
    """The tasks that anybody sees, by what waits."""
    found = rows(*facts).values()
    return {one.need.value: one.state for one in found if one.state is not TaskState.QUIET}


def test_a_task_says_whose_it_is_and_until_when() -> None:
    row = paused()
    assert row is not None
    day = local_day(written_down(on_a_break("work"))[0].envelope.recorded)
    assert row.day == day + timedelta(days=NEEDS[Kind.PAUSED].within)
    assert (row.owner, row.state, row.cohort_id) == ("coordinator", "open", AUTUMN)
    assert row.says.startswith("Two partners take a break.")


def test_who_took_a_task_on_has_it_until_they_hand_it_on() -> None:
    taken = TaskTaken(**OF_IT, person_id=RUTH)
    for facts, by in (
        ([taken], RUTH),
        ([taken, TaskHandedOn(**OF_IT, person_id=SAM)], SAM),
        ([taken, TaskHandedOn(**OF_IT)], None),
    ):
        row = paused(*facts)
        assert row is not None
        assert row.taken_by == by
        assert row.state is (TaskState.TAKEN if by else TaskState.OPEN)


def test_of_a_task_that_is_done_it_is_shown_how_to_whoever_may_open_it() -> None:
    row = paused(TaskTaken(**OF_IT, person_id=RUTH), SPOKE)
    assert row is not None
    assert (row.state, row.taken_by, row.day) == (TaskState.DONE, None, None)
    assert told(TASKS, row)["how"] == "task.spoke-to-them"
    assert told_without_keys(TASKS, row)["how"] == "(sealed)"


def test_a_task_that_was_done_by_mistake_waits_as_before() -> None:
    before, after = paused(), paused(SPOKE, TaskReopened(**OF_IT))
    assert before is not None
    assert after is not None
    assert (after.state, after.day, after.how) == (TaskState.OPEN, before.day, None)
    assert paused(SPOKE, PairingResumed(pairing_id=pairing(), cohort_id=AUTUMN)) is None


def test_two_who_are_held_wait_in_the_same_words_whatever_the_rule() -> None:
    held = [
        PairingHeld(**TWO, rule=rule) for rule in ("rule.team-looks-first", "rule.not-released")
    ]
    one, other = (rows(*active(), fact)[TaskId.of(Kind.HELD, pairing())] for fact in held)
    assert told(TASKS, one) == told(TASKS, other)
    assert paused(*held[:1]) is None, "they do not take a break any more"


def test_two_who_parted_wait_in_the_same_words_whatever_they_parted_over() -> None:
    over = [
        PairingEnded(**TWO, reported_by=ADA, reason="no-time"),
        PairingEnded(**TWO, reason="team"),
    ]
    one, other = (rows(*active(), fact)[TaskId.of(Kind.PARTED, AUTUMN)] for fact in over)
    assert told(TASKS, one) == told(TASKS, other)
    assert [it.ids for it in one.waits] == [{"pairing_id": pairing()}]


def test_whoever_has_no_partner_waits_until_they_are_asked_again() -> None:
    here = [*confirmed(ADA, PATIENT), *confirmed(BEN, HEALTHCARE), proposed()]
    no = PairingDeclined(**TWO, declined_by=ADA, reason="other")
    row = rows(*here, no)[TaskId.of(Kind.PARTNER, AUTUMN)]
    assert [one.ids for one in row.waits] == [{"person_id": ADA}, {"person_id": BEN}]
    assert open_now(*here, no, PairingProposed(**TWO, accept_by=date(2024, 9, 30))) == {}
    assert open_now(*confirmed(ADA, PATIENT), no) == {"partner-needed": "open"}
    assert open_now(no) == {}, "neither has a place"


def test_the_first_day_of_all_that_waits_counts() -> None:
    project = ProjectId.derived(NOON, "project")
    of_it: dict[str, Any] = {"project_id": project, "cohort_id": AUTUMN, "due_on": NOON.date()}
    first, second = (MilestoneId.derived(NOON, one) for one in "ab")
    plan: Any = {**of_it, **TWO_PEOPLE, "title": "Ask", "remind_on": NOON.date()}
    late: list[Event] = [MilestonePlanned(**plan, milestone_id=one) for one in (first, second)]
    late += [MilestoneOverdue(**of_it, milestone_id=one) for one in (first, second)]
    reached: Any = {"pairing_id": pairing(), "person_id": ADA, "milestone_id": first}
    task = TaskId.of(Kind.MILESTONE, project)
    row = rows(*late)[task]
    assert row.day == row.waits[0].day
    left = rows(*late, MilestoneReported(**of_it, **reached))[task]
    assert [one.ids for one in left.waits] == [{"milestone_id": second}]
    assert left.since == left.waits[0].since
