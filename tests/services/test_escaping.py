import csv
import json

import pytest

from events.characters import hidden
from services.escaping import (
    calendar_words,
    cell,
    comma_separated,
    header,
    line,
    one_line,
    quotation,
    tab_separated,
)

ATTACKS = [
    "\x1b[2J\x1b[1;1HAll is well.",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x9b31mred",
    "Ada\nAll is well.",
    "Ada\u2028All is well.",
    "Ada \u202egnp.exe",
    "Ada\u2066\u200b",
]


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_a_line_is_one_line_and_no_sequence(attack: str) -> None:
    said = line(attack)
    assert not list(hidden(said))
    assert said.splitlines() == [said]
    assert "Ada" in said or "\\u00" in said


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_json_means_what_it_meant_and_is_one_line(attack: str) -> None:
    text = json.dumps({attack: [attack]}, ensure_ascii=False)
    said = line(text)
    assert json.loads(said) == {attack: [attack]}
    assert not list(hidden(said))


def test_words_within_a_sentence_are_on_one_line() -> None:
    assert one_line("The Guildhall\r\n\n  High\u2028Street\t12\u202e") == (
        r"The Guildhall High Street 12\u202e"
    )


def test_longer_words_are_a_quotation_of_which_each_line_is_marked() -> None:
    assert quotation("I was heard.\n\nAll is well.\x1b[2J\u2028Dear Ada\r") == [
        "> I was heard.",
        ">",
        r"> All is well.\u001b[2J",
        "> Dear Ada",
    ]


def test_nothing_in_a_header_begins_another_or_is_decoded() -> None:
    assert header("=?utf-8?q?Ada=0D=0ABcc=3A?=\r\nBcc: x") == (
        "= ?utf-8?q?Ada=0D=0ABcc=3A?= Bcc: x"
    )
    assert "=?" not in header("==??=?=\n?")


def test_a_text_in_a_calendar_has_lines_and_nothing_unseen() -> None:
    assert calendar_words("a\\b;c,d\r\ne\x1b") == "a\\b;c,d\ne\\u001b"


@pytest.mark.parametrize(
    "words",
    [
        *("=cmd|' /C calc'!A0", "+SUM(A1)", "-2+3", "@x", "  =1+1", "\xa0=1", "\uff1d1", '"=1+1"'),
        *("\t=1", "\r=1", "'", "+44-1872-000000", "-1e5x", "=", "\u200b=1+1"),
    ],
    ids=ascii,
)
def test_no_cell_is_a_formula(words: str) -> None:
    said = cell(words)
    assert said[0] in "'\\"
    assert line(words) in said


@pytest.mark.parametrize(
    "words", ["-5", "+3.25", "-1e5", "12 %", "-12,000", "+44 7700 900123", "+44 (0)7700 900456"]
)
def test_numbers_are_numbers(words: str) -> None:
    assert cell(words) == words
    assert cell(-5) == "-5"


def test_a_row_has_as_many_cells_as_it_has() -> None:
    cells = ["Ada\tTregenza", 'say "hello", =1', "=1\n", -5, ""]
    assert tab_separated(cells).split("\t") == [
        r"Ada\tTregenza",
        'say "hello", =1',
        r"'=1\n",
        "-5",
        "",
    ]
    (read,) = csv.reader([comma_separated(cells)])
    assert read == [r"Ada\tTregenza", 'say "hello", =1', r"'=1\n", "-5", ""]
