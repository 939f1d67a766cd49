"""What people say who mean an id: its end, as it is shown, or words of what it is called."""

import pytest

from services.cli.ids import ends_of, fits, piece_in
from tests.scenes.cast import ADA, application

LAPSED, MADE = (f"task_offer-{how}_{application(ADA)}" for how in ("lapsed", "made"))


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("…ryn9y", "ryn9y"),
        ("ryn9y", "ryn9y"),
        ("Ada Byrne (…RYN9Y)", "ryn9y"),
        ("person_…ryn9y", "ryn9y"),
        ("person_01j6xk8m5tf2v8r9a4b7c1d3e5", "01j6xk8m5tf2v8r9a4b7c1d3e5"),
        ("offer-lapsed…ryn9y", "ryn9y"),
        ("abc", None),
        ("ada@post.example", None),
        ("Lou", None),
        (" ", None),
    ],
)
def test_an_end_of_an_id_has_four_letters_at_least(said: str, end: str | None) -> None:
    found = piece_in(said)
    assert (found and found.end) == end


def test_ends_are_as_long_as_it_takes_to_tell_them_apart() -> None:
    assert ends_of(["person_abcdefg", "person_xbcdefg"]) == ["…abcdefg", "…xbcdefg"]
    assert ends_of(["person_abcdefg", "person_abcdxyz"]) == ["…cdefg", "…cdxyz"]


def test_of_two_tasks_about_one_thing_each_is_meant_by_what_is_shown_of_it() -> None:
    for one, end in zip((LAPSED, MADE), ends_of([LAPSED, MADE]), strict=True):
        piece = piece_in(end)
        assert piece is not None
        assert [it for it in (LAPSED, MADE) if piece.is_of(it)] == [one]


@pytest.mark.parametrize("said", ["?", "—", "…", "***", " "])
def test_what_has_no_word_in_it_means_nothing(said: str) -> None:
    assert not fits(said, "Autumn 2031")
    assert fits(f"{said} aut", "Autumn 2031")
