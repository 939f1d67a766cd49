"""Reads XLSX workbooks: values only, as they were when the workbook was saved."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, Final
from warnings import catch_warnings, simplefilter
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook  # type: ignore[import-untyped]  # openpyxl ships no types

from services.importing.cells import Cell, NotATable

LARGEST_UNPACKED: Final = 512 * 1024 * 1024
DAMAGED: Final = "The workbook is damaged or not one of Excel's. Please save it again as XLSX."


def read_workbook(content: bytes) -> tuple[list[Sequence[Cell]], list[str]]:
    """Every row of the first sheet, empty ones included, and notes; NotATable if it has none.

    A formula counts as the value it had; nothing is evaluated.
    """
    _refuse_bombs(content)
    try:
        with catch_warnings():
            simplefilter("ignore")  # openpyxl tells of decoration that it leaves out
            return _first_sheet(load_workbook(BytesIO(content), read_only=True, data_only=True))
    except NotATable:
        raise
    except Exception as error:
        raise NotATable(DAMAGED) from error


def _refuse_bombs(content: bytes) -> None:
    try:
        with ZipFile(BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except BadZipFile as error:
        raise NotATable(DAMAGED) from error
    if unpacked > LARGEST_UNPACKED:
        raise NotATable("The workbook is too large when unpacked. Please split it.")


def _first_sheet(book: Any) -> tuple[list[Sequence[Cell]], list[str]]:
    try:
        first, *others = book.worksheets or (None,)
        if first is None:
            raise NotATable("The workbook has no sheet with cells. Please export it again.")
        notes = [f"Only the first of {len(others) + 1} sheets was read."] if others else []
        return list(_rows(first)), notes
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[Sequence[Cell]]:
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong
    for values in sheet.iter_rows(values_only=True):
        yield [_cell(value) for value in values]


def _cell(value: object) -> Cell:
    """Text, or a moment to the second: dates are stored as fractions of a day, which drift."""
    if isinstance(value, datetime):
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
