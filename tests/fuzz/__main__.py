"""`python -m tests.fuzz`: words on every way out, tokens at the issuers' keys, headers of messages,
tables to match by, and files at the import, by chance.

FUZZ_SECONDS is how long in all (300), FUZZ_SEED the seed (one by the clock, and told). What does
harm ends it, with its seed.
"""

import os
import time
from typing import Final

from tests.scenes.fuzzed_words import fuzz as words
from tests.services.identity.fuzzing import fuzz as tokens
from tests.services.importing.fuzzing import fuzz as files
from tests.services.matching.fuzzing import fuzz as tables
from tests.services.stream.fuzzing import fuzz as headers

LONG: Final = 300.0  # seconds
PARTS: Final = 8  # of the time: a half for files, and one each for the others
INTERRUPTED: Final = 130  # the exit code


def main() -> int:
    """0 if nothing was found; AssertionError with what was."""
    one = float(os.environ.get("FUZZ_SECONDS") or LONG) / PARTS
    seed = int(os.environ.get("FUZZ_SEED") or time.time_ns() % 1_000_000)
    _say(f"seed {seed}: {one:.0f} s of each, {4 * one:.0f} s of files")
    try:
        _say(f"{words(seed, seconds=one):,} words did no harm")
        _say(f"{tokens(one, seed):,} tokens did no harm")
        _say(f"{headers(seed, seconds=one):,} headers did no harm")
        _say(f"{tables(seed, seconds=one):,} tables were matched: none can be better")
        found = files(seed, seconds=4 * one)
        _say(f"{found['taken']:,} files were read, {found['refused']:,} refused: none did harm")
    except KeyboardInterrupt:
        _say(f"interrupted; FUZZ_SEED={seed} begins with the same")
        return INTERRUPTED
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    raise SystemExit(main())
