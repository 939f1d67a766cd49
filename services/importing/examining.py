"""Checks every row of a file before any is sent, so that a bad file changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Final

from events.calendar import LONDON
from events.terms import Relationship
from services.importing.apart import Apart, kept_apart
from services.importing.cells import Cell, SheetRow
from services.importing.columns import Columns, columns, named
from services.importing.dates import Style, style_of
from services.importing.report import RowResult
from services.importing.sharing import noting_shared
from services.importing.submission import Submission, submission
from services.importing.tables import Sheet, read_table
from services.importing.totals import DOUBT, TOTALS, of_nobody

TOO_WIDE: Final = "The row has more cells than the header. Please check its quotation marks."
NAMES_NOBODY: Final = (
    "They ask not to be paired with somebody, and no other row that can be sent has that name. "
    "A coordinator should read it and forbid the pair."
)


@dataclass(frozen=True)
class Examined:
    """What a file holds: rows that can be sent, lines on those that can't, whom to keep apart.

    `empty` counts rows without content; `notes` are sentences on the file as a whole; `doubts`,
    those of them and of single rows without a yes to which nothing is sent. `digest` is the file's
    SHA-256, in hexadecimal.
    """

    ready: tuple[Submission, ...]
    unfit: tuple[RowResult, ...]
    apart: tuple[Apart, ...]
    empty: int
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    digest: str = ""

    @property
    def rows(self) -> int:
        """How many say something."""
        return len(self.ready) + len(self.unfit)

    @property
    def all_doubts(self) -> tuple[str, ...]:
        """Those on the file, and those on single rows under their numbers."""
        of_rows = (f"Row {one.row}: {it}" for one in self.ready for it in one.doubts)
        return (*self.doubts, *of_rows)


def examine(path: Path) -> Examined:
    """The rows of a CSV file or a workbook, all checked; NotATable if there are none to check.

    Nothing is sent, and no engine is needed.
    """
    table = read_table(path)
    places = columns(table.header, table.rows)
    answers = [places.answers(row.cells) for row in table.rows]
    style = style_of((one["timestamp"] for one in answers), zone=UTC if places.in_utc else LONDON)
    lines = [
        _checked(row, table.header, places, style, mine)
        for row, mine in zip(table.rows, answers, strict=True)
    ]
    ready, unfit = _parted(lines)
    apart = kept_apart(ready)
    return Examined(
        ready=tuple(_noting_unfound(tuple(noting_shared(ready)), apart)),
        unfit=tuple(unfit),
        apart=apart,
        empty=table.empty,
        notes=tuple(_notes(table, places)),
        doubts=tuple(_doubts(table, style, unfit)),
        digest=table.digest,
    )


def _checked(
    row: SheetRow, header: Sequence[str], places: Columns, style: Style, answers: dict[str, Cell]
) -> Submission | RowResult:
    if any(str(cell).strip() for cell in row.cells[places.width :]):
        return RowResult(row=row.number, outcome="invalid", sentence=TOO_WIDE)
    if nobodys := of_nobody(row, header, answers):
        return nobodys
    at = style.moment(answers["timestamp"])
    return submission(row.number, {**answers, "timestamp": at or answers["timestamp"]})


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


def _doubts(table: Sheet, style: Style, unfit: Iterable[RowResult]) -> Iterator[str]:
    yield from table.doubts
    if style.doubt:
        yield style.doubt
    yield from (DOUBT.format(row=one.row) for one in unfit if one.sentence == TOTALS)
