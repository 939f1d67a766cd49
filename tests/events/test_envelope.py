import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from events.catalogue import CATALOGUE, UnknownEvent, decode
from events.envelope import (
    HEAD_BYTES,
    MAX_BYTES,
    EventTooLarge,
    Origin,
    data_of,
    encode,
    head_of,
    read_document,
    recorded_time,
    timestamp,
)
from events.event import Event
from events.people import PersonRegistered, PersonStated
from events.personal import Sealed
from events.workshops import WorkshopBooked

NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)
CAUSE = Origin(
    command_id="command_01j7x3v900f0m3xk1w2e4r6t8y",
    digest="0123456789abcdef0123456789abcdef",
    actor="person_01j7x3v900f0m3xk1w2e4r6t8y",
    role="participant",
    source="uk.nhs.leading-together",
    time=NOON,
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    correlation_id="command_01j7x3v900f0m3xk1w2e4r6t8y",
    causation_id="command_01j7x3v900f0m3xk1w2e4r6t8y",
)
BOOKED = WorkshopBooked.model_validate(
    {
        "workshop_id": "workshop_01j7x3v900f0m3xk1w2e4r6t8y",
        "cohort_id": "cohort_01j7x3v900f0m3xk1w2e4r6t8y",
        "person_id": "person_01j7x3v900f0m3xk1w2e4r6t8y",
    }
)
EVENT_ID = "0191fa1d-a400-7a36-b5ba-1af76074d100"

# What is stored is for ever. If this test fails, the format has changed: don't change the bytes.
GOLDEN = (
    b'{"specversion":"1.0","sequence":"0000000000000042","previous":"0000000000000040",'
    b'"recordedtime":"2024-09-16T11:00:01.000250Z",'
    b'"id":"0191fa1d-a400-7a36-b5ba-1af76074d100","source":"uk.nhs.leading-together",'
    b'"type":"uk.nhs.leading-together.workshop.booked.v1",'
    b'"subject":"workshop_01j7x3v900f0m3xk1w2e4r6t8y","time":"2024-09-16T11:00:00.000000Z",'
    b'"datacontenttype":"application/json",'
    b'"dataschema":"tag:england.nhs.uk,2016:leading-together/workshop.booked.v1",'
    b'"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",'
    b'"correlationid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"causationid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"commandid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"commanddigest":"0123456789abcdef0123456789abcdef",'
    b'"actor":"person_01j7x3v900f0m3xk1w2e4r6t8y","actorrole":"participant",'
    b'"data":{"workshop_id":"workshop_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"cohort_id":"cohort_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"person_id":"person_01j7x3v900f0m3xk1w2e4r6t8y"}}'
)
STATED = PersonStated(
    person_id=BOOKED.person_id,
    content=Sealed(
        audience=f"rules:{BOOKED.person_id}",
        key="1",
        event=EVENT_ID,
        field="content",
        sealed="AAECAw==",
    ),
)
WITHHELD = CAUSE._replace(actor="system:withheld", role="system")
GOLDEN_COVERED = (
    b'{"specversion":"1.0","sequence":"0000000000000043","previous":"0000000000000000",'
    b'"recordedtime":"2024-09-16T11:00:01.000250Z",'
    b'"id":"0191fa1d-a400-7a36-b5ba-1af76074d100","source":"uk.nhs.leading-together",'
    b'"type":"uk.nhs.leading-together.person.stated.v1",'
    b'"subject":"person_01j7x3v900f0m3xk1w2e4r6t8y","time":"2024-09-16T11:00:00.000000Z",'
    b'"datacontenttype":"application/json",'
    b'"dataschema":"tag:england.nhs.uk,2016:leading-together/person.stated.v1",'
    b'"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",'
    b'"correlationid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"causationid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"commandid":"command_01j7x3v900f0m3xk1w2e4r6t8y",'
    b'"commanddigest":"0123456789abcdef0123456789abcdef",'
    b'"actor":"system:withheld","actorrole":"system",'
    b'"data":{"content":{"audience":"rules:person_01j7x3v900f0m3xk1w2e4r6t8y","key":"1",'
    b'"event":"0191fa1d-a400-7a36-b5ba-1af76074d100","field":"content","sealed":"AAECAw=="},'
    b'"person_id":"person_01j7x3v900f0m3xk1w2e4r6t8y"}}'
)
VOUCHED = CAUSE._replace(
    on_behalf_of="person_01j7x3v900f0m3xk1w2e4r6t8z",
    issuer="nhs-login",
    credential="00112233445566778899aabbccddeeff",
    reason="paper.form",
)
GOLDEN_VOUCHED = GOLDEN.replace(
    b'"actorrole":"participant",',
    b'"actorrole":"participant",'
    b'"onbehalfof":"person_01j7x3v900f0m3xk1w2e4r6t8z",'
    b'"issuer":"nhs-login","credential":"00112233445566778899aabbccddeeff",'
    b'"reason":"paper.form",',
)
RECORDED = NOON + timedelta(seconds=1, microseconds=250)


