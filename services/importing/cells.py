"""What a table is made of, and the one way to say that a file holds none."""

from dataclasses import dataclass
from datetime import datetime

Cell = str | datetime
"""Text as it stands in the file, or the wall-clock time (naive) of a real date cell."""


@dataclass(frozen=True)
class SheetRow:
    """A row that says something; `number` is what a spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]


class NotATable(Exception):
    """The file can't be imported at all; the text says why and what to do, in one sentence or two.

    It never repeats what is in the file, except column titles.
    """
