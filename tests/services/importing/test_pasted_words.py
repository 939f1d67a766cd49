"""What comes along with a copy costs nobody their application."""

from pathlib import Path

import pytest

from events.characters import unfit
from services.importing import Report
from services.importing.bounds import Rows
from services.importing.cells import ReadAs
from services.importing.delimited import read_delimited
from services.importing.words import line, words
from tests.scenes.filling import form, sheet
from tests.services.importing.conftest import Programme


@pytest.mark.parametrize(
    ("pasted", "left"),
    [
        ("Ada\u00a0Tregenza", "Ada Tregenza"),
        ("\ufeffAda Tre\u200bgen\xadza\u200e", "Ada Tregenza"),
        ("\u202aAda\u202c \u2066Tregenza\u2069", "Ada Tregenza"),
        ("Ada\u2028Tregenza", "Ada Tregenza"),
        ("Ada\x0bTregenza\r", "Ada Tregenza"),
        ("O\x92Brien", "O\u2019Brien"),
        ("Ada\u200cTregenza", "AdaTregenza"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("Ada\x1b[2J", "Ada[2J"),
        ("\u2800\u3164", "\u2800"),
    ],
)
def test_a_name_is_what_can_be_seen_of_it(pasted: str, left: str) -> None:
    assert line(pasted) == left


def test_longer_words_keep_their_lines() -> None:
    assert words("one\r\ntwo\rthree\x0bfour\u2028five\u202e\t6") == "one\ntwo\nthree\nfour\nfive\t6"
    assert unfit(words("one\u200b\r\n\u2029two"), lines=True) is None


def test_signs_of_an_old_encoding_do_not_make_a_file_unreadable() -> None:
    rows = Rows()
    reading = read_delimited("name,town\nO\x92Brien,Truro\n".encode(), rows)
    assert (line(str(rows.kept[1].cells[0])), reading) == ("O\u2019Brien", ReadAs())


HIDDEN = "\ufeff{}\u200b\u202e\xa0\x92\u2028\ud7ff"


def test_nobody_is_lost_by_what_came_along(programme: Programme, tmp_path: Path) -> None:
    asked = ("name", "interest", "experience", "needs", "avoid")
    answers = {name: HIDDEN.format("A newsletter.") for name in asked}
    file = sheet(tmp_path, form(**answers, email="ada@example.org\u200b"), form())
    report: Report = programme.imports(file)
    assert [row.outcome for row in report.lines] == ["accepted", "accepted"]


def test_a_name_of_which_nothing_can_be_seen_is_told(programme: Programme, tmp_path: Path) -> None:
    report = programme.imports(sheet(tmp_path, form(name="\u2800\u3164\u200b")), served=False)
    (row,) = report.lines
    assert (row.outcome, [one.field for one in row.problems]) == ("invalid", ["name"])