SAMPLES = {
    "plain": (GOLDEN, 42, 40, BOOKED, CAUSE),
    "covered": (GOLDEN_COVERED, 43, 0, STATED, WITHHELD),
    "vouched for": (GOLDEN_VOUCHED, 42, 40, BOOKED, VOUCHED),
}
each_sample = pytest.mark.parametrize(
    ("golden", "position", "previous", "fact", "origin"), SAMPLES.values(), ids=SAMPLES
)


@each_sample
def test_a_fact_is_stored_as_these_bytes_for_ever(
    golden: bytes, position: int, previous: int, fact: Event, origin: Origin
) -> None:
    assert head_of(position, previous, RECORDED) + encode(fact, EVENT_ID, origin) == golden


@each_sample
def test_the_stored_bytes_give_the_fact_back(
    golden: bytes, position: int, previous: int, fact: Event, origin: Origin
) -> None:
    found = decode(golden)
    assert found.event == fact
    assert found.envelope.origin == origin
    assert (found.envelope.position, found.envelope.previous) == (position, previous)
    assert found.envelope.recorded == recorded_time(golden) == RECORDED
    assert data_of(golden) == fact.model_dump_json(exclude_none=True).encode()


def test_a_sealed_value_has_its_place_in_the_stored_bytes() -> None:
    sealed = Sealed(
        audience="person_01j7x3v900f0m3xk1w2e4r6t8y",
        key="1",
        event=EVENT_ID,
        field="full_name",
        sealed="AAECAw==",
    )
    person = PersonRegistered.model_validate(
        {"person_id": "person_01j7x3v900f0m3xk1w2e4r6t8y", "full_name": sealed}
    )
    data = json.loads(b"{" + encode(person, EVENT_ID, CAUSE))["data"]
    assert data == {
        "person_id": "person_01j7x3v900f0m3xk1w2e4r6t8y",
        "full_name": {
            "audience": "person_01j7x3v900f0m3xk1w2e4r6t8y",
            "key": "1",
            "event": EVENT_ID,
            "field": "full_name",
            "sealed": "AAECAw==",
        },
        "contact": {},
        "reached_by": [],
    }


def test_on_whose_behalf_and_why_stand_only_where_they_are_known() -> None:
    person = "person_01j7x3v900f0m3xk1w2e4r6t8z"
    body = encode(BOOKED, EVENT_ID, CAUSE._replace(on_behalf_of=person, reason="import.form"))
    assert b'"onbehalfof":"person_01j7x3v900f0m3xk1w2e4r6t8z","reason":"import.form"' in body
    cause = read_document(head_of(1, 0, NOON) + body)[0].origin
    assert (cause.on_behalf_of, cause.reason, cause.asked) == (person, "import.form", None)
    rang = encode(BOOKED, EVENT_ID, CAUSE._replace(on_behalf_of=person, asked="telephone"))
    assert read_document(head_of(1, 0, NOON) + rang)[0].origin.asked == "telephone"


def test_the_head_has_one_width_for_every_position_and_time() -> None:
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    assert len(head_of(1, 0, NOON)) == HEAD_BYTES
    assert len(head_of(10**15, 10**14, NOON.astimezone(elsewhere))) == HEAD_BYTES
    assert timestamp(NOON.astimezone(elsewhere)) == "2024-09-16T11:00:00.000000Z"


def test_a_fact_that_is_too_large_is_not_encoded() -> None:
    person = PersonRegistered.model_construct(
        person_id=BOOKED.person_id, full_name="x" * (MAX_BYTES + 1)
    )
    with pytest.raises(EventTooLarge):
        encode(person, EVENT_ID, CAUSE)


@pytest.mark.parametrize("document", [b"{}", b'{"sequence":"x"}', b"[]", b"", b"\xff"])
def test_what_is_no_document_of_ours_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise
        decode(document)


def test_a_fact_of_a_later_version_is_named() -> None:
    with pytest.raises(UnknownEvent, match=r"workshop\.booked\.v9"):
        decode(GOLDEN.replace(b"workshop.booked.v1", b"workshop.booked.v9", 1))


def test_fields_that_a_later_version_adds_are_passed_over() -> None:
    assert decode(GOLDEN[:-2] + b',"colour":"blue"}}').event == BOOKED


def test_every_fact_has_a_name_of_its_own_and_says_what_it_is_about() -> None:
    names = [kind.wire_name() for kind in CATALOGUE.values()]
    assert len(names) == len(set(names))
    assert all(kind.__doc__ for kind in CATALOGUE.values())
