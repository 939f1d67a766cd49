"""What a call of the command line does not need it does not load: so it starts at once."""

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.cli import lazy
from services.cli.lazy import Lazy, said_of
from services.cli.leaving import INTERRUPTED

PROGRAM = """
import json, sys
from click.testing import CliRunner
from services.__main__ import main
said = CliRunner().invoke(main, json.loads(sys.argv[1]))
assert said.exit_code == 0, said.output
print(json.dumps(sorted(sys.modules)))
"""
ROWS = ("projections.catalogue", "services.reading.table")
EVERY_MODEL = ("domain.catalogue", "events.catalogue", "domain.matching", *ROWS)
LARGE = ("openpyxl", "faststream", "icalendar", "highspy", "fastapi", "joserfc")


def loaded(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(words)],
        capture_output=True,
        text=True,
        check=True,
    )
    return {*json.loads(done.stdout)}


def those(found: set[str], *begin: str) -> set[str]:
    return {one for one in found if one.startswith(begin)}


@pytest.mark.parametrize(
    "words", [("do", "--help"), ("do", "cohort.plan", "--help"), ("do", "--list")]
)
def test_to_do_one_thing_the_models_of_all_are_not_built(words: tuple[str, ...]) -> None:
    found = loaded(*words)
    assert "services.cli.do" in found
    assert not those(found, *EVERY_MODEL, "openpyxl", "faststream", "icalendar")


@pytest.mark.parametrize(
    "words",
    [
        ("show",),
        ("show", "--help"),
        ("show", "offers", "--columns"),
        ("show", "messages", "--json", "--columns"),
        ("people", "find", "--help"),
    ],
)
def test_nor_to_tell_what_there_is_to_be_shown(words: tuple[str, ...]) -> None:
    assert not those(loaded(*words), *EVERY_MODEL, *LARGE)


@pytest.mark.parametrize(
    ("module", "not_needed"),
    [
        ("signing", EVERY_MODEL),  # beside `show`, all that is needed to ask the reader
        ("looking", (*ROWS, "domain.catalogue", "joserfc")),  # and to look at home
    ],
)
def test_nor_to_show_it(module: str, not_needed: tuple[str, ...]) -> None:
    assert f"services.cli.{module}" not in loaded("show", "--help")
    program = f"import sys, services.cli.show, services.cli.{module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not those({*done.stdout.split()}, *not_needed)


def test_what_each_command_is_for_is_said_without_any_of_them() -> None:
    for words in (("--help",), ("ops", "--help")):
        found = loaded(*words)
        assert those(found, "services.cli.") <= {
            f"services.cli.{one}" for one in ("lazy", "misspelt", "ops", "ops.group")
        }


@pytest.mark.parametrize("group", [main, main.get_command(click.Context(main), "ops")])
def test_what_is_said_of_a_command_is_what_it_says_itself(group: Lazy) -> None:
    for name, where in group._lazily.items():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert said_of(where) == command.get_short_help_str(1000), name


def test_a_worker_alone_holds_in_memory_only_what_it_needs() -> None:
    found = loaded("run", "--help")
    assert "services.cli.run" in found
    assert not those(found, *EVERY_MODEL, "services.operations", "uvicorn", "starlette")


@pytest.mark.parametrize("how", [KeyboardInterrupt, click.Abort])
def test_who_stops_a_call_while_it_starts_or_at_a_question_is_told_so(
    monkeypatch: pytest.MonkeyPatch, how: type[BaseException]
) -> None:
    def stopped(_: str) -> None:
        raise how

    monkeypatch.setattr(lazy, "import_module", stopped)
    monkeypatch.delitem(sys.modules, "services.cli.status", raising=False)
    said = CliRunner().invoke(main, ["status"])
    assert (said.exit_code, said.output) == (INTERRUPTED, "Stopped.\n")
