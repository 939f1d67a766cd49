"""Reads spreadsheets of OpenDocument, ODS, as LibreOffice and many offices of the state save them.

By hand, over the parser that Python has: what libraries there are build the whole sheet in memory
before anybody counts its rows (odfpy), or leave out that a cell holds an error (python-calamine).
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Final
from xml.parsers import expat
from zipfile import ZipFile

from services.importing.bounds import LAST_ROW, LONGEST_ANSWER, MOST_COLUMNS, Rows
from services.importing.cells import Cell, NotATable, ReadAs, cell_of
from services.importing.packages import DAMAGED, PROTECTED, must_be_sound
from services.importing.workbooks import only_the_first

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
CELLS: Final = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})
ASIDE: Final = frozenset({f"{OFFICE}annotation", f"{TEXT}note", f"{TEXT}tracked-changes"})
"""Within which stands what is no answer."""
NUMBERS: Final = frozenset({"float", "percentage", "currency"})


def read_opendocument(content: bytes, rows: Rows) -> ReadAs:
    """Hand every row of the first sheet to `rows`. NotATable if it has none.

    A formula counts as the value it had; nothing is evaluated.
    """
    must_be_sound(content)
    try:
        with ZipFile(BytesIO(content)) as archive:
            _must_be_open(archive)
            reading = _TheSheet(rows)
            with archive.open(CONTENT) as file:
                reading.parser.ParseFile(file)
    except (NotATable, MemoryError):
        raise
    except Exception as error:
        raise NotATable(DAMAGED) from error
    if not reading.sheets:
        raise NotATable("The workbook has no sheet with cells. Please export it again.")
    return only_the_first(reading.sheets)


def _must_be_open(archive: ZipFile) -> None:
    if MANIFEST in archive.namelist() and b"encryption-data" in archive.read(MANIFEST):
        raise NotATable(PROTECTED)


class _TheSheet:
    """The first sheet, as it comes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.sheets = 0
        self._aside = self._tables = 0
        self._row: list[Cell] = []
        self._row_times = self._cell_times = 1
        self._cell: Mapping[str, str] | None = None
        self._said: list[str] = []
        self._length = self._empty = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begun
        self.parser.EndElementHandler = self._ended
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def _entity(self, *_: object) -> None:
        raise NotATable(DAMAGED)  # no program that saves a sheet declares any

    def _begun(self, name: str, its: Mapping[str, str]) -> None:
        if name == f"{TABLE}table":
            self._tables += 1
            self.sheets += self._tables == 1
        elif name in ASIDE:
            self._aside += 1
        if self.sheets != 1 or self._aside or self._tables != 1:
            return
        if name == f"{TABLE}table-row":
            self._row, self._row_times = [], _times(its, "number-rows-repeated")
        elif name in CELLS:
            self._cell, self._said, self._length = its, [], 0
            self._cell_times = _times(its, "number-columns-repeated")
        elif self._cell is not None:
            self._within(name, its)

    def _within(self, name: str, its: Mapping[str, str]) -> None:
        match name.removeprefix(TEXT):
            case "p" if self._said:
                self._text("\n")
            case "s":
                self._text(" " * min(int(its.get(f"{TEXT}c", "1")), LONGEST_ANSWER + 1))
            case "tab":
                self._text("\t")
            case "line-break":
                self._text("\n")

    def _text(self, text: str) -> None:
        if self._cell is None or self._aside:
            return
        self._said.append(text)
        self._length += len(text)
        if self._length > LONGEST_ANSWER:  # what is longer is refused as soon as it is a row
            raise NotATable(
                f"An answer at row {self._rows.last + self._empty + 1:,} has more than"
                f" {LONGEST_ANSWER:,} characters. Please shorten it."
            )

    def _ended(self, name: str) -> None:
        if name == f"{TABLE}table":
            self._tables -= 1
        elif name in ASIDE:
            self._aside -= 1
        elif self._aside or self.sheets != 1 or self._tables != 1:
            return
        elif name in CELLS and self._cell is not None:
            self._end_cell(_value(self._cell, "".join(self._said)))
            self._cell = None
        elif name == f"{TABLE}table-row":
            self._end_row()

    def _end_cell(self, cell: Cell) -> None:
        """The cell as often as it is there; empty ones at the end of a row have no end. One that is
        too far right stands as the first that is one too many, so that it is not lost.
        """
        left = MOST_COLUMNS + 1 - len(self._row)
        self._row += [cell] * min(self._cell_times, left)
        if not left and cell:
            self._row[-1] = cell

    def _end_row(self) -> None:
        """The row as often as it is there. Empty ones count once something comes after them."""
        if not any(not isinstance(one, str) or one.strip() for one in self._row):
            self._empty += self._row_times
            return
        for _ in range(min(self._empty, LAST_ROW + 1)):
            self._rows.take(())
        self._empty = 0
        for _ in range(self._row_times):
            self._rows.take(self._row)


def _times(its: Mapping[str, str], how: str) -> int:
    return max(1, min(int(its.get(f"{TABLE}{how}", "1")), LAST_ROW + 1))


def _value(its: Mapping[str, str], text: str) -> Cell:
    """What a cell holds; the text is how it is shown, also of an error."""
    kind = its.get(f"{OFFICE}value-type", "")
    if kind in NUMBERS:
        return cell_of(float(its[f"{OFFICE}value"]))
    if kind == "date":
        return cell_of(datetime.fromisoformat(its[f"{OFFICE}date-value"]))
    if kind == "boolean":
        return its[f"{OFFICE}boolean-value"].capitalize()
    return text or its.get(f"{OFFICE}string-value", "")
