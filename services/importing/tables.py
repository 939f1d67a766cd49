"""Reads the table in a file, whatever it is called: what it is shows in its first bytes."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from services.importing.bounds import LARGEST, SPLIT_IT, Rows
from services.importing.cells import Cell, NotATable, ReadAs, SheetRow
from services.importing.delimited import read_delimited
from services.importing.headers import headed
from services.importing.old_workbooks import read_old_workbook
from services.importing.opendocument import read_opendocument
from services.importing.packages import PROTECTED, is_opendocument
from services.importing.undone import undone
from services.importing.workbooks import read_workbook

ZIP, GZIP, PDF = b"PK\x03\x04", b"\x1f\x8b", b"%PDF-"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Sheet:
    """Titles and the rows below them.

    `empty` counts rows without content below the titles. `notes` are sentences for whoever
    imports, about how the file had to be read; `doubts`, those that ask whether it was read
    rightly. `digest` is the file's SHA-256, in hexadecimal.
    """

    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    empty: int
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    digest: str = ""


def read_table(path: Path) -> Sheet:
    """The table in a CSV file, or on the first sheet of a workbook of Excel (old or new) or
    OpenDocument; NotATable if there is none, or if it is larger than `bounds` allows.
    """
    content = _content(path)
    read = _reader(content)
    rows = Rows()
    return _table(rows, read(content, rows), sha256(content).hexdigest())


def _reader(content: bytes) -> Callable[[bytes, Rows], ReadAs]:
    """What reads a file that begins so; NotATable for what nobody reads."""
    if content.startswith(PDF):
        raise NotATable("This is a PDF. Please export the answers as CSV or XLSX.")
    if content.startswith(GZIP):
        raise NotATable("This is a packed file (gzip). Please unpack it first.")
    if content.startswith(OLE):
        if ENCRYPTED in content:  # Office keeps what it encrypts in such a file, too
            raise NotATable(PROTECTED)
        return read_old_workbook
    if content.startswith(ZIP):
        return read_opendocument if is_opendocument(content) else read_workbook
    return read_delimited


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


def _table(rows: Rows, reading: ReadAs, digest: str) -> Sheet:
    if not rows.kept:
        raise NotATable("The file is empty. Please export the answers again.")
    kept = [SheetRow(row.number, tuple(map(_undone, row.cells))) for row in rows.kept]
    found = headed(kept)
    first = kept[found.above].number
    empty = rows.last - first - len(found.rows) - found.beside
    notes = (*reading.notes, *found.notes)
    return Sheet(found.header, found.rows, empty, notes, reading.doubts, digest)


def _undone(cell: Cell) -> Cell:
    return undone(cell) if isinstance(cell, str) else cell
