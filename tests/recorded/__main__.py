"""`python -m tests.recorded`: plays the cohort and writes down what log and vault then hold.

To be run only when the format of the log has a new number: what was recorded before is lost. With
`--rows` only what read models make of it is written down anew.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from services.diagnostics import set_up
from services.engines.embedded import embedded
from tests.recorded.kept import FOLDER, load, save, save_digests, taken_from
from tests.recorded.playing import played
from tests.scenes.world import vault_of


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded", description=__doc__)
    parser.add_argument("--rows", action="store_true", help="only what read models make of it")
    if parser.parse_args().rows:
        save_digests(load().facts)
        return
    set_up("error")
    with (
        TemporaryDirectory(prefix="recorded-") as folder,
        embedded(Path(folder) / "data", fsync=False) as engines,
    ):
        asked = played(engines, Path(folder))
        with vault_of(engines) as vault:
            kept = taken_from(engines, vault, asked)
    save(kept)
    size = sum(file.stat().st_size for file in FOLDER.glob("*.json*"))
    print(f"{len(kept.rows)} facts, {size / 1024:.0f} KiB in all")  # noqa: T201 - a command line


if __name__ == "__main__":
    main()
