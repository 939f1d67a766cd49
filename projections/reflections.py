"""What participants wrote about a workshop, for themselves and for whom they share it with."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from events.catalogue import Recorded
from events.ids import CohortId, PersonId, ReflectionId, WorkshopId
from events.personal import Closed, Words
from events.reflections import ReflectionShared, ReflectionSubmitted, ReflectionWithdrawn
from projections.projection import Projection, Row


class ReflectionState(StrEnum):
    """Who may read a reflection: whoever wrote it, their partner too, or nobody any more."""

    WRITTEN = "written"
    SHARED = "shared"
    WITHDRAWN = "withdrawn"


OF_CONCERN: Final = frozenset({ReflectionSubmitted, ReflectionShared, ReflectionWithdrawn})


class ReflectionRow(Row):
    """One reflection, and since when it stands so. Of one that was taken back no word is left."""

    reflection_id: ReflectionId
    workshop_id: WorkshopId
    cohort_id: CohortId
    person_id: PersonId
    state: ReflectionState = ReflectionState.WRITTEN
    since: datetime
    words: Closed[Words] | None


def keys(event: Any) -> Iterable[str]:
    """The reflection that a fact is about."""
    return (event.reflection_id,) if type(event) in OF_CONCERN else ()


def reflections(row: ReflectionRow | None, fact: Recorded[Any], key: str) -> ReflectionRow | None:
    """The reflection after one more fact."""
    event, at = fact.event, fact.envelope.time
    if isinstance(event, ReflectionSubmitted):
        return ReflectionRow(position=fact.envelope.position, since=at, **event.model_dump())
    if row is None:
        return None
    if isinstance(event, ReflectionWithdrawn):
        return row.after(fact, state=ReflectionState.WITHDRAWN, since=at, words=None)
    return row.after(fact, state=ReflectionState.SHARED, since=at)


REFLECTIONS: Final = Projection(
    name="reflections",
    version=1,
    question="What did I write about a workshop, and what does my partner let me read?",
    row=ReflectionRow,
    keys=keys,
    fold=reflections,
    found_by=("person_id", "cohort_id"),
)
