"""A walk of a fixed length: it finds what is known, strictly, and nothing else."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

import pytest

from domain.catalogue import COMMANDS
from services.log.wishes import Refused, Wish
from tests.walk.beginning import Script
from tests.walk.expected import EXPECTED, NAMES
from tests.walk.mistakes import MISTAKES, found_of
from tests.walk.mutants import MUTANTS
from tests.walk.report import Report
from tests.walk.walk import begun, walking
from tests.walk.whole import WholeLife
from tests.walk.world import World

HERE: Final = Path(__file__).parents[2]
SEEDS: Final = (1, 2, 3, 4, 5)
STEPS: Final = 300
NEVER_REFUSED: Final = {
    "person.register": "anybody may, and who was met and is erased meanwhile can't be had here",
    **dict.fromkeys(
        ("trouble.note", "trouble.settle"),
        "something may lack of no cohort, and a cohort that nobody knows is not named by chance",
    ),
}
"""Commands that are accepted, and that nobody may happen to be refused here, with the reason."""
QUICKLY_FOUND: Final = (
    "learns by one tag",
    "knows no ids",
    "acts tell what was found",
    "a row is stored by half",
    "a notice lacks its words",
    "as it was: claims are believed",
)
"""Mutants that a walk finds within two seconds; all of them are tried by `make walk`."""
TOLD: Final = """
from hashlib import sha256
from tests.walk.walk import begun, walking
with walking():
    walk = begun({seed})
    walk.run({steps})
print(sha256(b"".join(row.document for row in walk.log.rows)).hexdigest())
"""


def wanderings() -> Report:
    """All that is walked here: a good beginning, a whole life, every mistake, and at random."""
    report = Report()
    script = World(Random(0))
    Script(script, "two").two_cohorts()
    report.take_in(0, script)
    life = begun(1)
    WholeLife(life, Random(1)).lived()
    life.comes_to_rest()
    report.take_in(1, life)
    for number, name in enumerate(MISTAKES):
        walk = begun(4 * number + 1)
        walk.mistake(name)
        report.take_in(walk.seed, walk)
        assert walk.findings.counts.keys() >= set(found_of(name)), f"{name} is mended: good"
    for seed in SEEDS:
        walk = begun(seed)
        walk.run(STEPS)
        report.take_in(seed, walk)
    return report


def test_a_walk_finds_what_is_known_and_nothing_else() -> None:
    with walking():
        report = wanderings()
        refuse_all(report)
    said = "\n".join(report.lines())
    assert report.unexpected == [], said
    assert report.missing == [], said
    assert set(report.untried()) <= NEVER_REFUSED.keys()


def refuse_all(report: Report) -> None:
    """Whatever was not refused on the way is asked for about what nobody knows."""
    for name in [one for one in COMMANDS if not report.refused[one]]:
        walk = World(Random(1))
        wish: Wish | None = None
        for _ in range(150):
            if wish and isinstance(wish.answer, Refused):
                break
            wish = walk.send(walk.lives.wishes.asked(name))
        report.take_in(1, walk)


def test_what_is_expected_is_said_once_and_with_its_reason() -> None:
    assert len(NAMES) == len(EXPECTED)
    assert all(one.kind and one.reason for one in EXPECTED)
    assert {name for one in MISTAKES for name in found_of(one)} <= NAMES


def test_the_document_tells_all_that_is_known() -> None:
    told = (HERE / "docs" / "walk.md").read_text()
    for one in EXPECTED:
        assert f"| {one.kind} | `{one.name}` | {one.reason} |" in told
    assert all(f"| {name} |" in told for name in MUTANTS)


@pytest.mark.parametrize("name", QUICKLY_FOUND)
def test_a_walk_finds_a_fault(name: str) -> None:
    with walking():
        assert MUTANTS[name].found(), "the walk did not notice"


def test_a_seed_gives_the_same_walk_in_every_process() -> None:
    """Whatever order the ids of people come in, in a set."""
    seed, steps = 2, 60
    with walking():
        walk = begun(seed)
        walk.run(steps)
    ours = sha256(b"".join(row.document for row in walk.log.rows)).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", TOLD.format(seed=seed, steps=steps)],
        cwd=HERE,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [ours]
