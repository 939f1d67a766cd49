"""Tables with the names of people and things, for whoever owns the data folder."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from services.engines.addresses import Engines
from tests.scenes.cast import ADA, application
from tests.scenes.world import keys_in, vault_of
from tests.services.cli.test_show import Show
from tests.services.read_models.filled import before_the_release, filled


@pytest.fixture
def show(fresh: Engines, tmp_path: Path) -> Show:
    with vault_of(fresh) as vault:
        return Show(filled(fresh, before_the_release(), vault), keys_in(tmp_path).master)


def terminal(room: int) -> dict[str, str]:
    return {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": str(room), "NO_COLOR": "1"}


def as_seen(show: Show, room: int, *words: str) -> list[str]:
    said = show.said(*words, **terminal(room))
    assert said.exit_code == 0, said.output
    return [re.sub(r"\x1b\[[\d;]*m", "", one).rstrip() for one in said.output.splitlines()]


def name_of(show: Show, whose: str) -> str:
    (row,) = show.rows("people", "--where", f"key={whose}")
    return str(row["full_name"])


def trail(fresh: Engines) -> list[tuple[str, str]]:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        return owner.execute("SELECT query, whose FROM trail.openings ORDER BY number").fetchall()


def test_a_table_shows_who_it_is_beside_the_end_of_the_id(show: Show, fresh: Engines) -> None:
    ada = name_of(show, ADA)
    before = trail(fresh)
    lines = as_seen(show, 140, "application_queue")
    (row,) = [one for one in lines if f"{ada} {ADA[-5:]}" in one]
    assert application(ADA)[-5:] in row
    assert ADA not in row
    assert ("show people", ADA) in trail(fresh)[len(before) :], "and it is noted"


@pytest.mark.parametrize("room", [60, 80, 100, 140])
def test_whatever_is_shown_fits_and_what_is_not_shown_is_named(show: Show, room: int) -> None:
    for name in ("application_queue", "people", "cohort_board", "tasks", "panel"):
        lines = as_seen(show, room, name)
        sentences = ("Not in this table:", "In all ")
        first = next((n for n, one in enumerate(lines) if one.startswith(sentences)), len(lines))
        if len(show.rows(name)) > 1:
            assert max(map(len, lines[:first])) <= room, name
        if "Not in this table" in "".join(lines):
            columns = show(name, "--columns").split()
            told = " ".join(lines)
            assert not [one for one in columns if one not in told and _is_said(show, name, one)]


def _is_said(show: Show, name: str, column: str) -> bool:
    if column == "key":
        return False
    return any(row.get(column) not in (None, [], {}) for row in show.rows(name))


def test_one_row_is_whole_with_whole_ids_and_names(show: Show) -> None:
    lines = as_seen(show, 60, "application_queue", "--where", f"person_id={ADA}")
    assert f"person_id: {ADA} ({name_of(show, ADA)})" in lines


def test_what_is_said_of_one_row_is_broken_between_words(show: Show) -> None:
    room = 40
    whole = as_seen(show, 400, "application_queue", "--where", f"person_id={ADA}")
    broken = as_seen(show, room, "application_queue", "--where", f"person_id={ADA}")
    assert " ".join(" ".join(broken).split()) == " ".join(" ".join(whole).split())
    assert len(broken) > len(whole)
    assert not [one for one in broken if len(one) > room and len(one.split()) > 1]


def test_csv_has_all_of_every_row_and_no_formula(show: Show) -> None:
    said = show.said("application_queue", "--csv")
    assert said.stdout_bytes.endswith(b"\r\n")
    header, *rows = csv.reader(StringIO(said.stdout, newline=""))
    assert len(rows) == len(show.rows("application_queue"))
    found = [dict(zip(header, row, strict=True)) for row in rows]
    (ada,) = [one for one in found if one["person_id"] == ADA]
    assert ada["person_name"] == name_of(show, ADA)
    assert len(json.loads(ada["assessors"])) == 2
    for row in rows:
        assert not any(re.match(r"[=+\-@\t\r]", cell) for cell in row)
    none = show.said("application_queue", "--csv", "--where", "stage=nothing")
    assert none.stdout.startswith('"key","application_id"')
    assert none.stdout.count("\n") == 1
    assert none.stderr == "Nothing to show.\n"
    both = show.said("application_queue", "--csv", "--json")
    assert (both.exit_code, "not both" in both.stderr) == (2, True)


@pytest.mark.parametrize("how", ["--csv", "--json", "--limit"])
def test_what_is_left_out_is_said(show: Show, how: str) -> None:
    words = ("people", "--limit", "2", *((how,) if how != "--limit" else ()))
    said = show.said(*words)
    assert said.stderr.startswith("There are more: 2 are shown. ")
    assert len(show.rows("people", "--limit", "2")) == 2
    assert show.said("people").stderr == ""


def test_the_end_of_an_id_or_a_title_will_do(show: Show) -> None:
    (row,) = show.rows("application_queue", "--where", f"key={application(ADA)}")
    for words in (f"person_id={ADA[-6:]}", f"application_id=Ada {application(ADA)[-7:]}"):
        assert show.rows("application_queue", "--where", words) == [row]
    (board,) = show.rows("cohort_board")
    title = board["title"].split()[0].casefold()
    said = show.said("application_queue", "--where", f"cohort_id={title}", "--json")
    assert len(said.stdout.splitlines()) == len(show.rows("application_queue"))
    assert said.stderr == f"cohort_id: {board['title']} {board['cohort_id']}\n"


def test_what_may_mean_several_is_told_and_never_guessed(show: Show) -> None:
    ids = {str(row["person_id"]) for row in show.rows("application_queue")}
    several = [one for one in ids if one.endswith(ADA[-1])]
    end = next(
        end
        for one in sorted(ids)
        for end in (one[-4:],)
        if sum(it.endswith(end) for it in ids) == 1
    )
    assert several
    assert len(show.rows("application_queue", "--where", f"person_id={end}")) == 1
    said = show.said("application_queue", "--where", "person_id=zzzz")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "Nothing is found under what person_id is to be" in said.stderr


def test_whom_a_notice_was_for_is_shown_to_the_owner_of_the_folder(
    show: Show, fresh: Engines
) -> None:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute(
            "INSERT INTO work.notices (position, cause, person, template, fact, state, due_at)"
            " SELECT n, 'x', who, 'y', 'z', 'sent', now() FROM unnest(%s::text[]) WITH ORDINALITY"
            " AS it(who, n)",
            ([ADA, "person_01j5mxtpm0e4vtf4ebeha2wqm0"],),
        )
    lines = as_seen(show, 140, "notices")
    assert [one for one in lines if f"{name_of(show, ADA)} {ADA[-5:]}" in one]
    found = show.rows("notices", "--where", f"person={ADA[-6:]}")
    assert [row["person"] for row in found] == [ADA]
