import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import (  # type: ignore[import-untyped]  # it ships no types
    Draft202012Validator,
    ValidationError,
)

from events.catalogue import BENEATH, CATALOGUE, decode
from events.envelope import TYPE_PREFIX, encode, head_of
from events.event import declared_id_fields
from events.personal import JOINED, marked
from events.schemas import ENVELOPE, schemas
from events.terms import EarlierReason
from tests.scenes.history import history

SCHEMAS = schemas()


def documents() -> Iterator[dict[str, Any]]:
    """The whole history as a subscriber receives it."""
    for found in history():
        of = found.envelope
        head = head_of(of.position, of.previous, of.recorded)
        yield json.loads(head + encode(found.event, of.id, of.origin))


def judge(schema: Any, document: Any) -> None:
    Draft202012Validator(schema).validate(document)


def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_fact_of_a_whole_cohort_fits_its_schema() -> None:
    for document in documents():
        judge(SCHEMAS["envelope"], document)
        judge(SCHEMAS[document["type"]], document["data"])


def test_the_schema_is_found_by_the_type_of_a_fact_and_is_the_one_it_names() -> None:
    assert SCHEMAS.keys() == {"envelope", *(TYPE_PREFIX + name for name in CATALOGUE)}
    for document in documents():
        assert SCHEMAS[document["type"]]["$id"] == document["dataschema"]


@pytest.mark.parametrize("kind", [one for one in CATALOGUE.values() if marked(one)])
def test_a_schema_says_which_fields_are_sealed_and_for_whom(kind: Any) -> None:
    fields = SCHEMAS[TYPE_PREFIX + kind.wire_name()]["properties"]
    for name, mark in marked(kind):
        assert fields[name]["title"] == ("Beside" if mark.beside else "Sealed")
        assert f"`{mark.of}`" in fields[name]["description"]
        assert set(mark.of.split(JOINED)) <= fields.keys()
        assert "default" not in fields[name]


@pytest.mark.parametrize("kind", BENEATH.values(), ids=lambda kind: kind.name)
def test_a_fact_beneath_a_cover_has_no_schema_and_its_cover_shows_ids_alone(kind: Any) -> None:
    assert TYPE_PREFIX + kind.wire_name() not in SCHEMAS
    cover = SCHEMAS[TYPE_PREFIX + kind.cover.wire_name()]["properties"]
    assert cover["content"]["title"] == "Sealed"
    assert cover.keys() == {"content", *declared_id_fields(kind.cover)}
    assert kind.name not in json.dumps(SCHEMAS)


def test_a_name_that_is_not_sealed_does_not_fit() -> None:
    data = {"person_id": "person_01j7x3v900f0m3xk1w2e4r6t8y", "full_name": "Ada Lovelace"}
    with pytest.raises(ValidationError):
        judge(SCHEMAS[f"{TYPE_PREFIX}person.registered.v1"], data)


def test_what_is_absent_is_left_out_and_never_null() -> None:
    for document in documents():
        assert None not in document.values()
        assert None not in document["data"].values()
    assert '"null"' not in json.dumps(SCHEMAS)


@pytest.mark.parametrize(
    "attributes",
    [
        {"issuer": "login.example", "credential": "0f" * 32},
        {"correlationid": "0191fa1d-a400-7a36-b5ba-1af76074d100"},
        {"causationid": "command_01j7x3v900f0m3xk1w2e4r6t8y"},
        {"actor": "system:withheld", "actorrole": "system"},
        *({"reason": reason.value} for reason in EarlierReason),
    ],
    ids=str,
)
def test_the_envelope_may_say_who_vouched_and_why_a_time_is_earlier(attributes: Any) -> None:
    judge(ENVELOPE, {**next(documents()), **attributes})


@pytest.mark.parametrize(
    "attributes",
    [
        {"issuer": "Ada Lovelace"},
        {"credential": "her passport"},
        {"correlationid": "ada.lovelace"},
        {"causationid": "person_01j7x3v900f0m3xk1w2e4r6t8y"},
        {"actor": "ada@example.org"},
        {"reason": "she-is-unwell"},
    ],
    ids=str,
)
def test_the_envelope_has_no_room_for_words(attributes: Any) -> None:
    with pytest.raises(ValidationError):
        judge(ENVELOPE, {**next(documents()), **attributes})


def grown(value: Any) -> Any:
    """As a later version might say it: each part of a fact has one field more."""
    if isinstance(value, list):
        return [grown(one) for one in value]
    if not isinstance(value, dict) or "audience" in value:
        return value
    return {**{name: grown(one) for name, one in value.items()}, "colour": "blue"}


def test_what_a_later_version_adds_still_fits_and_is_passed_over() -> None:
    for document, found in zip(documents(), history(), strict=True):
        later = {**document, "data": grown(document["data"])}
        judge(SCHEMAS[document["type"]], later["data"])
        assert decode(json.dumps(later).encode()) == found
