import json
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from projections.catalogue import LISTS
from services.__main__ import main
from services.cli.show import by_day, questions
from services.engines.addresses import Engines
from services.reading.asking import EVENTS, FIND, SHARED
from services.reading.table import TABLE
from tests.scenes.cast import ADA, application
from tests.scenes.history_choosing import ASSESSED, day
from tests.scenes.terminal import at_home, elsewhere
from tests.scenes.world import keys_in, vault_of
from tests.services.read_models.filled import before_the_release, commands, filled


class Show:
    """Calls of `leading-together show` by the owner of a data folder, whose engines these are."""

    def __init__(self, engines: Engines, key: Path) -> None:
        at_home(engines, key.parent)
        self.settings = {
            "LT_DATA": str(key.parent),
            "LT_MASTER_KEY_FILE": str(key),
            "LT_EPOCH_KEYS_FILE": str(key.with_name("epochs.keys")),
        }

    def __call__(self, *words: str, typed: str | None = None) -> str:
        said = CliRunner().invoke(main, ["show", *words], env=self.settings, input=typed)
        assert said.exit_code == 0, said.output
        return said.stdout

    def said(self, *words: str, **settings: str) -> Result:
        return CliRunner().invoke(main, ["show", *words], env={**self.settings, **settings})

    def rows(self, *words: str, typed: str | None = None) -> list[Any]:
        return [json.loads(line) for line in self(*words, "--json", typed=typed).splitlines()]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return keys_in(tmp_path).master


@pytest.fixture
def show(fresh: Engines, key: Path) -> Show:
    """All is decided, and nobody was told."""
    with vault_of(fresh) as vault:
        return Show(filled(fresh, before_the_release(), vault), key)


def test_what_is_told_is_shown_and_can_be_asked_for(show: Show) -> None:
    waiting = show.rows("application_queue", "--where", "waiting=true")
    assert [row["key"] for row in waiting] == sorted(application(who) for who in ASSESSED)
    assert {row["waits_for"] for row in waiting} == {"the release of decisions"}
    (ada,) = show.rows("people", "--where", "channel=post")
    assert (ada["key"], ada["needs"]) == (ADA, "A seat near the door.")
    assert show.rows("application_queue", "--where", "waiting=True") == waiting


def test_a_column_that_is_not_there_is_told_with_those_that_are(show: Show) -> None:
    for name in ("application_queue", "assessors", "notices"):
        columns = show(name, "--columns").split()
        said = show.said(name, "--where", "nonsense=true")
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr == (
            f"There is no column nonsense in {name}. There are: {', '.join(columns)}.\n"
        )
        assert json.loads(show(name, "--columns", "--json")) == columns


def test_every_row_has_columns_that_are_named(show: Show) -> None:
    for name in questions().keys() - {"openings"}:
        columns = set(show(name, "--columns").split())
        for row in show.rows(name):
            assert columns.issuperset(row), name


def test_what_is_told_is_asked_for_before_rows_are_counted(show: Show) -> None:
    asked = ("application_queue", "--where", "waiting=false")
    every = show.rows(*asked)
    assert len(every) == 2
    assert show.rows(*asked, "--limit", "1") == every[:1]


def test_what_is_said_of_people_is_asked_for_by_a_file_or_the_input(
    show: Show, tmp_path: Path
) -> None:
    (ada,) = show.rows("people", "--where", "needs=A seat near the door.")
    file = tmp_path / "needs.txt"
    for ending in ("", "\n", "\r\n"):
        file.write_text(f"{ada['needs']}{ending}", newline="")
        assert show.rows("people", "--where", f"needs=@{file}") == [ada]
        assert show.rows("people", "--where", "needs=-", typed=f"{ada['needs']}{ending}") == [ada]
    both = ("--where", f"needs=@{file}", "--where", "key=-")
    assert show.rows("people", *both, typed=str(ada["key"])) == [ada]
    file.write_text(f"@{file}")
    assert show.rows("people", "--where", f"needs=@{file}") == []
    for words, sentence in (
        (("needs=@nowhere.txt",), "@nowhere.txt can't be read: No such file or directory."),
        (("needs=-", "key=-"), "Only one value can be on the input"),
    ):
        conditions = [part for one in words for part in ("--where", one)]
        said = CliRunner().invoke(main, ["show", "people", *conditions], env=show.settings)
        assert (said.exit_code, said.stdout) == (2, "")
        assert said.stderr.startswith(sentence)


def test_in_words_a_row_says_what_is_told(show: Show) -> None:
    words = show("application_queue", "--where", "waiting=true", "--where", f"person_id={ADA}")
    assert "waits_for: the release of decisions\n" in words
    assert "interest: I want to help.\n" in words
    assert "\nacts:" not in words
    columns, *rows = (line.split("\t") for line in show("application_queue").splitlines())
    stages = {row[columns.index("stage")] for row in rows}
    assert stages == {"decided", "ineligible", "withdrawn"}


