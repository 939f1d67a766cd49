"""What waits for a person of the team: whose task it is, until when, and who took it on.

A row is gone once nothing waits, and nobody said so with a word. Where later facts must know what
was before, it is kept for them, and shown to nobody.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from events.calendar import local_day
from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, PersonId, TaskId
from events.needs import Ids, Kind, Need, Waits, after, opened, waiting
from events.personal import Closed
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import Code, Role
from events.what_waits import CONCERNED, NEEDS
from projections.projection import Part, Projection, Row

OF_A_TASK: Final = frozenset({TaskTaken, TaskHandedOn, TaskDone, TaskReopened})


class TaskState(StrEnum):
    """How a task stands."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    QUIET = "nothing-waits"


class Wait(Part):
    """A part that waits: the ids that it is about beside the task's own, since when, and until the
    end of which day it is to be done.
    """

    ids: dict[str, str]
    since: datetime
    day: date


class TaskRow(Row):
    """One task. `waits` is for what, `day` the first day of it, and `since` when; `done` is what
    waited before somebody said, by `how`, that it was done. What may wait again is `aside`;
    `ready`, `resting` and `asleep` are as in `Waits`.

    It says in plain words what to do, and by which `commands`.
    """

    need: Kind
    about: str
    cohort_id: CohortId | None = None
    owner: Role
    says: str
    commands: tuple[str, ...]
    state: TaskState = TaskState.QUIET
    day: date | None = None
    since: datetime | None = None
    taken_by: PersonId | None = None
    waits: tuple[Wait, ...] = ()
    done: tuple[Wait, ...] = ()
    aside: tuple[Wait, ...] = ()
    how: Closed[Code] | None = None
    asleep: bool = False
    ready: tuple[dict[str, str], ...] = ()
    resting: tuple[dict[str, str], ...] = ()

    @property
    def known(self) -> Waits:
        """What waits, as the table tells it."""
        parts = tuple(one.ids for one in (*self.waits, *self.aside))
        done = tuple(one.ids for one in self.done)
        return Waits(parts, done, self.ready, self.resting, self.asleep)


def keys(event: Any) -> Iterable[str]:
    """The tasks that a fact is about."""
    if type(event) in OF_A_TASK:
        return (event.task_id,)
    needs = CONCERNED.get(type(event), ())
    return tuple(TaskId.of(need.kind, thing) for need in needs if (thing := need.thing(event)))


def tasks(row: TaskRow | None, fact: Recorded[Any], key: str) -> TaskRow | None:
    """The task after one more fact; no row, if there is nothing to remember of it."""
    event, task_id = fact.event, TaskId(key)
    need = NEEDS[Kind(task_id.kind)]
    row = row or _new(fact, need, task_id.about)
    known = row.known
    found = after(need, known, event)
    stays = found == known and type(event) not in OF_A_TASK and not opened(need, event)
    row = row.after(fact, **({} if stays else _changes(row, fact, need, found)))
    return row if _is_kept(row, need) else None


def _new(fact: Recorded[Any], need: Need, about: str) -> TaskRow:
    return TaskRow(
        position=fact.envelope.position,
        need=need.kind,
        about=about,
        owner=need.owner,
        says=need.says,
        commands=need.commands,
        asleep=need.begins_asleep,
    )


def _changes(row: TaskRow, fact: Recorded[Any], need: Need, found: Waits) -> dict[str, Any]:
    """What a fact changes: what waits, and whose it is by then."""
    event, parts = fact.event, _parts(row, fact, need, found)
    waits, done = parts["waits"], parts["done"]
    taken_by = _taken_by(row, event) if waits else None
    return {
        **parts,
        "cohort_id": _cohort(row, event) if need.of_a_cohort else None,
        "state": _state(waits, done, taken_by),
        "day": min((one.day for one in waits), default=None),
        "since": min((one.since for one in waits), default=None),
        "taken_by": taken_by,
        "how": _how(row, event) if done else None,
        "asleep": found.asleep,
        "ready": tuple(map(dict, found.ready)),
        "resting": tuple(map(dict, found.resting)),
    }


def _parts(
    row: TaskRow, fact: Recorded[Any], need: Need, found: Waits
) -> dict[str, tuple[Wait, ...]]:
    """The parts that wait, may wait again, and were done, each with the moment since when."""
    new = {_name(part): _wait(part, fact, need) for part in opened(need, fact.event)}
    every = {_name(one.ids): one for one in (*row.waits, *row.aside, *row.done)} | new
    now = waiting(need, found)
    aside = (part for part in found.parts if part not in now)
    shares = {"waits": now, "aside": aside, "done": found.done}
    return {name: tuple(every[_name(one)] for one in some) for name, some in shares.items()}


def _name(part: Ids) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(part.items()))


def _wait(part: Ids, fact: Recorded[Any], need: Need) -> Wait:
    by = getattr(fact.event, need.by, None) if need.by else None
    day = by or local_day(fact.envelope.recorded) + timedelta(days=need.within)
    return Wait(ids=dict(part), since=fact.envelope.time, day=day)


def _taken_by(row: TaskRow, event: Event) -> PersonId | None:
    return event.person_id if isinstance(event, TaskTaken | TaskHandedOn) else row.taken_by


def _cohort(row: TaskRow, event: Event) -> CohortId | None:
    return vars(event).get("cohort_id") or row.cohort_id


def _how(row: TaskRow, event: Event) -> Closed[Code] | None:
    return event.how if isinstance(event, TaskDone) else row.how


def _state(waits: tuple[Wait, ...], done: tuple[Wait, ...], taken_by: PersonId | None) -> TaskState:
    if waits:
        return TaskState.TAKEN if taken_by else TaskState.OPEN
    return TaskState.DONE if done else TaskState.QUIET


def _is_kept(row: TaskRow, need: Need) -> bool:
    remembers = row.waits or row.aside or row.done or row.ready or row.resting
    return bool(remembers) or row.asleep is not need.begins_asleep


TASKS: Final = Projection(
    name="tasks",
    version=4,
    question="What waits for whom, and until when?",
    row=TaskRow,
    keys=keys,
    fold=tasks,
    unseen=lambda row: row["state"] == TaskState.QUIET,
)
