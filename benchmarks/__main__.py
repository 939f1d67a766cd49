"""`python -m benchmarks`: measures everything on engines of its own, and prints one table."""

import argparse
import os
import sys
import time
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from benchmarks import (
    appending,
    crowding,
    deciding,
    hot_cohort,
    idling,
    importing,
    keeping,
    large,
    matching,
    newcomers,
    over_http,
    rebuilding,
    relaying,
    seeing,
    several,
)
from benchmarks.pace import FULL, QUICK
from benchmarks.table import RESULTS, Row, kept, shown
from services.diagnostics import set_up

SECTIONS: Final = MappingProxyType(
    {
        "commands": deciding.rows,
        "http": over_http.rows,
        "crowd": crowding.rows,
        "newcomers": newcomers.rows,
        "import": importing.rows,
        "vault": keeping.rows,
        "append": appending.rows,
        "relay": relaying.rows,
        "hot": hot_cohort.rows,
        "visible": seeing.rows,
        "rebuild": rebuilding.rows,
        "idle": idling.rows,
        "writers": several.rows,
        "matching": matching.rows,
        "large": large.rows,
    }
)


def main() -> None:
    given = arguments()
    set_up("error")
    load_before, began = os.getloadavg()[0], time.monotonic()
    measured: list[Row] = []
    pace = QUICK if given.quick else FULL
    pace = replace(pace, large=given.events or pace.large)
    for name in given.sections or SECTIONS:
        print(f"Measuring {name} …", file=sys.stderr, flush=True)
        measured += SECTIONS[name](pace)
    kept(measured, quick=given.quick, load_before=load_before)
    print(shown(measured))
    print(f"\n{len(measured)} rows in {time.monotonic() - began:.0f} s, also in {RESULTS.name}.")
    if load_before > 0.5:  # noqa: PLR2004 - half a core is enough to blur the figures
        print(f"The machine was busy when we began (load {load_before:.1f}): measure again.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="rough figures, sooner")
    parser.add_argument("--events", type=int, help="how many the large log has (1,000,000)")
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], help="only these")
    return parser.parse_args()


if __name__ == "__main__":
    main()
