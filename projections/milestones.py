"""How the steps of a project stand, for the shelf on which it is shown."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from events.catalogue import Recorded
from events.event import Event
from events.ids import MilestoneId, PersonId
from events.personal import Closed, Line, Words
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
)
from projections.projection import Explained, part_of, why, with_part


class MilestoneState(StrEnum):
    """Where a milestone stands; it is `due` once its pair was reminded of the day."""

    PLANNED = "planned"
    DUE = "due"
    OVERDUE = "overdue"
    REPORTED = "reported"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    MISSED = "missed"
    DROPPED = "dropped"


LEADS_TO: Final[Mapping[type[Event], MilestoneState]] = MappingProxyType(
    {
        MilestonePlanned: MilestoneState.PLANNED,
        MilestoneFellDue: MilestoneState.DUE,
        MilestoneOverdue: MilestoneState.OVERDUE,
        MilestoneReported: MilestoneState.REPORTED,
        MilestoneReturned: MilestoneState.RETURNED,
        MilestoneConfirmed: MilestoneState.CONFIRMED,
        MilestoneRescheduled: MilestoneState.PLANNED,
        MilestoneMissed: MilestoneState.MISSED,
        MilestoneDropped: MilestoneState.DROPPED,
        MilestoneUnconfirmed: MilestoneState.REPORTED,
    }
)
MOVES_A_MILESTONE: Final = frozenset({*LEADS_TO, MilestoneRenamed})


class ShelfMilestone(Explained):
    """One step. `old_days` are those it was put off from, the first one first; `words` are the
    last report's.
    """

    milestone_id: MilestoneId
    title: Closed[Line]
    due_on: date
    old_days: tuple[date, ...] = ()
    state: MilestoneState = MilestoneState.PLANNED
    reported_by: PersonId | None = None
    confirmed_by: PersonId | None = None
    returned_by: PersonId | None = None
    words: Closed[Words] | None = None


def milestones_after(
    before: tuple[ShelfMilestone, ...], fact: Recorded[Any]
) -> tuple[ShelfMilestone, ...]:
    """A project's milestones after one more fact, in the order of their days."""
    event = fact.event
    milestone = part_of(before, "milestone_id", event.milestone_id)
    if isinstance(event, MilestonePlanned):
        milestone = ShelfMilestone(
            milestone_id=event.milestone_id, title=event.title, due_on=event.due_on
        )
    if milestone is None:
        return before
    state = LEADS_TO.get(type(event), milestone.state)
    moved = milestone.but(state=state, **why(event, _changes(milestone, event)))
    return tuple(sorted(with_part(before, moved, "milestone_id"), key=lambda one: one.due_on))


def _changes(milestone: ShelfMilestone, event: Event) -> dict[str, Any]:
    match event:
        case MilestoneReported(person_id=person_id, words=words):
            return {"reported_by": person_id, "words": words, "because": None}
        case MilestoneConfirmed(person_id=person_id):
            return {"confirmed_by": person_id}
        case MilestoneReturned(person_id=person_id, reason=reason):
            return {"returned_by": person_id, "because": reason}
        case MilestoneRescheduled(old_due_on=old, due_on=due_on, reason=reason):
            put_off = (*milestone.old_days, old)
            return {"due_on": due_on, "old_days": put_off, "because": reason}
        case _:
            return _put_right(event)


def _put_right(event: Event) -> dict[str, Any]:
    match event:
        case MilestoneRenamed(title=title):
            return {"title": title}
        case MilestoneMissed(reason=reason) | MilestoneDropped(reason=reason):
            return {"because": reason}
        case MilestoneUnconfirmed(reason=reason):
            return {"confirmed_by": None, "because": reason}
        case _:
            return {}
