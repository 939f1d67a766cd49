"""How things are found by what they are called: each kind for which a command asks, where it is."""

import pytest

from services.cli.finding import BY_THEIR_ID_ALONE, KINDS, PIECE, ends_of
from services.door.requests import commands, fields_of, kind_of_id, plain
from services.reading.table import TABLE

ASKED = {
    kind
    for name in commands()
    for form in fields_of(name).values()
    if (kind := kind_of_id(plain(form).get("items", form)))
}


def test_every_kind_for_which_a_command_asks_is_found_or_left_out_for_a_reason() -> None:
    assert KINDS.keys() | BY_THEIR_ID_ALONE.keys() >= ASKED
    assert not KINDS.keys() & BY_THEIR_ID_ALONE.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_looked_for_in_fields_that_somebody_may_read(kind: str) -> None:
    of = KINDS[kind]
    fields = {*TABLE[of.model].fields, "key"}
    assert {of.key, *of.called, *of.people, *of.within, *of.tells} <= fields


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("…ryn9y", "ryn9y"),
        ("ryn9y", "ryn9y"),
        ("person_…ryn9y", "ryn9y"),
        ("person_01j6xk8m5tf2v8r9a4b7c1d3e5", "01j6xk8m5tf2v8r9a4b7c1d3e5"),
        ("abc", None),
        ("ada@post.example", None),
        ("Lou", None),
    ],
)
def test_an_end_of_an_id_has_four_letters_at_least(said: str, end: str | None) -> None:
    found = PIECE.fullmatch(said)
    assert (found and found[1]) == end


def test_ends_are_as_long_as_it_takes_to_tell_them_apart() -> None:
    assert ends_of(["person_abcdefg", "person_xbcdefg"]) == ["abcdefg", "xbcdefg"]
    assert ends_of(["person_abcdefg", "person_abcdxyz"]) == ["cdefg", "cdxyz"]
