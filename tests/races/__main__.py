"""`python -m tests.races`: the races for as many seeds as wished, against whom one wishes."""

import argparse
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from services.embedded import embedded
from services.engines import Engines
from tests.databases import fresh_databases, make_templates
from tests.races.contenders import Contender
from tests.races.findings import Findings, told
from tests.races.library import LIBRARY
from tests.races.mutants import MUTANTS
from tests.races.ours import OURS
from tests.races.scenarios import SCENARIOS, run

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
    _be_quiet()
    chosen = [given.only] if given.only else list(SCENARIOS)
    with _engines() as engines:
        contender, seeds = CONTENDERS[given.against], range(given.first, given.first + given.seeds)
        found = [_tried(engines, contender, name, seeds) for name in chosen]
    return int(any(found))


def _tried(engines: Engines, contender: Contender, name: str, seeds: range) -> bool:
    began, findings, red = time.monotonic(), Findings(), 0
    for seed in seeds:
        with fresh_databases(engines) as fresh:
            one = run(SCENARIOS[name], contender, fresh, seed)
        findings += one
        red += bool(one)
    of_seeds = f"{red:4} of {len(seeds)} seeds red, {time.monotonic() - began:5.1f} s"
    print(f"{contender.name:22} {name:11}{of_seeds}: {told(findings)}", flush=True)  # noqa: T201 - a command line
    return bool(findings)


def _be_quiet() -> None:
    """Errors are what this is about; they are counted, not logged."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


raise SystemExit(main())
