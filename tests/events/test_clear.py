import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field, create_model

from events.catalogue import BENEATH, CATALOGUE, STORED
from events.clear import FIELDS, clear_fields, id_kind, objections, why
from events.clear_because import IDS
from events.clear_envelope import ATTRIBUTES
from events.event import Event, declared_id_fields
from events.forms import NotClear, form_of
from events.ids import PersonId, WorkshopId
from events.personal import Beside, Erased, ForRules, Line, Sealed, marked
from events.schemas import DIGEST, ENVELOPE, schema_of
from events.terms import Code, Moment, OdsCode, Side, Value
from events.workshops import ScanId

Seat = Annotated[int, Field(ge=1, le=50)]
TYPED = ("Ada Lovelace", "ada@example.org", "she is unwell", "+44 7700 900123")


class Ticket(Event):
    """A fact of which everybody can read only whose it is."""

    name: ClassVar = "ticket.bought"
    workshop_id: WorkshopId


class Chair(Value):
    side: Side
    seat: Seat


class ChairWithWords(Value):
    side: Side
    words: str


class ChairWithAMark(Value):
    words: Annotated[Line | Sealed | Erased, ForRules(of="workshop_id")]


class Anything(Value, extra="allow"):
    """A part that takes what it does not know."""


def ticket(**fields: Any) -> type[Event]:
    """The fact with one field more."""
    return create_model("Ticket", __base__=Ticket, **fields)


def said_of(kind: type[Event], *reasons: str) -> list[str]:
    """What is objected to a fact whose named fields have a reason."""
    return list(objections([kind], {("ticket.bought", name): "So it is." for name in reasons}))


def test_all_that_is_clear_has_a_reason_and_a_form_that_holds_no_words() -> None:
    assert list(objections(CATALOGUE.values())) == []


def test_what_is_new_needs_a_reason() -> None:
    assert said_of(ticket()) == []
    assert said_of(ticket(seat=Seat), "seat") == []
    assert said_of(ticket(seat=Seat)) == [
        "ticket.bought.seat is clear, and events/clear.py does not say why"
    ]


def test_an_id_has_the_reason_of_its_kind_or_one_of_its_own() -> None:
    found = ticket(person_id=PersonId)
    assert why(found, "person_id", {}) == IDS[PersonId]
    assert why(found, "person_id", {("ticket.bought", "person_id"): "Worse."}) == "Worse."


def test_what_is_sealed_needs_no_reason_and_may_have_none() -> None:
    sealed = ticket(words=Annotated[Line | Sealed | Erased, ForRules(of="workshop_id")])
    assert said_of(sealed) == []
    assert said_of(sealed, "words") == [
        "ticket.bought.words has a reason, and is sealed or does not exist"
    ]


def test_a_reason_for_what_is_not_there_is_found() -> None:
    assert said_of(ticket(), "seat") == [
        "ticket.bought.seat has a reason, and is sealed or does not exist"
    ]


OPEN: dict[str, Any] = {
    "an id `workshop_…`": WorkshopId,
    "one of `Side`": Side | None,
    "one of `3`, `6`": Literal[3, 6],
    "a day": date,
    "a moment": Moment,
    "yes or no": bool,
    "a number from 1 to 50": Seat,
    "a keyed digest": Annotated[str, Field(pattern=DIGEST["pattern"])],
    "a list of one of `Side`": tuple[Side, ...],
    "an object of one of `Side` with a number from 1 to 50": dict[Side, Seat],
    "an object (side: one of `Side`; seat: a number from 1 to 50)": Chair,
}
SHUT: dict[str, Any] = {
    "a text": str,
    "a text that may be absent": str | None,
    "a line": Line,
    "a code": Code,
    "an employer": OdsCode,
    "a scan": ScanId,
    "a pattern that nobody knows": Annotated[str, Field(pattern="^.*$")],
    "a number": int,
    "a number without a top": Annotated[int, Field(ge=0)],
    "a number like a telephone's": Annotated[int, Field(ge=0, le=10**11)],
    "a fraction": float,
    "bytes": bytes,
    "a moment without a zone": datetime,
    "anything": Any,
    "an object": object,
    "one of a list, or a text": Side | str,
    "texts": tuple[str, ...],
    "parts, or texts": tuple[Chair | str, ...],
    "parts with a text": list[ChairWithWords],
    "numbers by text": dict[str, Seat],
    "numbers by code": dict[Code, Seat],
    "texts by one of a list": dict[Side, str],
    "parts with a text by one of a list": dict[Side, tuple[ChairWithWords, ...]],
    "a part with a text": ChairWithWords,
    "a part with a mark, which seals nothing": ChairWithAMark,
    "a part that takes what it does not know": Anything,
    "what may be sealed, without a mark": Side | Sealed | Erased,
    "what is sealed, without a mark": Sealed,
    "what is beside the log, without a mark": Beside,
}


@pytest.mark.parametrize("words", OPEN)
def test_what_may_stand_in_the_clear(words: str) -> None:
    assert form_of(OPEN[words]) == words
    assert said_of(ticket(more=OPEN[words]), "more") == []


@pytest.mark.parametrize("form", SHUT)
def test_nothing_that_could_hold_what_people_type_stands_in_the_clear(form: str) -> None:
    with pytest.raises(NotClear):
        form_of(SHUT[form])
    (found,) = said_of(ticket(more=SHUT[form]), "more")
    assert found.startswith("ticket.bought.more: ")


def test_every_kind_of_id_that_is_clear_says_what_it_tells() -> None:
    shown = {id_kind(kind, name) for kind in STORED.values() for name in declared_id_fields(kind)}
    assert shown == set(IDS)


def test_every_attribute_of_the_envelope_says_what_it_tells() -> None:
    assert set(ATTRIBUTES) == set(ENVELOPE["properties"]) - {"data"}
    assert set(ATTRIBUTES) >= {"issuer", "credential", "reason"}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_no_attribute_of_the_envelope_can_hold_what_people_type(name: str) -> None:
    form = ENVELOPE["properties"][name]
    if "const" in form or "enum" in form or "format" in form:
        return
    assert form["pattern"].startswith("^")
    assert form["pattern"].endswith("$")
    assert not any(re.search(form["pattern"], words) for words in TYPED)


def test_reasons_are_sentences() -> None:
    reasons = [*FIELDS.values(), *IDS.values(), *(one.why for one in ATTRIBUTES.values())]
    assert all(re.fullmatch(r"[A-Z`].+\.", one) for one in reasons)


def test_nothing_beneath_a_cover_is_called_clear() -> None:
    assert not {kind.name for kind in BENEATH.values()} & {fact for fact, _ in FIELDS}


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
def test_what_is_clear_is_just_what_the_schema_shows_open(kind: type[Event]) -> None:
    fields = schema_of(kind)["properties"]
    shut = {name for name, form in fields.items() if form.get("title") in {"Sealed", "Beside"}}
    assert shut == {name for name, _ in marked(kind)}
    assert set(clear_fields(kind)) == set(fields) - shut
