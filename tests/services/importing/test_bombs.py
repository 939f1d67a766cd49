"""Files that are small and would grow without end, or are none: each ends in one sentence."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from struct import unpack_from
from typing import Final
from zipfile import ZIP_LZMA, ZIP_STORED
from zlib import crc32

import pytest

from events.characters import hidden
from services.importing import Examined, NotATable, examine, examined_apart
from services.importing.apart import MOST_PAIRS, kept_apart
from services.importing.bounds import LARGEST, LONGEST_ANSWER, MOST_COLUMNS, MOST_ROWS
from services.importing.cells import cell_of
from services.importing.confined import BEYOND, OUR_FAULT
from services.importing.delimited import LONGEST_ROW
from services.importing.sending import by_person
from services.importing.sharing import noting_shared
from services.importing.submission import Submission
from tests.scenes.filling import form, sheet
from tests.scenes.packed import (
    MAIN,
    SHEET,
    STYLES,
    TEXTS,
    filled,
    packed,
    parts,
    row,
    sheet_of,
    workbook,
)
from tests.services.importing.fuzzing import fuzz

MIB: Final = 2**20
RUN: Final = f"<r><t>{'a' * 9000}</t></r>"


def told_again() -> bytes:
    told = "".join(['<c t="s"><v>0</v></c>'] * 19)
    rows = (f'<row r="{number}">{told}</row>' for number in range(3, 100))
    return workbook(filled(*rows), ["a" * 90_000])


def lying() -> bytes:
    """A part that is unpacked to 4 MB and says that it has 100 bytes."""
    content = bytearray(packed(parts("") | {STYLES: b"<a>" + b" " * 4 * MIB + b"</a>"}))
    listed = content.index(STYLES.encode(), content.index(b"PK\x01\x02")) - 46
    (size,) = unpack_from("<I", content, listed + 24)
    assert size > 4 * MIB
    content[listed + 24 : listed + 28] = (100).to_bytes(4, "little")
    content[listed + 16 : listed + 20] = crc32(b"<a>" + b" " * 97).to_bytes(4, "little")
    return bytes(content)


def with_a_password() -> bytes:
    content = bytearray(workbook(filled()))
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    return bytes(content)


def twice() -> bytes:
    other = SHEET.replace("1", "9")
    content = packed(parts(filled()) | {other: sheet_of(row(1, "another"))})
    return content.replace(other.encode(), SHEET.encode())


def entities() -> str:
    lines = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol" * 100}">' for n in range(12)
    )
    return f'<!DOCTYPE sst [{lines}]><sst xmlns="{MAIN}"><si><t>&a11;</t></si></sst>'


def elsewhere() -> str:
    known = f'<sst xmlns="{MAIN}"><si><t>&a;</t></si></sst>'
    return f'<!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]>{known}'


YES: Final = '<c r="{}" t="b"><v>1</v></c>'.format
BOMBS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "a row far away": (lambda: workbook('<row r="2000000000"/>'), "beyond the last one"),
    "a row that is no number": (lambda: workbook('<row r="x"/>'), "damaged"),
    "a row before": (lambda: workbook(filled(row(4, "x"), row(3, *form()))), "damaged"),
    "a row twice": (lambda: workbook(filled(row(2, *form()))), "damaged"),
    "a cell before": (lambda: workbook(f'<row r="1">{YES("B1")}{YES("A1")}</row>'), "damaged"),
    "a cell twice": (lambda: workbook(f'<row r="1">{YES("A1")}{YES("A1")}</row>'), "damaged"),
    "a cell of another row": (lambda: workbook(f'<row r="1">{YES("A2")}</row>'), "damaged"),
    "a cell far away": (
        lambda: workbook('<row r="1"><c r="ZZZ1" t="b"><v>1</v></c></row>'),
        f"more than {MOST_COLUMNS} cells at row 1",
    ),
    "too many rows": (
        lambda: workbook("".join('<row><c t="b"><v>1</v></c></row>' for _ in range(MOST_ROWS + 2))),
        f"more than {MOST_ROWS:,} rows, at row 10,002",
    ),
    "a long answer": (
        lambda: workbook(filled(row(3, "a" * (LONGEST_ANSWER + 1)))),
        "An answer at row 3 has more than 100,000 characters",
    ),
    "an answer of many pieces": (
        lambda: workbook(f'<row><c t="inlineStr"><is>{RUN * 20}</is></c></row>'),
        "An answer at row 1 has more than 100,000 characters",
    ),
    "one shared text told again": (told_again, "more than 10,000,000 characters in all, at row 8"),
    "a shared text that is not there": (
        lambda: workbook('<row><c t="s"><v>7</v></c></row>'),
        "damaged",
    ),
    "deeply nested": (lambda: workbook("<row>" * 90_000), "damaged"),
    "packed tightly": (lambda: workbook(" " * 4 * MIB), "more than 200 times as large"),
    "large": (
        lambda: packed(parts(filled()) | {f"{n}": bytes(MIB) for n in range(129)}),
        "more than 128 MiB when it is unpacked",
    ),
    "a part that lies": (lying, "damaged"),
    "packed in another way": (lambda: packed(parts(filled()), ZIP_LZMA), "damaged"),
    "entities": (lambda: workbook(filled(), **{TEXTS: entities()}), "damaged"),
    "entities from elsewhere": (lambda: workbook(filled(), **{TEXTS: elsewhere()}), "damaged"),
    "many parts": (
        lambda: packed(parts(filled()) | {f"xl/media/{n}": "" for n in range(2001)}),
        "more than 2,000 parts",
    ),
    "a part twice": (twice, "damaged"),
    "a password": (with_a_password, "protected by a password"),
    "an OpenDocument file": (lambda: packed({"content.xml": "<x/>"}), "no sheet with cells"),
    "a binary workbook": (lambda: packed({"xl/workbook.bin": b"\0"}), "binary workbook"),
    "another archive": (lambda: packed({"forms.csv": "name,town\nAda,Truro\n"}), "damaged"),
    "commas": (lambda: b"," * 2 * MIB, f"Row 1 has more than {LONGEST_ROW:,} characters"),
    "a quoted cell": (
        lambda: b'a,b\nc,"' + b"x\n" * MIB,
        "Row 2 has more than 1,000,000 characters. Please check its quotation marks.",
    ),
    "a wide row": (lambda: b"a" + b",b" * MOST_COLUMNS, f"more than {MOST_COLUMNS} cells at row 1"),
    "quotation marks": (lambda: b'a,b\n"' + b'"' * MIB, "1,000,000 characters"),
    "rows": (lambda: b"a,b\n" * (MOST_ROWS + 2), f"more than {MOST_ROWS:,} rows"),
    "empty rows": (lambda: b"a,b\n" + b"\n" * 1_048_576, "beyond the last one"),
    "NULs": (lambda: b"a,b\n" + bytes(MIB), "neither"),
    "UTF-16 cut in two": (lambda: "a,b\n".encode("utf-16") + b"\xd8", "neither"),
    "UTF-32": (lambda: ("a,b\n" * 9999).encode("utf-32"), "neither"),
    "gzip": (lambda: b"\x1f\x8b\x08\0" + bytes(99), "packed file"),
    "too large": (lambda: b"a,b\n" * (LARGEST // 4 + 1), "larger than 16 MiB"),
    "long titles": ((",".join(["x" * 9_000] * 60) + "\n").encode, "first row must hold"),
    "brackets": (("(" * 90_000 + ",b\n").encode, "first row must hold"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    make, sentence = BOMBS[name]
    (tmp_path / "forms").write_bytes(make())
    with pytest.raises(NotATable) as refused:
        examined_apart(tmp_path / "forms", seconds=20)
    said = str(refused.value)
    assert sentence in said
    assert len(said) < 300
    assert not list(hidden(said))


def test_what_is_apart_of_the_answers_does_no_harm(tmp_path: Path) -> None:
    """Macros, links to other workbooks, formulas that call out, formatted rows without answers."""
    formula = '<row r="3"><c r="A3" t="str"><f>WEBSERVICE("http://x")</f><v>called</v></c></row>'
    formatted = '<row r="4"><c r="XFD4" s="1"/></row><row r="1048576" s="1"/>'
    others: dict[str, str | bytes] = {
        "xl/vbaProject.bin": os.urandom(MIB),
        "xl/externalLinks/externalLink1.xml": "<x/>",
    }
    content = packed(parts(filled(formula, formatted)) | others, ZIP_STORED)
    (tmp_path / "forms.xlsm").write_bytes(content)
    examined = examined_apart(tmp_path / "forms.xlsm")
    assert [one.row for one in examined.ready] == [2]
    assert [one.row for one in examined.unfit] == [3]


def test_a_pipe_a_device_and_a_folder_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(NotATable, match=r"no plain file|Is a directory"):
            examine(path)


def test_the_last_moment_that_there_is_stays_one() -> None:
    """It would be rounded to one that there is not."""
    last = datetime.max.replace(tzinfo=UTC)
    assert cell_of(last) == last.replace(microsecond=0)


def takes_all(_: Path) -> Examined:
    return str(len([bytes(MIB) for _ in range(2_000)]))  # type: ignore[return-value]  # never so far


def takes_for_ever(_: Path) -> Examined:
    while True:
        pass


def fails(_: Path) -> Examined:
    raise KeyError("Seraphina Quillfeather")


@pytest.mark.parametrize(("examining", "seconds"), [(takes_all, 20), (takes_for_ever, 1)])
def test_what_nobody_thought_of_ends_the_reading_alone(
    examining: Callable[[Path], Examined], seconds: int, tmp_path: Path
) -> None:
    with pytest.raises(NotATable) as refused:
        examined_apart(tmp_path, examining, seconds=seconds)
    assert str(refused.value) == BEYOND


def test_a_fault_of_ours_is_told_without_its_words(tmp_path: Path) -> None:
    with pytest.raises(NotATable) as refused:
        examined_apart(tmp_path, fails)
    assert str(refused.value) == OUR_FAULT.format("KeyError")


def copies(folder: Path, number: int) -> list[Submission]:
    """So many rows of one person, who has themselves as a manager."""
    filled_in = form(manager="ada@example.org", telephone="01632 960123", avoid="Ada Tregenza")
    (one,) = examine(sheet(folder, filled_in)).ready
    return [replace(one, row=number) for number in range(2, number + 2)]


def test_ten_thousand_rows_of_one_person_are_one_person_s(tmp_path: Path) -> None:
    rows = copies(tmp_path, MOST_ROWS)
    (together,) = by_person(rows)
    assert [one.row for one in together] == [one.row for one in rows]


def test_a_household_of_thousands_is_told_in_a_line_each(tmp_path: Path) -> None:
    rows = [
        replace(one, register={**one.register, "full_name": f"Ada {one.row}"})
        for one in copies(tmp_path, 2_000)
    ]
    assert "rows 2, 3, 4, 5, 6 and 1994 more" in list(noting_shared(rows))[-1].notes[-1]


def test_more_pairs_than_anybody_could_mean_are_refused(tmp_path: Path) -> None:
    rows = copies(tmp_path, 400)
    named = [
        replace(one, register={**one.register, "full_name": f"Ben {one.row}"}) for one in rows[200:]
    ]
    wishing = [replace(one, manager="") for one in [*rows[:200], *named]]
    managed = [replace(one, application={}) for one in named]
    for many in (wishing, managed):
        with pytest.raises(NotATable, match=f"More than {MOST_PAIRS:,} pairs"):
            kept_apart(many)


def test_no_file_by_chance_does_harm() -> None:
    """Others are tried by `make fuzz`."""
    found = fuzz(1, cases=25)
    assert sum(found.values()) == 25
    assert min(found.values()) > 3, "both are tried"
