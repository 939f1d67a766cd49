"""What a call of the command line does not need it does not load: so it starts at once."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from click.testing import CliRunner
from services.__main__ import main
said = CliRunner().invoke(main, json.loads(sys.argv[1]))
assert said.exit_code == 0, said.output
print(json.dumps(sorted(sys.modules)))
"""
EVERY_MODEL = ("domain.catalogue", "events.catalogue", "projections.catalogue", "domain.matching")


def loaded(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(words)],
        capture_output=True,
        text=True,
        check=True,
    )
    return {*json.loads(done.stdout)}


@pytest.mark.parametrize(
    "words", [("do", "--help"), ("do", "cohort.plan", "--help"), ("do", "--list")]
)
def test_to_do_one_thing_the_models_of_all_are_not_built(words: tuple[str, ...]) -> None:
    found = loaded(*words)
    assert "services.cli.do" in found
    assert not {one for one in found if one.startswith(EVERY_MODEL)}
    assert not {one for one in found if one.startswith(("openpyxl", "faststream", "icalendar"))}


def test_a_worker_alone_holds_in_memory_only_what_it_needs() -> None:
    found = loaded("run", "--help")
    assert "services.cli.run" in found
    assert not {one for one in found if one.startswith((*EVERY_MODEL, "services.operations"))}
    assert not {one for one in found if one.startswith(("uvicorn", "starlette"))}
