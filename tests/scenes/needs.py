"""Any fact that makes, ends or concerns a task, made up as far as the table of what waits looks."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any, Final, get_args

from events.event import Event, id_kinds
from events.ids import TaskId
from events.needs import Facts, Need
from events.personal import Sealed, marked
from events.rules import FIRST
from events.terms import Lack, PairingStep, Role, Side
from tests.scenes.cast import ADA, AUTUMN, BEN
from tests.scenes.given import NOON

DUE: Final = date(2024, 10, 1)
PLAIN: Final = {
    **dict.fromkeys(("starts_at", "ends_at", "doors_open_at", "kept_until"), NOON),
    "approved": True,
    "check_in_months": (3,),
    "decisions_on": DUE,
    "months": 3,
    "number": 1,
    "rules": FIRST,
    "side": Side.PATIENT_LEADER,
}
PEOPLE: Final = {"healthcare_leader_id": BEN}
SAYS: Final = {
    "attended": (True, False),
    "lacks": tuple(Lack),
    "role": tuple(Role),
    "stands": ("active", "paused", "held", "completed", "continuing"),
    "step": tuple(PairingStep),
}
"""What the table may ask of a fact, beside its kind."""


def ids_of(kind: type[Event]) -> dict[str, Any]:
    """The ids of a fact, each the same in all facts; all people but healthcare leaders are Ada."""
    found = {name: it.derived(NOON, it.prefix) for name, it in id_kinds(kind)}
    people = {name: PEOPLE.get(name, ADA) for name, it in id_kinds(kind) if it is type(ADA)}
    return found | people | ({"cohort_id": AUTUMN} if "cohort_id" in found else {})


def every(kind: type[Event]) -> Iterator[Event]:
    """The fact, with all that it may say of what the table looks at."""
    fields = kind.model_fields
    days = {name: DUE for name, it in fields.items() if date in (it.annotation, *get_args(it))}
    plain = {name: value for name, value in PLAIN.items() if name in fields}
    asked = [name for name in SAYS if name in fields]
    for values in product(*(SAYS[name] for name in asked)):
        said = dict(zip(asked, values, strict=True))
        yield _sealed(kind.model_construct(**{**ids_of(kind), **days, **plain, **said}))


def _sealed(fact: Event) -> Event:
    """The fact, with nothing in what is sealed."""
    shut = {
        name: Sealed(audience=mark.audience(fact), key="1", event="1", field=name, sealed="")
        for name, mark in marked(type(fact))
    }
    return fact.model_copy(update=shut)


def such(facts: Facts) -> Iterator[Event]:
    """One fact of each of these kinds that counts."""
    for kind, counts in facts.items():
        yield next(one for one in every(kind) if counts(one))


def before(need: Need) -> list[Event]:
    """All that must have happened for anything to wait."""
    return [*such(need.ready), *(such(need.awake) if need.begins_asleep else ())]


def task_of(need: Need, fact: Event) -> TaskId:
    """The task that a fact is about."""
    thing = need.thing(fact)
    assert thing is not None
    return TaskId.of(need.kind, thing)
