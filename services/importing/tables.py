"""Reads the table in a file, whatever it is called: what it is shows in its first bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.importing.cells import Cell, NotATable
from services.importing.delimited import read_delimited
from services.importing.workbooks import read_workbook

LARGEST: Final = 64 * 1024 * 1024
ZIP, PDF = b"PK\x03\x04", b"%PDF-"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class SheetRow:
    """A row that says something; `number` is what a spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A header and the rows below it.

    `empty` counts rows without content below the header. `notes` are sentences for whoever
    imports, about how the file had to be read.
    """

    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    empty: int
    notes: tuple[str, ...]


def read_table(path: Path) -> Sheet:
    """The table in a CSV file or on the first sheet of an XLSX workbook; NotATable if none."""
    content = _content(path)
    if content.startswith(OLE):
        raise NotATable(_locked_or_old(content))
    if content.startswith(PDF):
        raise NotATable("This is a PDF. Please export the answers as CSV or XLSX.")
    read = read_workbook if content.startswith(ZIP) else read_delimited
    rows, notes = read(content)
    return _table(rows, notes)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise NotATable(f"The file is larger than {LARGEST // 2**20} MiB. Please split it.")
        return path.read_bytes()
    except OSError as error:
        raise NotATable(f"{path} can't be read: {error.strerror}.") from error


def _locked_or_old(content: bytes) -> str:
    """Why a compound file (MS-CFB) can't be read: Office keeps both of these in one."""
    if ENCRYPTED in content:
        return "The workbook is protected by a password. Please save it without one."
    return "This is an Excel file of the old kind (.xls). Please save it as XLSX or CSV."


def _table(rows: Iterable[Sequence[Cell]], notes: Sequence[str]) -> Sheet:
    said: list[SheetRow] = []
    last = 0
    for last, cells in enumerate(rows, 1):
        if any(not isinstance(cell, str) or cell.strip() for cell in cells):
            said.append(SheetRow(last, tuple(cells)))
    if not said:
        raise NotATable("The file is empty. Please export the answers again.")
    head, *below = said
    header = tuple(str(cell) for cell in head.cells)
    return Sheet(header, tuple(below), last - head.number - len(below), tuple(notes))
