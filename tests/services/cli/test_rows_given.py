"""Rows as people and programs give them: whatever stands between them, each is taken as it is."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from services.cli.given import LARGEST, words_in
from services.cli.rows_given import read

HEADER = "full_name,email"


def rows(file: Path, content: str) -> list[object]:
    file.write_text(content, encoding="utf-8", newline="")
    return [one.said for one in read(str(file), "person.register", {})]


@pytest.mark.parametrize("before", ["", "\n", "\r\n \r\n", "\ufeff"])
def test_the_header_is_no_row_whatever_stands_above_it(tmp_path: Path, before: str) -> None:
    found = rows(tmp_path / "rows", f"{before}{HEADER}\nAda,ada@post.example\n , \n")
    assert found == [{"full_name": "Ada", "email": "ada@post.example"}]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_row_of_json_ends_with_its_line_and_not_within_a_word(tmp_path: Path, sign: str) -> None:
    one = {"full_name": f"Ada{sign}Byrne"}
    text = json.dumps(one, ensure_ascii=False)
    assert rows(tmp_path / "rows", f"{text}\r\n{text}\n") == [one, one]


def test_what_is_on_the_input_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO("\ufeffé\r\nb".encode()), "latin-1"))
    assert words_in("-") == "é\nb"


@pytest.mark.parametrize("given", ["-", "@/dev/zero"])
def test_nobody_waits_for_the_end_of_what_has_none(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"a" * (LARGEST + 1))))
    with pytest.raises(SystemExit) as ended:
        words_in(given)
    assert (ended.value.code, "more than 16 MiB" in capsys.readouterr().err) == (2, True)
