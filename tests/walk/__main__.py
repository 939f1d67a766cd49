"""`python -m tests.walk`: as many walks as wished, one seed after the other, on one core.

WALK_SEED is the first seed (1), WALK_STEPS how many steps in all (100000), or WALK_SECONDS how
long. A run in which nothing but the expected was found ends with 0.
"""

import argparse
import os
import time
from typing import Final

from tests.walk.mutants import MUTANTS
from tests.walk.report import Report
from tests.walk.shorter import lines
from tests.walk.walk import begun, walking

EACH: Final = 2000  # steps of one walk
MANY: Final = 1_000_000  # steps within which all that is expected is found
SAY: Final = 10  # walks between two lines
INTERRUPTED: Final = 130  # the exit code


def main() -> int:
    """0 if nothing was found that is not expected, and all mutants are; 1 otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.walk", description=__doc__)
    asked.add_argument("--mutants", action="store_true", help="each mutant must be found instead")
    asked.add_argument("--tell", metavar="NAME", help="how the first seed comes to this finding")
    given = asked.parse_args()
    with walking():
        if given.mutants:
            return _mutants()
        if given.tell:
            for line in lines(_number("WALK_SEED", 1), given.tell, EACH):
                _say(line)
            return 0
        return _walks()


def _walks() -> int:
    report, interrupted = Report(), False
    try:
        _one_after_another(report)
    except KeyboardInterrupt:
        interrupted = True
    for line in (*report.lines(), _so_far(report)):
        _say(line)
    if interrupted:
        return INTERRUPTED
    missing = report.missing if report.counts["steps"] >= MANY else []
    for name in missing:
        _say(f"MISSING  {name} is not found any more: take it out of the list")
    return int(bool(report.unexpected or missing))


def _one_after_another(report: Report) -> None:
    seconds = _number("WALK_SECONDS", 0)
    steps = _number("WALK_STEPS", 0 if seconds else 100_000)
    began, seed = time.monotonic(), _number("WALK_SEED", 1)
    while report.counts["steps"] < steps or time.monotonic() - began < seconds:
        walk = begun(seed)
        try:
            walk.run(min(EACH, steps - report.counts["steps"]) if steps else EACH)
        except KeyboardInterrupt:
            _say(f"interrupted; WALK_SEED={seed} goes on from here")
            raise
        except BaseException:
            _say(f"seed {seed}, step {walk.steps}: the walk itself fell")
            raise
        for name in report.take_in(seed, walk):
            _say(f"seed {seed}, {walk.findings.first[name]}")
        seed += 1
        if report.counts["walks"] % SAY == 0:
            _say(_so_far(report))


def _so_far(report: Report) -> str:
    counts = report.counts
    pace = counts["steps"] / time.process_time()
    return (
        f"{counts['walks']} walks, {counts['steps']:,} steps ({pace:.0f} a second of processor),"
        f" {counts['facts']:,} facts, {counts['letters']:,} letters,"
        f" {len(report.unexpected)} unexpected"
    )


def _mutants() -> int:
    lost = 0
    for name, mutant in MUTANTS.items():
        found = mutant.found()
        lost += found is None
        _say(f"{name}: {found or 'NOT FOUND'}")
    return int(bool(lost))


def _number(name: str, otherwise: int) -> int:
    return int(os.environ.get(name) or otherwise)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    raise SystemExit(main())
