"""The example of a subscriber in JavaScript, through all that the one in Python goes through.

`make test-subscribers` installs what it needs into build/ and runs it; `make test` does not.
"""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.scenes.subscribing import (
    Language,
    Took,
    through_everything,
    through_restored_copies,
)

HOUSE = Path(__file__).parents[2]
INSTALLED = HOUSE / "build" / "subscribers"


@pytest.mark.timeout(90)
def test_the_subscriber_in_javascript_never_misses_doubles_or_disorders_an_event() -> None:
    through_everything(javascript())


@pytest.mark.timeout(300)
def test_the_subscriber_in_javascript_sees_that_log_and_stream_were_restored_together() -> None:
    through_restored_copies(javascript())


def javascript() -> Language:
    program = INSTALLED / "subscriber.mjs"
    shutil.copy(HOUSE / "examples" / program.name, program)  # beside what it imports
    return Language(
        ("node", str(program)), partial(taken, undone=False), partial(taken, undone=True)
    )


def taken(file: Path, *, undone: bool) -> Took:
    """What counts of a journal, or what was taken back, in the order of the lines."""
    counts: list[tuple[int, bytes]] = []
    back: list[tuple[int, bytes]] = []
    for line in lines(file):
        if "position" in line:
            counts.append((line["position"], line["document"].encode()))
        elif first := line.get("takenBack"):
            back += [one for one in counts if one[0] >= first]
            counts = [one for one in counts if one[0] < first]
    return back if undone else counts


def lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:  # half written as yet
            return
