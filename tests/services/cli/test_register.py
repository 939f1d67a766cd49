"""Who came is told by names, of those who have a place."""

import pytest

from services.cli.register import _booked

NAMES = {
    "person_01j6xk8m5tf2v8r9a4b7c1d3e5": "Ada Byrne",
    "person_01j6xk8m5tf2v8r9a4b7c1d3e6": "Ada Byrne-Jones",
    "person_01j6xk8m5tf2v8r9a4b7c1d3e7": "Zoë O'Hara",
    "person_01j6xk8m5tf2v8r9a4b7c1d3e8": "",
}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Ada Byrne", ["Ada Byrne"]),
        ("byrne, ADA", ["Ada Byrne"]),
        ("Ada", ["Ada Byrne", "Ada Byrne-Jones"]),
        ("jones", ["Ada Byrne-Jones"]),
        ("Zoe Ohara", ["Zoë O'Hara"]),
        ("…1d3e6", ["Ada Byrne-Jones"]),
        ("Somebody (1d3e8)", [""]),
        ("Ben", []),
    ],
)
def test_a_name_means_those_with_a_place_who_are_called_so(said: str, meant: list[str]) -> None:
    assert [NAMES[one] for one in _booked(said, NAMES)] == meant


@pytest.mark.parametrize("line", ["---", "*", "?"])
def test_a_line_without_a_word_means_nobody_even_if_one_alone_has_a_place(line: str) -> None:
    assert _booked(line, dict([*NAMES.items()][:1])) == []
