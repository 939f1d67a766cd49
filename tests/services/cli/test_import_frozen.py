"""An import whose database freezes: it ends at the first group that nobody takes, and says so."""

import time
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.scenes.filling import form, sheet
from tests.scenes.terminal import Terminal
from tests.scenes.watching import frozen, until

pytestmark = pytest.mark.patient
SOON: Final = 10.0  # seconds, within which everybody is told
MANY: Final = 400  # rows, of which few are in when the database freezes
AGAIN: Final = "What is in stays; run the import again for the rest."


@pytest.mark.timeout(300)
@pytest.mark.parametrize("words", [(), ("--json",)], ids=["in words", "for scripts"])
def test_an_import_ends_at_the_first_group_that_nobody_takes(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    lt = Terminal(LT_DATA=tmp_path / "data")
    file = sheet(tmp_path, *(_row(number) for number in range(MANY)))
    with lt.up():
        cohort = lt.planned()
        lt.asks("cohort.open-applications", {"cohort_id": cohort})
        with lt.running("import", "applications", file, "--cohort", cohort, *words) as importing:
            until(lambda: _applied(lt) >= 10, seconds=100)
            with frozen(tmp_path / "data", "postgres"):
                since = time.monotonic()
                said = importing.wait()
                waited = time.monotonic() - since
            assert said.code == 3, (said.out, said.err)
            assert waited < SOON, (waited, said.out, said.err)
            _is_one_sentence(said.err)
        if words:
            assert said.json["status"] in {"busy", "unanswered"}
        else:
            assert said.out == ""
        assert 10 <= _applied(lt) < MANY


def _is_one_sentence(err: str) -> None:
    (line,) = err.removeprefix("Importing\n").splitlines()
    assert line.endswith(AGAIN)


def _row(number: int) -> list[str]:
    return form(name=f"Ada Tregenza the {number}th", email=f"ada{number}@example.org")


def _applied(lt: Terminal) -> int:
    with psycopg.connect(lt.engines.programme["console"]) as connection:
        query = "SELECT count(*) FROM log.events WHERE type LIKE 'application.submitted.v%'"
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
