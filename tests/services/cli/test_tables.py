"""Tables fit a terminal, however wide it is, and a row is never more than it is."""

from io import StringIO
from itertools import product

import pytest
from rich.cells import cell_len
from rich.console import Console

from services.cli.ids import piece_in, short_ids
from services.cli.naming import Names, Nowhere, ids_in, with_names
from services.cli.rows import for_programs
from services.cli.tables import fitting, laid_out
from tests.scenes.given import person

COLUMNS = ["who", "what", "words", "number"]
WORDS = "An evening with last year's pairs, who tell what they would do otherwise"
LONG = "application_01j6s42xa0fptbadnsk1xse4a7"
ROWS = [
    ["Siobhán Ní Fhlaithearta", "offer-declined", WORDS, "12"],
    ["王秀英", LONG, "", "3"],
    ["[bold]Ada[/]", ":skull:", "a\nb\x1b[2J\u202e", "-5"],
]


def printed(room: int, title: str = "Whose turn is it?") -> list[str]:
    out = StringIO()
    console = Console(file=out, width=room, color_system=None)
    for part in laid_out(title, COLUMNS, ROWS, ("number",), room):
        console.print(part, markup=False)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("room", [30, 40, 60, 80, 100, 140, 300])
def test_a_table_is_as_wide_as_the_terminal_and_nothing_is_left_out(room: int) -> None:
    lines = printed(room)
    assert max(map(cell_len, lines)) <= room
    shown = "".join("".join(lines).split())
    for row in ROWS:
        for word in row[1].split():
            assert word in shown
    assert r"a\nb\u001b[2J\u202e" in shown
    assert not [one for one in lines if "\x1b" in one or "\u202e" in one]


def test_a_row_is_a_line_where_there_is_room_and_a_record_where_there_is_none() -> None:
    title, header, *rows = printed(300)
    assert title == "Whose turn is it?"
    assert header.split() == COLUMNS
    assert len(rows) == len(ROWS)
    narrow = printed(60)
    assert [one.split()[0] for one in narrow if one.strip()].count("what") == len(ROWS)
    assert any(LONG in one for one in narrow), "an id is in one line"


def test_texts_give_way_before_words_do() -> None:
    rows = [["a" * 10, "b " * 30], ["c", "d"]]
    assert fitting(rows, 200) == [10, 60]
    assert fitting(rows, 30) == [10, 18]
    assert fitting(rows, 12) is None


def test_ids_are_as_short_as_they_are_told_apart_by() -> None:
    ada, ben = person("ada"), person("ben")
    assert short_ids([ada, ben]) == {ada: ada[-5:], ben: ben[-5:]}
    alike = f"application_{ada[-26:]}"
    assert len({*short_ids([ada, alike]).values()}) == 2
    task = f"task_offer-lapsed_{alike}"
    short = short_ids([task, alike])
    assert short == {task: f"offer-lapsed…{ada[-5:]}", alike: ada[-5:]}
    for one, said in (*short.items(), *short_ids([ada, alike]).items()):
        for words in (said, f"Ada Tregenza {said}"):
            piece = piece_in(words)
            assert piece is not None
            assert piece.is_of(one)
    assert piece_in("ada") is None
    other = piece_in(f"offer-made…{ada[-5:]}")
    assert other is not None
    assert not other.is_of(task)


def test_ids_are_found_wherever_they_stand_in_a_row() -> None:
    ada, ben, application = person("ada"), person("ben"), LONG
    row = {
        "key": f"{application}/{ada}",
        "applicants": {application: {"person_id": ben}},
        "others": [ada, "nobody"],
        "words": f"I know {ben}",
    }
    assert set(ids_in(row)) == {application, ada, ben}
    assert with_names(row, Names(Nowhere())) == row


def test_for_programs_each_row_is_whole() -> None:
    ada = person("ada")
    rows = [
        {"person_id": ada, "waits": True, "parts": [{"a": 1}], "odd": None},
        {"key": "x", "person_id": "nobody", "waits": False, "more": 2},
    ]
    header, cells = for_programs(["key", "person_id", "waits", "parts"], rows, Names(Nowhere()))
    assert header == ["key", "person_id", "waits", "parts", "more", "odd"]
    assert cells == [["", ada, "true", '[{"a": 1}]', "", ""], ["x", "nobody", "false", "", "2", ""]]


@pytest.mark.parametrize(("room", "many"), [*product([60, 80, 100, 140], [1, 3, 12])])
def test_any_number_of_columns_fits(room: int, many: int) -> None:
    out = StringIO()
    console = Console(file=out, width=room, color_system=None)
    columns = [f"column_{n}" for n in range(many)]
    for part in laid_out("", columns, [[WORDS] * many, [LONG] * many], (), room):
        console.print(part, markup=False)
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= room
    assert "".join(lines).count("pairs,") == many
