import json
from typing import Any

import pytest

from domain.catalogue import COMMANDS
from events.personal import several_lines
from services.crew import REQUESTS
from services.door.wire import Malformed, Parsed, parse
from tests.scenes.team import RUTH
from tests.scenes.tokens import comer

REGISTER = "person.register"
HIDDEN = "Ada\u202eTregenza"


def sent(name: str, data: dict[str, Any]) -> Parsed:
    request = json.dumps({"role": "coordinator", "data": data}, ensure_ascii=False)
    return parse(f"{REQUESTS}{name}", request.encode(), comer(RUTH))


def problems(name: str, data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Malformed) as malformed:
        sent(name, data)
    return {one.field: one.problem for one in malformed.value.reply.fields or ()}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_has_a_text_that_hides_something(name: str) -> None:
    kind = COMMANDS[name]
    for field in kind.model_json_schema().get("properties", {}):
        for value in (HIDDEN, [HIDDEN], {"inner": [{"inner": HIDDEN}]}):
            (found,) = problems(name, {field: value}).items()
            assert found[0].startswith(f"data.{field}")
            assert "take out U+202E (right-to-left override), which is character 4" in found[1]
        lines = problems(name, {field: "one\ntwo", "nonsense": 1}).get(f"data.{field}", "")
        assert lines.startswith("must be one line") is (field not in several_lines(kind)), field


@pytest.mark.parametrize("full_name", [" ", "\u3000", "\u2800", "\u0301"])
def test_a_name_in_which_nothing_is_to_be_read_is_none(full_name: str) -> None:
    said = problems(REGISTER, {"full_name": full_name, "email": "ada@example.org"})
    assert said == {"data.full_name": "must have something to be read in it"}


@pytest.mark.parametrize(
    "full_name",
    ["علی\u200cرضا", "Zoë Ní Bhriain", "王小明", "שָׁלוֹם", "Ada 👩🏽\u200d⚕\ufe0f", "=1+1"],
)
def test_names_of_every_script_come_in(full_name: str) -> None:
    parsed = sent(REGISTER, {"full_name": full_name, "email": "ada@example.org"})
    assert parsed.command.full_name == full_name


def test_longer_words_come_in_with_their_lines() -> None:
    words = "I was heard.\r\n\n\tAnd I listened."
    who = {"person_id": "person_01j7x3v900f0m3xk1w2e4r6t8y", "side": "patient-leader"}
    parsed = sent("interest.express", {**who, "words": words})
    assert parsed.command.words == words
