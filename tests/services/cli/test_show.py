import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.engines.addresses import Engines
from tests.scenes.cast import ADA, application
from tests.scenes.history_choosing import ASSESSED
from tests.scenes.world import keys_in, vault_of
from tests.services.read_models.filled import before_the_release, filled


class Show:
    """Calls of `leading-together show` with a reader's rights."""

    def __init__(self, engines: Engines, key: Path) -> None:
        self._settings = {
            "LT_DATABASE_URL": engines.programme["console"],
            "LT_VAULT_URL": engines.vault["console"],
            "LT_NATS_URL": "nats://127.0.0.1:1",
            "LT_MASTER_KEY_FILE": str(key),
            "LT_EPOCH_KEYS_FILE": str(key.with_name("epochs.keys")),
        }

    def __call__(self, *words: str) -> str:
        said = CliRunner().invoke(main, ["show", *words], env=self._settings)
        assert said.exit_code == 0, said.output
        return said.stdout

    def rows(self, *words: str) -> list[Any]:
        return [json.loads(line) for line in self(*words, "--json").splitlines()]


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
    assert show("application_queue", "--where", "nonsense=true") == "Nothing to show.\n"


def test_what_is_told_is_asked_for_before_rows_are_counted(show: Show) -> None:
    asked = ("application_queue", "--where", "waiting=false")
    every = show.rows(*asked)
    assert len(every) == 2
    assert show.rows(*asked, "--limit", "1") == every[:1]


def test_in_words_a_row_says_what_is_told(show: Show) -> None:
    words = show("application_queue", "--where", "waiting=true", "--where", f"person_id={ADA}")
    assert "waits_for: the release of decisions\n" in words
    assert "interest: I want to help.\n" in words
    assert "acts" not in words
    columns, *rows = (line.split("\t") for line in show("application_queue").splitlines())
    stages = {row[columns.index("stage")] for row in rows}
    assert stages == {"decided", "ineligible", "withdrawn"}


def test_whoever_has_no_key_is_told_that_it_is_sealed(show: Show, key: Path) -> None:
    key.unlink()
    (row,) = show.rows("application_queue", "--where", f"key={application(ADA)}")
    assert row["waits_for"] == "the panel, whose part is sealed"
    assert (row["interest"], row["assessors"]) == ("(sealed)", "(sealed)")
    assert show("application_queue", "--where", "stage=decided") == "Nothing to show.\n"
