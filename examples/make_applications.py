"""Makes the example export anew: the same bytes each time, so a change of it can be reviewed.

Run from the project's root: `python -m examples.make_applications`.
"""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

from openpyxl import Workbook  # type: ignore[import-untyped]  # openpyxl ships no types

from examples.applicants import load
from examples.peculiarities import tables
from examples.submissions import HEADER, Submission, all_submissions

HERE = Path(__file__).parent
EXPORTED = datetime(2024, 10, 14, 9, 0, tzinfo=UTC)  # the Monday after the window closed
DATE_FORMAT = "dd/mm/yyyy hh:mm:ss"
TABLES = re.compile(r"(?<=<!-- tables -->\n).*(?=<!-- end of tables -->)", re.DOTALL)
EMPTY = ("",) * len(HEADER)


def write_csv(path: Path, rows: Sequence[Submission]) -> None:
    """UTF-8 with a byte-order mark and CRLF, as forms export for Excel; an empty row at the end."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows((HEADER, *(row.answers for row in rows), EMPTY))


def write_workbook(path: Path, rows: Sequence[Submission]) -> None:
    """The same rows as a workbook; the empty row at the end is formatted and without content."""
    book = Workbook()
    book.properties.created = EXPORTED.replace(tzinfo=None)
    sheet = book.active
    sheet.title = "Form responses"
    _fill(sheet, 1, HEADER)
    for number, row in enumerate(rows, 2):
        _fill(sheet, number, row.answers)
        if row.real_date:
            sheet.cell(number, 1).value = row.at.replace(tzinfo=None)
            sheet.cell(number, 1).number_format = DATE_FORMAT
    sheet.cell(len(rows) + 2, 1).number_format = DATE_FORMAT
    path.write_bytes(_pinned(book))


def _fill(sheet: Any, row: int, answers: Sequence[str]) -> None:
    for column, text in enumerate(answers, 1):
        if text:
            cell = sheet.cell(row, column, text)
            cell.data_type = "s"  # or an answer that begins with "=" would become a formula


def _pinned(book: Any) -> bytes:
    """The workbook's bytes, without the time of saving and unpacked: zlib's versions differ."""
    saved, pinned = BytesIO(), BytesIO()
    book.save(saved)
    with ZipFile(saved) as source, ZipFile(pinned, "w") as target:
        for name in source.namelist():
            entry = ZipInfo(name, EXPORTED.timetuple()[:6])
            entry.create_system = 3
            target.writestr(entry, _without_save_time(source.read(name)))
    return pinned.getvalue()


def _without_save_time(part: bytes) -> bytes:
    stamp = f"{EXPORTED:%Y-%m-%dT%H:%M:%SZ}".encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, part)


def write_readme(path: Path, rows: Sequence[Submission]) -> None:
    """The README with new tables between its two marks; what stands around them stays."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    text = TABLES.sub(lambda _: f"\n{tables(rows)}\n\n", text)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(folder: Path = HERE) -> None:
    """Writes the two exports and the README into `folder`, which must exist."""
    rows = all_submissions(load(HERE / "applicants.toml"))
    write_csv(folder / "applications.csv", rows)
    write_workbook(folder / "applications.xlsx", rows)
    write_readme(folder / "README.md", rows)


if __name__ == "__main__":
    main()
