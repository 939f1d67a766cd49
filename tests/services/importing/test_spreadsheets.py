from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]  # openpyxl ships no types

from services.importing import NotATable
from services.importing.tables import OLE, Sheet, read_table
from tests.scenes.filling import CSV, XLSX

Write = Callable[[bytes], Sheet]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: bytes) -> Sheet:
        path = tmp_path / "answers.csv"
        path.write_bytes(content)
        return read_table(path)

    return written


def cells(table: Sheet) -> list[tuple[object, ...]]:
    return [row.cells for row in table.rows]


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    for path in (CSV, XLSX):
        table = read_table(path)
        assert [row.number for row in table.rows] == list(range(2, 74))
        assert (table.header[0], table.empty, table.notes) == ("Timestamp", 1, ())


def test_both_examples_hold_the_same_words() -> None:
    for one, other in zip(read_table(CSV).rows, read_table(XLSX).rows, strict=True):
        for mine, theirs in zip(one.cells, other.cells, strict=True):
            assert isinstance(theirs, datetime) or mine == theirs


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(write: Write, delimiter: str) -> None:
    table = write(delimiter.join(["name", '"a, b; c"', "town\nAda", "1", "Truro\n"]).encode())
    assert table.header == ("name", "a, b; c", "town")
    assert cells(table) == [("Ada", "1", "Truro")]


def test_an_answer_may_have_several_lines_and_quotation_marks(write: Write) -> None:
    table = write(b'name,words\r\nAda,"one\ntwo ""three"""\r\n\r\nBen,x\r\n')
    assert cells(table) == [("Ada", 'one\ntwo "three"'), ("Ben", "x")]
    assert [row.number for row in table.rows] == [2, 4]
    assert table.empty == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_unicode_encoding_of_excel_is_read_without_a_note(
    write: Write, encoding: str
) -> None:
    table = write("name,town\nZoë Ní Łuk,Penzance\n".encode(encoding))
    assert (cells(table), table.notes) == ([("Zoë Ní Łuk", "Penzance")], ())


def test_windows_1252_is_read_and_asked_about(write: Write) -> None:
    table = write("name,town\nZoë O\u2019Neill,Penzance\n".encode("cp1252"))
    assert cells(table) == [("Zoë O\u2019Neill", "Penzance")]
    assert "Windows-1252" in table.doubts[0]


def test_text_that_looks_like_a_formula_is_text(write: Write) -> None:
    table = write(b'a,b,c,d\n=1+1,+44,-x,@y\n"=cmd|"" /C calc""!A0",,,\n')
    assert cells(table)[0] == ("=1+1", "+44", "-x", "@y")
    assert cells(table)[1][0] == '=cmd|" /C calc"!A0'


def test_what_a_workbook_holds_becomes_text_or_wall_clock_times(tmp_path: Path) -> None:
    at = datetime(2024, 9, 14, 9, 12, 33)  # noqa: DTZ001 - date cells have no zone
    book = Workbook()
    book.active.append(["when", "number", "yes", "formula", "none", "share"])
    book.active.append([at, 7700900123, True, "=1+1", None, 0.5])
    book.create_sheet("Another")
    book.save(tmp_path / "answers.csv")
    table = read_table(tmp_path / "answers.csv")
    # A formula counts as the value it had when the workbook was saved: here there was none yet.
    assert cells(table) == [(at, "7700900123", "True", "", "", "0.5")]
    assert table.notes == ("Only the first of 2 sheets was read.",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + bytes(600) + "Workbook".encode("utf-16-le"), "damaged"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither"),
        (b"Dear all\nhere are the answers.\n", "neither"),
        (b'name,town\nAda,"Truro\nBen,Bath\n', "quotation marks"),
    ],
)
def test_a_file_that_holds_no_table_is_refused_in_one_clear_sentence(
    write: Write, content: bytes, sentence: str
) -> None:
    with pytest.raises(NotATable, match=sentence):
        write(content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match=r"answers\.csv can't be read: No such file"):
        read_table(tmp_path / "answers.csv")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    damaged = XLSX.read_bytes().replace(b"xl/workbook.xml", b"xl/werkbook.xml")
    (tmp_path / "answers.xlsx").write_bytes(damaged)
    with pytest.raises(NotATable, match="damaged"):
        read_table(tmp_path / "answers.xlsx")
