"""Tells rows that are nobody's: totals that somebody reckoned, and titles that are repeated."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.importing.cells import Cell, SheetRow
from services.importing.headers import repeats
from services.importing.report import RowResult
from services.importing.words import line

RECKONED: Final = re.compile(
    r"(grand |sub-?)?(totals?|sum|count|average|mean|median|number)( of .*| responses| rows)?"
    r"(:? ?[\d.,]+)?|\d+ (responses|rows|applications|people)",
    re.IGNORECASE,
)
LONGEST: Final = 60  # characters of what names a total
WITHOUT_WHICH: Final = ("email", "telephone", "consent", "side")
"""Whoever is a person has answered one of these."""
TOTALS: Final = "It looks like a row of totals, and is nobody's; nothing of it is sent."
REPEATED_TITLES: Final = "It repeats the titles of the columns, and is nobody's."
DOUBT: Final = "Row {row} looks like totals. It will be left out; if it is somebody's, say no."


def of_nobody(
    row: SheetRow, header: Sequence[str], answers: Mapping[str, Cell]
) -> RowResult | None:
    """The line of a row that is nobody's; None if it may be somebody's."""
    if repeats(header, row):
        return RowResult(row=row.number, outcome="refused", sentence=REPEATED_TITLES)
    said = [line(text) for cell in row.cells if (text := str(cell)[: LONGEST + 1])]
    first = next(filter(None, said), "")
    answered = any(not _is_number(str(answers[field])) for field in WITHOUT_WHICH)
    if RECKONED.fullmatch(first) and not answered:
        return RowResult(row=row.number, outcome="refused", sentence=TOTALS)
    return None


def _is_number(text: str) -> bool:
    return not text.strip() or re.fullmatch(r"\s*[\d.,%]+\s*", text[:LONGEST]) is not None
