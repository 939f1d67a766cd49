"""The form of requests and answers, as anybody may read it who asks in whatever language."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from domain.decision import needed
from events.ids import CohortId, Id
from services.door import requests
from services.door.replies import FieldProblem, Reply
from services.door.requests import commands, document, fields_of, kind_of_id, required_of
from services.log.written import Written
from tests.scenes.world import NOON, a_plan

EVERY = {**COMMANDS, **IN_CONFIDENCE}
COHORT = CohortId.derived(NOON, "requests")


def judge(part: str) -> Draft202012Validator:
    """Whoever holds something against a part of the document."""
    Draft202012Validator.check_schema({"$defs": document()["$defs"]})
    return Draft202012Validator({"$ref": f"#{part}", **document()})


def test_all_commands_stand_in_it_with_their_fields() -> None:
    assert commands().keys() == EVERY.keys()
    for name, kind in EVERY.items():
        forms = {form.alias or field: form for field, form in kind.model_fields.items()}
        assert fields_of(name).keys() == forms.keys()
        required = {field for field, form in forms.items() if form.is_required()}
        assert {*required_of(name)} == required


def test_it_judges_a_command_as_the_door_does() -> None:
    plan = judge("/commands/cohort.plan/data")
    assert plan.is_valid(a_plan())
    assert not plan.is_valid({**a_plan(), "title": ""})
    assert not plan.is_valid({**a_plan(), "nonsense": 1})
    assert judge("/$defs/Request").is_valid({"data": {}, "asked": "telephone"})
    assert not judge("/$defs/Request").is_valid({"actor": "me", "data": {}})


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status="accepted", command="c", events=(Written(1, "cohort.planned", COHORT),)),
        Reply(status="refused", code="a.b", sentence="No."),
        Reply(status="invalid", fields=(FieldProblem(field="data.x", problem="is missing"),)),
        Reply(status="unknown", near=("cohort.plan",)),
    ],
)
def test_and_an_answer_as_the_door_gives_it(reply: Reply) -> None:
    assert judge("/$defs/Reply").is_valid(json.loads(reply.encoded()))
    assert not judge("/$defs/Reply").is_valid({"status": "perhaps"})


def test_fields_that_hold_ids_tell_of_what_kind() -> None:
    prefixes = {kind.prefix for kind in Id.__subclasses__()}
    for name in EVERY:
        for field, form in fields_of(name).items():
            found = kind_of_id(form)
            assert found in {None, *prefixes}
            if field.endswith("_id") and not field.startswith("scan"):
                assert found, f"{name} {field}"


def test_what_is_needed_sometimes_is_marked_where_a_rule_asks_for_it() -> None:
    marked = {
        name: form["needed"]
        for name in commands()
        for form in fields_of(name).values()
        if "needed" in form
    }
    refuse = {
        name for name, one in commands().items() if "assessment.reason-missing" in one["refusals"]
    }
    assert refuse == {"assessment.decide", "assessment.change-decision", "decision.correct"}
    assert marked.keys() == refuse | {"project.complete"}
    assert needed("now").json_schema_extra == {"needed": "now"}


def test_two_things_of_one_name_are_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from services.handbook.requests import _share  # noqa: PLC0415 - it builds all models

    shared: dict[str, Any] = {"Side": {"enum": ["a"]}}
    _share({"Side": {"enum": ["a"]}}, shared)
    with pytest.raises(ValueError, match="two things are called Side"):
        _share({"Side": {"enum": ["b"]}}, shared)


def test_a_name_that_does_not_exist_is_answered_as_at_the_door() -> None:
    from services.door import wire  # noqa: PLC0415 - as above

    for name in ("cohort.plann", "cohort", "x.y"):
        assert requests.unknown(name).near == wire.unknown(name).near
