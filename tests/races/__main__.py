"""`python -m tests.races`: the races for as many seeds as wished, against whom one wishes."""

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.engines.addresses import Engines
from services.engines.embedded import embedded
from tests.races.contenders import Contender
from tests.races.findings import Findings, in_words
from tests.races.library import LIBRARY
from tests.races.machine import compare
from tests.races.mutants import MUTANTS
from tests.races.ours import OURS
from tests.races.processes import be_quiet, together
from tests.races.scenarios import SCENARIOS, run
from tests.scenes.databases import fresh_databases, make_templates

PROCESSES, SECONDS = 4, 5.0
CONTENDERS: Final[Mapping[str, Contender]] = {"ours": OURS, "library": LIBRARY, **MUTANTS}


@contextmanager
def _engines() -> Iterator[Engines]:
    with (
        TemporaryDirectory(prefix="races-") as folder,
        embedded(Path(folder) / "data", fsync=False) as engines,
    ):
        make_templates(engines)
        yield engines


def main() -> int:
    """0 if nothing was found, 1 otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    asked.add_argument("--seeds", type=int, default=100, help="how many (100)")
    asked.add_argument("--first", type=int, default=0, help="the first of them (0)")
    asked.add_argument("--against", choices=CONTENDERS, default="ours", help="who races (ours)")
    asked.add_argument("--only", choices=SCENARIOS, help="one scenario instead of all")
    given = asked.parse_args()
    be_quiet()
    chosen = [given.only] if given.only else list(SCENARIOS)
    with _engines() as engines:
        contender, seeds = CONTENDERS[given.against], range(given.first, given.first + given.seeds)
        found = [_tried(engines, contender, name, seeds) for name in chosen]
        if contender is OURS and not given.only:
            found.append(_shared(engines))
            _compared(engines, given.seeds)
    return int(any(found))


def _tried(engines: Engines, contender: Contender, name: str, seeds: range) -> bool:
    began, findings, red = time.monotonic(), Findings(), 0
    for seed in seeds:
        with fresh_databases(engines) as fresh:
            one = run(SCENARIOS[name], contender, fresh, seed)
        findings += one
        red += bool(one)
    of_seeds = f"{red:4} of {len(seeds)} seeds red, {time.monotonic() - began:5.1f} s"
    _say(f"{contender.name:22} {name:11}{of_seeds}: {in_words(findings)}")
    return bool(findings)


def _shared(engines: Engines) -> bool:
    """Writer processes at once: what share each had, and how long its groups took."""
    with fresh_databases(engines) as fresh:
        shares, findings = together(fresh, PROCESSES, SECONDS)
    groups = sum(len(share.waits) for share in shares)
    for number, share in enumerate(shares, 1):
        waits = sorted(share.waits)
        part, usual, worst = len(waits) / groups, waits[len(waits) // 2], waits[-1]
        _say(
            f"process {number} of {PROCESSES}: {part:4.0%} of {groups} groups,"
            f" median {usual * 1000:.0f} ms, worst {worst * 1000:.0f} ms"
        )
    _say(f"{'ours':22} {'processes':11}: {in_words(+findings)}")
    return bool(+findings)


def _compared(engines: Engines, examples: int) -> None:
    """Raises what does not agree with the model, made as small as possible."""
    began = time.monotonic()
    compare(partial(fresh_databases, engines), examples)
    _say(f"{'ours':22} {'model':11}{examples:4} histories, {time.monotonic() - began:5.1f} s: -")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":  # the writer processes import this file too
    raise SystemExit(main())
