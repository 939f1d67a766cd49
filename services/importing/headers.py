"""Finds the titles of a table: below what somebody wrote above it, and in two lines if need be."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.importing.cells import SheetRow
from services.importing.columns import ENOUGH
from services.importing.questions import asked_by
from services.importing.words import key

FURTHEST: Final = 20  # rows that say something, among which the titles are
BELOW: Final = frozenset({"response", "openendedresponse"})
"""What SurveyMonkey writes in a second line, below the titles of questions with one answer."""
OF_A_PROGRAM: Final = '{"ImportId"'
"""Begins each cell of a line that Qualtrics writes below its titles."""


class Headed(NamedTuple):
    """The titles, with the options of a second line in square brackets; the rows below them; how
    many rows above and below the titles are neither; and what to say of it.
    """

    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    above: int
    beside: int
    notes: tuple[str, ...]


def headed(rows: Sequence[SheetRow]) -> Headed:
    """The titles are the row with most that we know; if there is none, the first one."""
    known = [_known(row) for row in rows[:FURTHEST]]
    at = known.index(max(known)) if max(known) >= ENOUGH else 0
    header, below = tuple(str(cell) for cell in rows[at].cells), list(rows[at + 1 :])
    beside = 0
    if below and _is_second_line(below[0]):
        header, beside = tuple(_with_options(header, below.pop(0))), 1
    if below and _is_of_a_program(below[0]):
        below, beside = below[1:], beside + 1
    notes = (f"What stands above the titles, in row {rows[at].number}, was not read.",) * bool(at)
    return Headed(header, tuple(below), at, beside, notes)


def repeats(header: Sequence[str], row: SheetRow) -> bool:
    """Whether a row says the titles once more, as where two files were put together."""
    said = [key(str(cell)) for cell in row.cells]
    titles = [key(title) for title in header]
    return sum(map(bool, said)) >= ENOUGH and said == titles[: len(said)]


def _known(row: SheetRow) -> int:
    return len({asked[0] for cell in row.cells if (asked := asked_by(str(cell)[:1000]))})


def _is_second_line(row: SheetRow) -> bool:
    return any(key(str(cell)[:100]) in BELOW for cell in row.cells)


def _is_of_a_program(row: SheetRow) -> bool:
    said = [str(cell) for cell in row.cells if str(cell).strip()]
    return bool(said) and all(cell.startswith(OF_A_PROGRAM) for cell in said)


def _with_options(header: Sequence[str], second: SheetRow) -> Iterator[str]:
    """Columns without a title belong to the one before, and each is for an option."""
    options = [str(cell).strip() for cell in second.cells]
    last = ""
    for at in range(max(len(header), len(options))):
        title = header[at].strip() if at < len(header) else ""
        option = options[at] if at < len(options) else ""
        last = title or last
        several = at + 1 < len(header) and not header[at + 1].strip()
        is_option = key(option) not in BELOW and (not title or several)
        yield f"{last} [{option}]" if option and is_option else title
