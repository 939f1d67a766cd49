import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from events.characters import hidden
from services.diagnostics import WithoutMessage, set_up
from tests.scenes.terminal import ROOT

HOSTILE = "Ada\x1b[2J\x9b31m\u202e\nlevel=error"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fails() -> None:
    raise ValueError(HOSTILE)


@pytest.fixture(autouse=True)
def _own_hook() -> Iterator[None]:
    before = sys.excepthook
    yield
    sys.excepthook = before


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_no_word_in_an_entry_is_more_than_a_word(kind: type[io.StringIO]) -> None:
    out = kind()
    set_up("info", out)
    try:
        fails()
    except ValueError:
        structlog.get_logger().exception("it.failed", problem=HOSTILE, **{HOSTILE: 1})
    said = out.getvalue()
    for one in said.splitlines():
        without_colours = re.sub(r"\x1b\[\d+m", "", one)
        assert not list(hidden(without_colours)), one
    assert not any(one.startswith("level=") for one in said.splitlines())
    if kind is io.StringIO:
        assert json.loads(said)["problem"] == HOSTILE


def test_a_library_says_where_it_failed_and_no_word_of_anybody() -> None:
    try:
        fails()
    except ValueError:
        entry = logging.LogRecord("x", 40, "p", 1, HOSTILE, None, sys.exc_info())
    said = WithoutMessage("%(name)s %(levelname)s").format(entry)
    assert said.startswith("x ERROR\n  File ")
    assert said.endswith("\nValueError")
    assert "raise ValueError(HOSTILE)" in said
    assert not [one for part in said.split("\n") for one in hidden(part)]


def test_a_fault_that_nobody_takes_in_is_told_in_lines() -> None:
    program = (
        "from services.diagnostics import set_up\nset_up()\n"
        f"raise ValueError({HOSTILE.replace(chr(10), ' ')!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert r"ValueError: Ada\u001b[2J\u009b31m\u202e level=error" in done.stderr
    assert not [one for part in done.stderr.split("\n") for one in hidden(part)]
