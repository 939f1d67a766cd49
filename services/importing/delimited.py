"""Reads CSV files as offices produce them: several delimiters, and encodings of several decades."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Final
from unicodedata import category

from services.importing.bounds import LAST_ROW, Rows
from services.importing.cells import NotATable, ReadAs
from services.importing.encodings import NEITHER, text_of
from services.importing.words import SECOND_SET

DELIMITERS: Final = (",", ";", "\t", "|")
SEPARATOR: Final = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
LONGEST_ROW: Final = 1_000_000  # characters


def read_delimited(content: bytes, rows: Rows) -> ReadAs:
    """Hand every row, from the first on, to `rows`. NotATable if it has none."""
    text, doubts = text_of(content)
    if any(category(char) == "Cc" for char in set(text) - SECOND_SET - set("\t\n\v\f\r")):
        raise NotATable(NEITHER)  # pictures and programs have control characters everywhere
    if not text.strip():
        return ReadAs()
    if separator := SEPARATOR.match(text):  # as Excel has it, in the first line
        text = text[separator.end() :]
    delimiter = separator[1] if separator else max(DELIMITERS, key=lambda one: _width(text, one))
    if _width(text, delimiter) == 1:
        raise NotATable(NEITHER)
    if separator:
        rows.take(())
    for row in _records(text, delimiter):
        rows.take(row)
    return ReadAs(doubts=doubts)


class _Lines(Iterator[str]):
    """The lines of a text, of which no row takes more than it may be long.

    A quotation mark that is not closed has the reader ask for line after line.
    """

    def __init__(self, text: str) -> None:
        self._text = StringIO(text, newline="")
        self._since = self._row = 0

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_ROW + 1)
        self._since += len(line)
        if self._since > LONGEST_ROW:
            raise NotATable(
                f"Row {self._row + 1} has more than {LONGEST_ROW:,} characters. Please check its"
                " quotation marks."
            )
        if not line:
            raise StopIteration
        return line

    def end_row(self) -> None:
        """A row is whole: what follows belongs to the next."""
        self._since, self._row = 0, self._row + 1


def _width(text: str, delimiter: str) -> int:
    """How many cells the first row that says something has with this delimiter."""
    try:
        rows = islice(_rows(text, delimiter, strict=False), LAST_ROW)
        return len(next((row for row in rows if any(row)), ()))
    except (csv.Error, NotATable):
        return 0


def _rows(text: str, delimiter: str, *, strict: bool) -> Iterator[Sequence[str]]:
    csv.field_size_limit(LONGEST_ROW)
    lines = _Lines(text)
    for row in csv.reader(lines, delimiter=delimiter, strict=strict):
        lines.end_row()
        yield row


def _records(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    # Strict: an unclosed quotation mark would swallow all the people after it.
    done = 0
    try:
        for row in _rows(text, delimiter, strict=True):
            yield row
            done += 1
    except csv.Error:
        raise NotATable(
            f"The quotation marks after row {done} don't match. Please export the answers again."
        ) from None
