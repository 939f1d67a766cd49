"""How much a file may hold, whatever kind it is of; beyond, it is refused while it is read."""

from collections.abc import Sequence
from typing import Final

from services.importing.cells import Cell, NotATable, SheetRow

LARGEST: Final = 16 * 2**20  # bytes of a file
MOST_ROWS: Final = 10_000  # that say something
LAST_ROW: Final = 1_048_576  # of a sheet, as every spreadsheet has it
MOST_COLUMNS: Final = 256
LONGEST_ANSWER: Final = 100_000  # characters
MOST_CHARACTERS: Final = 10_000_000  # of all answers
SPLIT_IT: Final = "Please split the file."


class Rows:
    """The rows of a table as they come: those that say something are kept, the others counted.

    Raises NotATable at the first row that is one too many, too wide or too long.
    """

    def __init__(self) -> None:
        self.kept: list[SheetRow] = []
        self.last = 0
        self._characters = 0

    def take(self, cells: Sequence[Cell]) -> None:
        """The next row."""
        self.last += 1
        if self.last > LAST_ROW:
            raise NotATable(
                f"There is a row beyond the last one that a sheet can have, {LAST_ROW:,}."
                " Please copy the answers to a new sheet."
            )
        if said := _without_empty_end(cells):
            self._must_fit(said)
            self.kept.append(SheetRow(self.last, tuple(said)))

    def _must_fit(self, said: Sequence[Cell]) -> None:
        place = f"at row {self.last:,}"
        if len(self.kept) == MOST_ROWS + 1:  # one is the header
            raise NotATable(f"There are more than {MOST_ROWS:,} rows, {place}. {SPLIT_IT}")
        if len(said) > MOST_COLUMNS:
            raise NotATable(
                f"There are more than {MOST_COLUMNS} cells {place}."
                " Please leave out what is no answer."
            )
        lengths = [len(cell) for cell in said if isinstance(cell, str)]
        if max(lengths, default=0) > LONGEST_ANSWER:
            raise NotATable(
                f"An answer {place} has more than {LONGEST_ANSWER:,} characters. Please shorten it."
            )
        self._characters += sum(lengths)
        if self._characters > MOST_CHARACTERS:
            raise NotATable(
                f"The answers have more than {MOST_CHARACTERS:,} characters in all, {place}."
                f" {SPLIT_IT}"
            )


def _without_empty_end(cells: Sequence[Cell]) -> Sequence[Cell]:
    end = len(cells)
    while end and not _says_something(cells[end - 1]):
        end -= 1
    return cells[:end]


def _says_something(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())
