"""Reads CSV files as offices produce them: three delimiters, and encodings of several decades."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final
from unicodedata import category

from services.importing.cells import NotATable
from services.importing.words import SECOND_SET

DELIMITERS: Final = (",", ";", "\t")
LARGEST_ANSWER: Final = 1_000_000
NOT_UTF8: Final = (
    "The file is not in UTF-8, so it was read as Windows-1252, as older versions of Excel save. "
    "Please check a few names."
)
NEITHER: Final = "This is neither a CSV file nor an XLSX workbook. Please export the answers again."


def read_delimited(content: bytes) -> tuple[list[Sequence[str]], list[str]]:
    """Every row from the first on, empty ones included, and notes; NotATable if there are none."""
    text, notes = _text(content)
    if not text.strip():
        return [], notes
    delimiter = max(DELIMITERS, key=lambda one: _width(text, one))
    if _width(text, delimiter) == 1:
        raise NotATable(NEITHER)
    return list(_records(text, delimiter)), notes


def _text(content: bytes) -> tuple[str, list[str]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text", as Excel calls it
        return _decoded(content, "utf-16"), []
    try:
        return _plain(content.decode("utf-8-sig")), []
    except UnicodeDecodeError:
        return _decoded(content, "cp1252"), [NOT_UTF8]


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return _plain(content.decode(encoding))
    except UnicodeDecodeError:
        raise NotATable(NEITHER) from None


def _plain(text: str) -> str:
    """The text, if it is one: pictures and programs have control characters everywhere.

    Those of the second set are signs of Windows-1252 that some program took for them.
    """
    if any(category(char) == "Cc" for char in set(text) - SECOND_SET - set("\t\n\v\f\r")):
        raise NotATable(NEITHER)
    return text


def _width(text: str, delimiter: str) -> int:
    """How many cells the first row that says something has with this delimiter."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return len(next((row for row in rows if any(row)), ()))
    except csv.Error:
        return 0


def _records(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    # Strict: an unclosed quotation mark would swallow all the people after it.
    csv.field_size_limit(LARGEST_ANSWER)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    done = 0
    try:
        for row in rows:
            yield row
            done += 1
    except csv.Error:
        raise NotATable(
            f"The quotation marks after row {done} don't match. Please export the answers again."
        ) from None
