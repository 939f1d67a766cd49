"""`python -m tests.services.matching`: tables up to six by six, each against every matching.

MATCHING_TABLES is how many (100,000), MATCHING_SEED the seed (1). One that is solved wrongly ends
it, and is shown.
"""

import os
import time
from random import Random
from typing import Final

from tests.services.matching.fuzzing import must_be_best, table

MANY: Final = 100_000
TELLS: Final = 25_000  # tables, after which it tells how far it is


def main() -> int:
    """0 if none was solved wrongly; AssertionError with the first that was."""
    many = int(os.environ.get("MATCHING_TABLES") or MANY)
    seed = int(os.environ.get("MATCHING_SEED") or 1)
    chance, began = Random(seed), time.monotonic()
    _say(f"seed {seed}: {many:,} tables up to six by six")
    for number in range(1, many + 1):
        must_be_best(table(chance))
        if number % TELLS == 0:
            _say(f"{number:,} in {time.monotonic() - began:.0f} s: none can be better")
    _say(f"{many:,} tables were matched: none can be better, and the prices of each prove it")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    raise SystemExit(main())
