"""`python -m tests.fuzz`: words on every way out, and tokens at the issuers' keys, by chance.

FUZZ_SECONDS is how long in all (300), FUZZ_SEED the seed (one by the clock, and told). What does
harm ends it, with its seed.
"""

import os
import time
from typing import Final

from tests.scenes.fuzzed_words import fuzz as words
from tests.services.identity.fuzzing import fuzz as tokens

LONG: Final = 300.0  # seconds
INTERRUPTED: Final = 130  # the exit code


def main() -> int:
    """0 if nothing was found; AssertionError with what was."""
    seconds = float(os.environ.get("FUZZ_SECONDS") or LONG) / 2
    seed = int(os.environ.get("FUZZ_SEED") or time.time_ns() % 1_000_000)
    _say(f"seed {seed}, {seconds:.0f} s of words and {seconds:.0f} s of tokens")
    try:
        _say(f"{words(seed, seconds=seconds):,} words did no harm")
        _say(f"{tokens(seconds, seed):,} tokens did no harm")
    except KeyboardInterrupt:
        _say(f"interrupted; FUZZ_SEED={seed} begins with the same")
        return INTERRUPTED
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    raise SystemExit(main())
