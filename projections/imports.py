"""What each import brought in, for those who see to it that what was imported is right."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, ImportId
from events.imports import FileRead, ImportBegun, ImportEnded, ImportTakenBack, RowEnds
from events.people import PersonRegistered
from events.personal import Closed
from events.terms import Code
from projections.projection import Projection, Row

COUNTED: Final[Mapping[type[Event], str]] = MappingProxyType(
    {PersonRegistered: "registered", ApplicationStarted: "came", ApplicationWithdrawn: "went"}
)
OF_CONCERN: Final = frozenset({ImportBegun, ImportEnded, ImportTakenBack, *COUNTED})


class ImportState(StrEnum):
    """How far an import has come."""

    BEGUN = "begun"
    WHOLE = "whole"
    TAKEN_BACK = "taken-back"


class ImportRow(Row):
    """One import: of which file, who began it and when, how its rows ended, how many people were
    registered with it, how many applications came with it, and how many of them went again with it.
    """

    import_id: ImportId
    cohort_id: CohortId
    state: ImportState
    begun_at: datetime
    begun_by: str
    file: Closed[FileRead]
    ends: Closed[RowEnds] | None = None
    registered: int = 0
    came: int = 0
    went: int = 0
    taken_back_at: datetime | None = None
    taken_back_by: str | None = None
    because: Closed[Code] | None = None


def keys(event: Any) -> Iterable[str]:
    """The import that a fact is about, or with which somebody or an application came, or went."""
    if type(event) in OF_CONCERN and event.import_id is not None:
        return (event.import_id,)
    return ()


def imports(row: ImportRow | None, fact: Recorded[Any], key: str) -> ImportRow | None:
    """The import after one more fact."""
    by = fact.envelope.origin
    match fact.event:
        case ImportBegun() as event:
            return ImportRow(
                position=fact.envelope.position,
                import_id=event.import_id,
                cohort_id=event.cohort_id,
                state=ImportState.BEGUN,
                begun_at=fact.envelope.time,
                begun_by=by.actor,
                file=event.file,
            )
        case ImportEnded(ends=ends) if row:
            state = row.state if row.state is ImportState.TAKEN_BACK else ImportState.WHOLE
            return row.after(fact, state=state, ends=ends)
        case ImportTakenBack(reason=reason) if row:
            when = {"taken_back_at": fact.envelope.time, "taken_back_by": by.actor}
            return row.after(fact, state=ImportState.TAKEN_BACK, because=reason, **when)
        case event if row and (name := COUNTED.get(type(event))):
            return row.after(fact, **{name: getattr(row, name) + 1})
        case _:
            return row


IMPORTS: Final = Projection(
    name="imports",
    version=3,
    question="What did each import bring in?",
    row=ImportRow,
    keys=keys,
    fold=imports,
    found_by=("cohort_id",),
)
