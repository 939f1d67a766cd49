"""The fields of a command, however they are given."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from services.cli.fields import Data, given, in_columns, object_in, typed
from services.door.requests import fields_of

SUBMIT, ASSESS = fields_of("application.submit"), fields_of("assessment.submit")
RECORD, PLAN = fields_of("workshop.record-attendance"), fields_of("cohort.plan")


def of(*words: str, name: str = "application.submit") -> Data:
    return given(words, fields_of(name))[0]


def test_fields_one_by_one_are_what_json_would_say() -> None:
    said = of(
        "experiences=2", "profile.area=devon", "profile.themes=carers, digital", "interest=a=b"
    )
    assert said == {
        "experiences": 2,
        "profile": {"area": "devon", "themes": ["carers", "digital"]},
        "interest": "a=b",
    }
    whole = json.dumps(said)
    assert of(whole) == said


@pytest.mark.parametrize(
    ("forms", "field", "text", "meant"),
    [
        (RECORD, "walk_in", "yes", True),
        (RECORD, "walk_in", "No", False),
        (RECORD, "walk_in", "perhaps", "perhaps"),
        (PLAN, "places_per_side", "10", 10),
        (PLAN, "places_per_side", "1" * 23, "1" * 23),
        (PLAN, "title", "10", "10"),
        (PLAN, "title", "{", "{"),
        (ASSESS, "scores", "interest=4, leadership=3", {"interest": 4, "leadership": 3}),
        (ASSESS, "scores", '{"interest": 4}', {"interest": 4}),
        (ASSESS, "scores", "four", "four"),
        (SUBMIT, "profile", "[" * 90_000, "[" * 90_000),
    ],
)
def test_a_text_means_what_the_form_of_its_field_says(
    forms: Any, field: str, text: str, meant: Any
) -> None:
    assert typed(forms[field], text) == meant


def test_lists_are_parted_at_semicolons_if_there_are_any() -> None:
    reasons = fields_of("assessment.decide")["reasons"]
    assert typed(reasons, "a,b") == ["a", "b"]
    assert typed(reasons, "a, b; c") == ["a, b", "c"]
    assert typed(reasons, '["a"]') == ["a"]
    assert typed(reasons, "") == []


def test_words_of_people_stand_in_files_or_on_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words, whole = tmp_path / "words", tmp_path / "whole"
    words.write_text("I run a choir.\nAnd sing.\n")
    whole.write_text("leadership=I sing\nexperiences = 1\n")
    assert of(f"leadership=@{words}") == {"leadership": "I run a choir.\nAnd sing."}
    assert of(f"@{whole}") == {"leadership": "I sing", "experiences": 1}
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"Me too")))
    assert of("interest=-") == {"interest": "Me too"}
    with pytest.raises(SystemExit):
        of("interest=-", "leadership=-")
    assert "Only one thing can be on the input" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["no", "=x", '{"a"', "[1]", '["a=b"]'])
def test_what_is_no_field_is_said(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        of(word)
    assert ended.value.code == 2
    assert "FIELD=VALUE" in capsys.readouterr().err


def test_what_is_given_twice_is_told_apart() -> None:
    said, several = given(
        ("person_id=Ada", "workshop_id=1", "person_id=Ben"), fields_of("workshop.book")
    )
    assert (said, several) == ({"workshop_id": "1"}, {"person_id": ["Ada", "Ben"]})


@pytest.mark.parametrize(
    "words",
    [
        ("profile.area=devon", "profile.area=cornwall"),
        ('{"profile": {"area": "a"}}', "profile.area=b"),
    ],
)
def test_of_two_values_for_one_part_of_a_field_none_is_lost(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines"
    lines.write_text("side=patient-leader\nside=healthcare-leader\n")
    for some in (words, (f"@{lines}",)):
        with pytest.raises(SystemExit) as ended:
            of(*some)
        assert (ended.value.code, "given already" in capsys.readouterr().err) == (2, True)


def test_a_row_of_a_table_is_an_object_and_an_empty_cell_says_nothing() -> None:
    cells = [("profile.area", "devon"), ("experiences", " 2 "), ("interest", " "), ("side", "")]
    assert in_columns(cells, SUBMIT) == {"profile": {"area": "devon"}, "experiences": 2}


def test_a_list_is_no_object(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        object_in("[]", SUBMIT)
    assert "one JSON object" in capsys.readouterr().err