def test_a_list_is_made_of_what_is_opened_here(show: Show) -> None:
    found = show.rows("panel", "--where", f"person_id={ADA}")
    assert [(row["key"], len(row["found"])) for row in found] == [(application(ADA), 2)]
    assert {one["comment"] for one in found[0]["found"]} == {"A kind application."}
    columns, *rows = (line.split("\t") for line in show("panel").splitlines())
    assert {"mean", "gap", "far_apart"} <= set(columns)
    assert len(rows) == len(ASSESSED)
    assert len(show.rows("assessors", "--limit", "2")) == 2
    said = CliRunner().invoke(main, ["show", "panel", "--follow"], env=show.settings)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "can't be followed" in said.stderr


def test_whoever_has_no_key_is_told_that_it_is_sealed(show: Show, key: Path) -> None:
    key.unlink()
    (row,) = show.rows("application_queue", "--where", f"key={application(ADA)}")
    assert row["waits_for"] == "the panel, whose part is sealed"
    assert (row["interest"], row["assessors"]) == ("(sealed)", "(sealed)")
    assert show("application_queue", "--where", "stage=decided") == "Nothing to show.\n"


@pytest.mark.parametrize("model", ["people", "application_queue", "openings", "panel"])
def test_whoever_has_urls_and_keys_of_engines_elsewhere_reads_with_a_token_or_not_at_all(
    show: Show, fresh: Engines, model: str
) -> None:
    """Whichever role the URLs are of: the command line reads in the same way."""
    ways = ((), ("--json",)) if model in LISTS else ((), ("--json",), ("--follow",))
    with psycopg.connect(fresh.programme["auditor"], autocommit=True) as auditor:
        for role in ("console", "checker", "home", "owner"):
            settings = {**show.settings, **elsewhere(fresh, role)}
            for more in ways:
                said = CliRunner().invoke(main, ["show", model, *more], env=settings)
                assert said.exit_code == 1, said.output
                assert "identity.missing" in said.output
                assert ADA not in said.output
        lines = auditor.execute("SELECT count(*) FROM trail.told").fetchone()
    assert lines == (0,)


def test_what_was_sent_is_shown_to_whoever_runs_the_system_elsewhere_too(
    show: Show, fresh: Engines
) -> None:
    settings = {**show.settings, **elsewhere(fresh, "console")}
    said = CliRunner().invoke(main, ["show", "notices"], env=settings)
    assert (said.exit_code, said.output) == (0, "Nothing to show.\n")
    bus = {name: one for name, one in settings.items() if "DATABASE" not in name}
    said = CliRunner().invoke(main, ["show", "notices"], env=bus)
    assert said.exit_code == 2
    assert said.output.startswith("notices is for whoever runs the system")


def test_without_a_name_all_that_may_be_read_is_listed(show: Show) -> None:
    named = [line.split()[0] for line in show().splitlines()]
    readable = {*TABLE, *LISTS} - {FIND, SHARED, EVENTS}
    assert readable <= set(named)
    assert set(named) - readable == {"notices"}
    said = CliRunner().invoke(main, ["show", "nothing"], env=show.settings)
    assert said.exit_code == 2
    assert "openings" in said.output


def test_tasks_are_shown_by_their_day_and_which_are_overdue() -> None:
    rows = [
        {"key": key, "day": day}
        for key, day in (("a", None), ("b", "2024-09-17"), ("c", "2024-09-15"))
    ]
    shown = by_day("tasks", rows, date(2024, 9, 17))
    assert [(row["key"], row["overdue"]) for row in shown] == [
        ("c", True),
        ("b", False),
        ("a", False),
    ]
    assert by_day("agenda", rows, date(2024, 9, 17)) == rows


def test_however_few_tasks_are_shown_they_are_the_most_urgent(fresh: Engines, key: Path) -> None:
    by_then = [one for one in commands() if one.time < day(2025, 3, 16)]
    with vault_of(fresh) as vault:
        show = Show(filled(fresh, by_then, vault), key)
    every = show.rows("tasks")
    assert every[:3] != sorted(every, key=itemgetter("key"))[:3]
    assert show.rows("tasks", "--limit", "3") == every[:3]


def test_what_a_read_model_only_remembers_is_shown_to_nobody(show: Show) -> None:
    rows = show.rows("tasks")
    assert rows
    assert not [row for row in rows if row["state"] == "nothing-waits"]
    assert all(row["says"] and row["commands"] for row in rows)
    (one, *_) = show.rows("tasks", "--where", f"need={rows[0]['need']}")
    assert one["need"] == rows[0]["need"]
