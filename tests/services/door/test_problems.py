"""What is wrong with a value is told in our words, whatever is wrong, and never repeats it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from services.door.problems import OF_THE_LIBRARY, OTHERWISE, in_words, problems_of
from services.door.wire import Request
from services.reading.questions import Query

EVERY = {**COMMANDS, **IN_CONFIDENCE}
GIVEN = "zzGivenByThemzz"
WRONG: tuple[Any, ...] = (
    *(GIVEN, f"{GIVEN} " * 9000, "", 10**30, -1, 1.5, True, None, [], [GIVEN], [[GIVEN]]),
    *({}, {GIVEN: GIVEN}, {GIVEN: {GIVEN: 1}}),
)
THEIRS = re.compile(r"Input|String|should|Value error|Field required|valid |pattern|Tuple|Extra")


def said_of(kind: Any, data: Any) -> Iterator[str]:
    try:
        kind.model_validate(data)
    except ValidationError as error:
        yield from (problem for _, _, problem in problems_of(error))


@pytest.mark.parametrize("name", EVERY)
def test_whatever_is_wrong_with_a_command_is_said_in_our_words(name: str) -> None:
    kind = EVERY[name]
    fields = [*kind.model_fields, "nonsense"]
    said = {it for wrong in WRONG for it in said_of(kind, dict.fromkeys(fields, wrong))}
    said.update(said_of(kind, {}))
    assert said
    assert not {one for one in said if THEIRS.search(one) or GIVEN in one or "{" in one}


@pytest.mark.parametrize("kind", [Request, Query])
def test_and_so_is_what_is_wrong_with_a_request(kind: Any) -> None:
    said = {it for one in WRONG for it in said_of(kind, dict.fromkeys(kind.model_fields, one))}
    said.update(said_of(kind, {GIVEN: 1}))
    assert said
    assert not {one for one in said if THEIRS.search(one) or GIVEN in one}


def test_what_a_check_of_ours_says_stands_as_it_is() -> None:
    assert in_words("of_ours", "choose one of them", {}) == "choose one of them"
    assert (
        in_words("value_error", "Value error, x", {"error": ValueError("can't be")}) == "can't be"
    )


def test_nothing_of_the_library_is_without_words() -> None:
    limits = json.loads(
        '{"min_length": 2, "max_length": 3, "ge": 1, "gt": 1, "le": 1, "lt": 1, "expected": "a",'
        ' "error": "x", "expected_tags": "b"}'
    )
    for kind in OF_THE_LIBRARY:
        assert not THEIRS.search(in_words(kind, "Input should be said otherwise", limits))
    assert in_words("frozen_instance", "Instance is frozen", {}) == OTHERWISE
