"""Files by chance: each comes to rows or to a refusal in a sentence, within memory and time."""

from collections.abc import Callable
from itertools import count
from json import dumps
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from typing import Any

from domain.catalogue import COMMANDS
from events.characters import hidden
from events.ids import CohortId, PersonId
from services.importing import Examined, NotATable, examine, examined_apart
from services.importing.confined import OUR_FAULT
from services.importing.tables import read_table
from tests.scenes.fuzzed_files import file_by
from tests.scenes.given import NOON

LONG = 30  # seconds of the processor for a file by chance
LONGEST_SENTENCE = 6_000  # characters; it may name forty titles of a hundred
FAULT = OUR_FAULT.partition("(")[0]
IDS = {"cohort_id": CohortId.derived(NOON, "fuzz"), "person_id": PersonId.derived(NOON, "fuzz")}


def fuzz(
    seed: int,
    *,
    cases: int | None = None,
    seconds: float | None = None,
    make: Callable[[Random], bytes] = file_by,
) -> dict[str, int]:
    """How many files were taken and how many refused, until there were so many or the time was
    over. AssertionError with the number of the one that did harm: `file_of(seed, number)`.
    """
    end, found = monotonic() + (seconds or float("inf")), {"taken": 0, "refused": 0}
    with TemporaryDirectory() as folder:
        for number in count() if cases is None else range(cases):
            content = file_of(seed, number, make)
            try:
                found[_judged(content, Path(folder, "forms"))] += 1
            except Exception as error:
                raise AssertionError(f"file {number} of seed {seed}: {error!r}") from error
            if monotonic() > end:
                break
    return found


def file_of(seed: int, number: int, make: Callable[[Random], bytes] = file_by) -> bytes:
    """The file that a number has."""
    return make(Random(f"{seed} {number}"))


def _judged(content: bytes, path: Path) -> str:
    path.write_bytes(content)
    begun = process_time()
    try:
        examined = examined_apart(path, _examined_and_judged, seconds=LONG)
    except NotATable as refused:
        said = str(refused)
        assert not said.startswith(FAULT), said
        assert not list(hidden(said)), "something hidden"
        assert said.endswith("."), "no sentence"
        assert len(said) < LONGEST_SENTENCE, "a long sentence"
        return "refused"
    finally:
        assert process_time() - begun < LONG, "whoever imports waits for what is read apart"
    assert isinstance(examined, Examined)
    return "taken"


def _examined_and_judged(path: Path) -> Examined:
    """What a file holds, judged beside it, where it costs nobody else anything."""
    examined = examine(path)
    fates = [one.row for one in examined.ready] + [one.row for one in examined.unfit]
    assert sorted(fates) == [one.number for one in read_table(path).rows], "a row without a fate"
    for one in examined.ready:
        for name, data in one.steps:
            _must_be_for_the_door(name, data)
    return examined


def _must_be_for_the_door(name: str, data: Any) -> None:
    """What is ready has the form of the commands that it becomes, and can be sent."""
    fields = COMMANDS[name].model_fields
    ids = {} if name == "person.register" else {it: IDS[it] for it in IDS if it in fields}
    COMMANDS[name].model_validate({**ids, **data})
    dumps(dict(data), ensure_ascii=False).encode()
