"""What a table is made of, and the one way to say that a file holds none."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

Cell = str | datetime
"""Text as it stands in the file, or the wall-clock time (naive) of a real date cell."""


@dataclass(frozen=True)
class SheetRow:
    """A row that says something; `number` is what a spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ReadAs:
    """How a file had to be read: `notes` are sentences for whoever imports, `doubts` those that ask
    whether it was read rightly.
    """

    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class NotATable(Exception):
    """The file can't be imported at all; the text says why and what to do, in one sentence or two.

    It never repeats what is in the file, except column titles.
    """


HALF_A_SECOND: Final = timedelta(microseconds=500_000)


def cell_of(value: object) -> Cell:
    """What a library found in a cell: text, or a moment to the second, since dates are stored as
    fractions of a day, which drift.
    """
    if isinstance(value, datetime):
        return to_the_second(value)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def to_the_second(value: datetime) -> datetime:
    """The nearest whole second: days are kept as fractions, which drift."""
    least = datetime.max.replace(tzinfo=value.tzinfo) - HALF_A_SECOND
    return (min(value, least) + HALF_A_SECOND).replace(microsecond=0)
