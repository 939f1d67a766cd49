"""Reads workbooks of the old kind, XLS, which some form services and many offices still write."""

from collections.abc import Iterator, Sequence
from typing import Any

import xlrd  # type: ignore[import-untyped]  # xlrd ships no types
from xlrd.biffh import error_text_from_code  # type: ignore[import-untyped]  # as above

from services.importing.bounds import Rows
from services.importing.cells import Cell, NotATable, ReadAs, cell_of
from services.importing.packages import DAMAGED, PROTECTED
from services.importing.workbooks import only_the_first


class _Unheard:
    """Where the library's words go: they may be the file's."""

    def write(self, _words: str) -> None:
        """Keep nothing of it."""

    def flush(self) -> None:
        """There is nothing to be flushed."""


def read_old_workbook(content: bytes, rows: Rows) -> ReadAs:
    """Hand every row of the first sheet to `rows`. NotATable if it has none.

    A formula counts as the value it had. MemoryError if there is too much of it.
    """
    try:
        book = xlrd.open_workbook(
            file_contents=content, on_demand=True, ragged_rows=True, logfile=_Unheard()
        )
        first = book.sheet_by_index(0)
        for cells in _rows(book, first):
            rows.take(cells)
        return only_the_first(book.nsheets)
    except (NotATable, MemoryError):
        raise
    except xlrd.XLRDError as error:
        encrypted = "encrypted" in str(error)
        raise NotATable(PROTECTED if encrypted else DAMAGED) from None
    except Exception as error:
        raise NotATable(DAMAGED) from error


def _rows(book: Any, sheet: Any) -> Iterator[Sequence[Cell]]:
    for number in range(sheet.nrows):
        yield [_cell(book, cell) for cell in sheet.row(number)]


def _cell(book: Any, cell: Any) -> Cell:
    """Text or a moment. A date that is none, as of the days of 1900 that there were not, stays the
    number that it was.
    """
    match cell.ctype:
        case xlrd.XL_CELL_DATE:
            try:
                return cell_of(xlrd.xldate_as_datetime(cell.value, book.datemode))
            except (ValueError, OverflowError):
                return cell_of(cell.value)
        case xlrd.XL_CELL_ERROR:
            return str(error_text_from_code.get(cell.value, "#N/A"))
        case xlrd.XL_CELL_BOOLEAN:
            return str(bool(cell.value))
        case _:
            return cell_of(cell.value)
