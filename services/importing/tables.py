"""Reads the table in a file, whatever it is called: what it is shows in its first bytes."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.importing.bounds import LARGEST, SPLIT_IT, Rows
from services.importing.cells import NotATable, SheetRow
from services.importing.delimited import read_delimited
from services.importing.workbooks import read_workbook

ZIP, GZIP, PDF = b"PK\x03\x04", b"\x1f\x8b", b"%PDF-"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


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
    """The table in a CSV file or on the first sheet of an XLSX workbook; NotATable if none, or if
    it is larger than `bounds` allows.
    """
    content = _content(path)
    if content.startswith(OLE):
        raise NotATable(_locked_or_old(content))
    if content.startswith(PDF):
        raise NotATable("This is a PDF. Please export the answers as CSV or XLSX.")
    if content.startswith(GZIP):
        raise NotATable("This is a packed file (gzip). Please unpack it first.")
    read = read_workbook if content.startswith(ZIP) else read_delimited
    rows = Rows()
    notes = read(content, rows)
    return _table(rows, notes)


def _content(path: Path) -> bytes:
    """So many bytes at most, whatever the file says of its size, and while it grows."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotATable(f"{path} is no plain file. Please save the answers as one.")
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise NotATable(f"{path} can't be read: {error.strerror}.") from error
    if len(content) > LARGEST:
        raise NotATable(f"The file is larger than {LARGEST // 2**20} MiB. {SPLIT_IT}")
    return content


def _without_waiting(path: str, flags: int) -> int:
    """Open it at once: a pipe into which nobody writes would have us wait for ever."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _locked_or_old(content: bytes) -> str:
    """Why a compound file (MS-CFB) can't be read: Office keeps both of these in one."""
    if ENCRYPTED in content:
        return "The workbook is protected by a password. Please save it without one."
    return "This is an Excel file of the old kind (.xls). Please save it as XLSX or CSV."


def _table(rows: Rows, notes: Sequence[str]) -> Sheet:
    if not rows.kept:
        raise NotATable("The file is empty. Please export the answers again.")
    head, *below = rows.kept
    header = tuple(str(cell) for cell in head.cells)
    return Sheet(header, tuple(below), rows.last - head.number - len(below), tuple(notes))
