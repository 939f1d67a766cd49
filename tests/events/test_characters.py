import sys

import pytest

from domain.catalogue import COMMANDS
from events.characters import FOUND, hidden, says_something, spelt_out, unfit, without_hidden
from events.personal import several_lines

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
NAMES = [
    "Ada Tregenza",
    "Zoë Ní Bhriain-O\u2019Neill",
    "Nguyễn Thị Mai",
    "Ngu\u0303\u031be\u0302\u0303n",  # the same with marks of its own
    "Łukasz Ærøskøbing",
    "Σωκράτης Παπαδόπουλος",
    "Анна Иванова",
    "محمد عبد الله",
    "שָׁלוֹם בֶּן־דָּוִד",
    "علی\u200cرضا",  # a Persian name needs its non-joiner
    "মোঃ র\u200d্যাব",
    "ශ\u0dca\u200dරී ලංකා",
    "മോഹന\u0d4d\u200d",  # a word may end in a joiner that was typed for a letter of its own
    "प्रिया शर्मा",
    "สมชาย ใจดี",
    "ဇော်ဂျီ",
    "王小明",
    "葛\U000e0100城",  # a name with a shape of its own
    "田中\u3000太郎",
    "김민준",
    "ᠮᠣᠩᠭᠣᠯ\u180b",
    "Ada 👩🏽\u200d⚕\ufe0f",
    "👨\u200d👩\u200d👧 Tregenza",
    "❤\ufe0f\u200d🔥 1\ufe0f\u20e3",
    f"Ada {ENGLAND}",
    "Dr. Ada Tregenza (she/her)",
    "\ue000\uf0b7",  # what a font has of its own is seen
]
HIDING = [
    *("\x00", "\x07", "\x08", "\x1b[2J", "\x1b]0;title\x07", "\x7f", "\x85", "\x9b31m"),
    *("\u200b", "\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066", "\u2069"),
    *("\u2028", "\u2029", "\u2060", "\u2064", "\ufeff", "\xad", "\u034f", "\u3164", "\u115f"),
    *("\ud800", "\udfff", "\ufff9", "\ufffe", "\U0001ffff", "\U000e0001", "\U000e0041"),
    "\u200c",  # within a word of a script that is not joined
    "\u200d",
    "\ufe0f",
    "\U000e0100",
    "\u180b",
    "\u0301" * 30,  # marks that hide the lines around them
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_script_are_as_they_are(name: str) -> None:
    assert unfit(name) is None
    assert spelt_out(name) == without_hidden(name) == name


@pytest.mark.parametrize("hiding", HIDING, ids=ascii)
@pytest.mark.parametrize("lines", [False, True])
def test_what_hides_something_is_found_told_and_spelt_out(hiding: str, lines: bool) -> None:
    text = f"Ada{hiding}Tregenza"
    problem = unfit(text, lines=lines) or ""
    assert problem.startswith(("must not hold what nobody sees: take out U+", "must be one line"))
    assert "Tregenza" not in problem
    assert spelt_out(text, lines=lines).startswith("Ada")
    for left in (spelt_out(text), without_hidden(text)):
        assert not list(hidden(left))
        assert "Tregenza" in left


def test_it_is_said_which_character_it_is_and_where() -> None:
    assert unfit("Ada\u202eTregenza") == (
        "must not hold what nobody sees: take out U+202E (right-to-left override), which is"
        " character 4"
    )
    assert unfit("Ada\nTregenza") == (
        "must be one line: take out the line end, which is character 4"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n\t"])
def test_longer_words_may_have_several_lines(end: str) -> None:
    text = f"I was heard.{end}And I listened."
    assert unfit(text, lines=True) is None
    assert unfit(text) is not None
    assert spelt_out(text, lines=True) == text
    assert unfit("one\rtwo", lines=True) is not None


@pytest.mark.parametrize("nothing", [" ", "\t ", "\u3000", "\xa0", "\u2800", "\u0301"])
def test_a_text_in_which_nothing_is_to_be_read_is_none(nothing: str) -> None:
    assert not says_something(nothing)
    assert not says_something("")
    assert unfit(nothing, lines=True) == "must have something to be read in it"


def test_what_is_spelt_out_is_written_as_json_writes_it() -> None:
    assert spelt_out("\n\r\t\x1b\x9b\u202e\U000e0041\ud800") == (
        r"\n\r\t\u001b\u009b\u202e\udb40\udc41\ud800"
    )


def test_the_long_texts_of_every_command_and_no_others_may_have_several_lines() -> None:
    for name, kind in COMMANDS.items():
        fields = kind.model_json_schema()["properties"]
        long = {
            field
            for field, form in fields.items()
            for one in form.get("anyOf", [form])
            if one.get("maxLength", 0) > 1000
        }
        assert long == several_lines(kind) & fields.keys(), name


def test_what_is_hidden_makes_no_room_for_what_stands_behind_it() -> None:
    """A style that styles nothing is hidden, and so is the joiner between it and an emoji."""
    text = "\ufe0f\u200d👩"
    assert [one.at for one in hidden(text)] == [0, 1]
    assert spelt_out(text) == r"\ufe0f\u200d👩"


def test_nothing_that_is_hidden_passes_for_plain() -> None:
    """Of all characters, alone behind a letter: what Python calls printable it may know otherwise
    in another version.
    """
    missed = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if FOUND.match(character) and not list(hidden(f"é{character}é"))
    ]
    assert missed == []
