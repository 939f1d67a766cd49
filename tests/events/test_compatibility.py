from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, create_model

from events import compatibility
from events.compatibility import all_breaks
from events.event import Event
from events.ids import WorkshopId
from events.schemas import schema_of
from events.terms import Side, Value


class Ticket(Event):
    """The part of a fact that stays in every example."""

    name: ClassVar = "ticket"
    workshop_id: WorkshopId


class Need(Value):
    code: str


class NeedWithNote(Value):
    code: str
    note: str | None = None


class NeedWithLength(Value):
    code: str
    length: int


class WiderSide(StrEnum):
    PATIENT_LEADER = "patient-leader"
    HEALTHCARE_LEADER = "healthcare-leader"
    HOST = "host"


class NarrowerSide(StrEnum):
    PATIENT_LEADER = "patient-leader"


BEFORE: dict[str, Any] = {
    "side": Side,
    "seat": Annotated[int, Field(ge=1, le=50)],
    "needs": tuple[Need, ...],
}


def breaks(**changed: Any) -> list[str]:
    """What breaks if some fields of a ticket become another, or None: are taken away."""
    before = create_model("Ticket", __base__=Ticket, **BEFORE)
    fields = {name: form for name, form in {**BEFORE, **changed}.items() if form is not None}
    after = create_model("Ticket", __base__=Ticket, **fields)
    return list(all_breaks({"ticket": schema_of(before)}, {"ticket": schema_of(after)}))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"colour": (str | None, None)},
        {"rows": (int, 1)},
        {"seat": Annotated[int, Field(ge=0, le=60, description="A chair.")]},
        {"side": WiderSide},
        {"needs": tuple[NeedWithNote, ...]},
    ],
)
def test_a_fact_may_grow(changed: dict[str, Any]) -> None:
    assert breaks(**changed) == []


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"seat": None}, ["ticket.seat is gone"]),
        ({"seat": None, "chair": (int | None, None)}, ["ticket.seat is gone"]),
        ({"colour": str}, ["ticket.colour must now be there"]),
        ({"side": (Side | None, None)}, ["ticket.side may now be absent"]),
        (
            {"seat": Annotated[int, Field(ge=1, le=40)]},
            ["ticket.seat: maximum was 50, and is 40"],
        ),
        ({"needs": tuple[NeedWithLength, ...]}, ["ticket.needs.length must now be there"]),
        ({"needs": tuple[str, ...]}, ["ticket.needs.code is gone"]),
        (
            {"workshop_id": Annotated[str, Field(pattern="^workshop_")]},
            ["ticket.workshop_id: pattern was"],
        ),
        (
            {"side": NarrowerSide},
            ["ticket.side: enum was"],
        ),
        ({"seat": str}, ["ticket.seat: maximum", "ticket.seat: minimum", "ticket.seat: type"]),
    ],
)
def test_nothing_that_was_there_may_change(changed: dict[str, Any], answer: list[str]) -> None:
    found = breaks(**changed)
    assert all(any(one.startswith(start) for one in found) for start in answer), found


def test_a_list_of_words_in_a_pattern_may_be_longer_and_nothing_else_of_it() -> None:
    def found(before: str, after: str) -> list[str]:
        return [*compatibility.breaks({"pattern": before}, {"pattern": after}, "actor")]

    assert found("^system:(import|demo)$", "^system:(import|demo|commands)$") == []
    assert found("^system:(import|demo)$", "^system:(demo|policies|import)$") == []
    for other in ("^system:(import|other)$", "^(import|demo|commands)$", "^system:(import|demo)"):
        assert found("^system:(import|demo)$", other) != []


def test_a_fact_never_goes_away_and_a_new_one_is_welcome() -> None:
    schema = schema_of(Ticket)
    assert list(all_breaks({"ticket": schema}, {"pass": schema})) == ["ticket is gone"]
    assert list(all_breaks({}, {"ticket": schema})) == []
