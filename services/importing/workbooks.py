"""Reads XLSX workbooks: values only, as they were when the workbook was saved."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any
from warnings import catch_warnings, simplefilter
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl import load_workbook  # type: ignore[import-untyped]  # openpyxl ships no types
from openpyxl.utils.cell import coordinate_to_tuple  # type: ignore[import-untyped]

from services.importing.bounds import Rows
from services.importing.cells import Cell, NotATable, ReadAs, cell_of
from services.importing.packages import DAMAGED, must_be_sound


def read_workbook(content: bytes, rows: Rows) -> ReadAs:
    """Hand every row of the first sheet that is shown to `rows`. NotATable if it has none.

    A formula counts as the value it had; nothing is evaluated. MemoryError if there is too much of
    what nobody looks at, as styles.
    """
    must_be_sound(content)
    try:
        with catch_warnings():
            simplefilter("ignore")  # openpyxl tells of decoration that it leaves out
            book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            return _first_sheet(book, content, rows)
    except (NotATable, MemoryError):
        raise
    except Exception as error:
        raise NotATable(DAMAGED) from error


def only_the_first(sheets: int) -> ReadAs:
    """What to say of a workbook of so many sheets."""
    return ReadAs((f"Only the first of {sheets} sheets was read.",) if sheets > 1 else ())


def _first_sheet(book: Any, content: bytes, rows: Rows) -> ReadAs:
    try:
        first, *others = book.worksheets or (None,)
        if first is None:
            raise NotATable("The workbook has no sheet with cells. Please export it again.")
        _must_be_in_order(content, first._worksheet_path)  # noqa: SLF001 - openpyxl does not tell
        for cells in _rows(first):
            rows.take(cells)
        return only_the_first(len(others) + 1)
    finally:
        book.close()


def _must_be_in_order(content: bytes, part: str) -> None:
    """NotATable if a row stands above one with a smaller number, or a cell before one further left:
    openpyxl would leave it out, and with it somebody's answers.
    """
    at = (0, 0)

    def begun(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal at
        row, column = at
        said, kind = attributes.get("r"), name.rpartition(":")[2]
        if kind == "row":
            at = int(float(said)) if said else row + 1, 0
        elif kind == "c":
            at = coordinate_to_tuple(said) if said else (row, column + 1)
        if kind in ("row", "c") and (at <= (row, column) or (kind == "c" and at[0] != row)):
            raise NotATable(DAMAGED)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begun
    with ZipFile(BytesIO(content)) as archive, archive.open(part) as file:
        parser.ParseFile(file)


def _rows(sheet: Any) -> Iterator[Sequence[Cell]]:
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong
    for values in sheet.iter_rows(values_only=True):
        yield [cell_of(value) for value in values]
