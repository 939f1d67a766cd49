"""Checks every row of a file before any is sent, so that a bad file changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from events.terms import Relationship
from services.importing.apart import Apart, kept_apart
from services.importing.cells import SheetRow
from services.importing.columns import Columns, columns, named
from services.importing.report import RowResult
from services.importing.sharing import noting_shared
from services.importing.submission import Submission, submission
from services.importing.tables import Sheet, read_table

TOO_WIDE: Final = "The row has more cells than the header. Please check its quotation marks."
NAMES_NOBODY: Final = (
    "They ask not to be paired with somebody, and no other row that can be sent has that name. "
    "A coordinator should read it and forbid the pair."
)


@dataclass(frozen=True)
class Examined:
    """What a file holds: rows that can be sent, lines on those that can't, whom to keep apart.

    `empty` counts rows without content; `notes` are sentences on the file as a whole.
    """

    ready: tuple[Submission, ...]
    unfit: tuple[RowResult, ...]
    apart: tuple[Apart, ...]
    empty: int
    notes: tuple[str, ...]


def examine(path: Path) -> Examined:
    """The rows of a CSV file or XLSX workbook, all checked; NotATable if there are none to check.

    Nothing is sent, and no engine is needed.
    """
    table = read_table(path)
    places = columns(table.header)
    ready, unfit = _parted(_checked(row, places) for row in table.rows)
    apart = kept_apart(ready)
    return Examined(
        ready=tuple(_noting_unfound(tuple(noting_shared(ready)), apart)),
        unfit=tuple(unfit),
        apart=apart,
        empty=table.empty,
        notes=tuple(_notes(table, places)),
    )


def _checked(row: SheetRow, places: Columns) -> Submission | RowResult:
    if any(str(cell).strip() for cell in row.cells[places.width :]):
        return RowResult(row=row.number, outcome="invalid", sentence=TOO_WIDE)
    return submission(row.number, places.answers(row.cells))


def _parted(rows: Iterable[Submission | RowResult]) -> tuple[list[Submission], list[RowResult]]:
    ready: list[Submission] = []
    unfit: list[RowResult] = []
    for one in rows:
        if isinstance(one, Submission):
            ready.append(one)
        else:
            unfit.append(one)
    return ready, unfit


def _noting_unfound(ready: Sequence[Submission], apart: Sequence[Apart]) -> Iterator[Submission]:
    """The same rows; a wish that no declaration follows from must not be lost in a sealed field."""
    found = {pair.one for pair in apart if pair.kind is Relationship.VETO}
    for one in ready:
        unfound = "wishes" in one.application and one.row not in found
        yield replace(one, notes=(*one.notes, NAMES_NOBODY)) if unfound else one


def _notes(table: Sheet, places: Columns) -> Iterator[str]:
    yield from table.notes
    if places.unread:
        yield f"These columns were not read: {named(places.unread)}."
    if not table.rows:
        yield "There is a header and no row below it."
