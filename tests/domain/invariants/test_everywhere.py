"""What must hold of every fact: each invariant has a log that breaks it."""

from datetime import timedelta
from typing import Any

import pytest

from domain.invariants.catalogue import Judge
from events.catalogue import Recorded
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    PATIENT,
    SPRING,
    application,
    opened,
    registered,
)
from tests.scenes.given import NOON
from tests.scenes.judged import (
    BY_NAME,
    DAY,
    Judged,
    breaks,
    judged,
    recorded,
    spoilt,
    told,
)
from tests.scenes.pairs import cohort_of, proposed
from tests.scenes.selection import offer

THREE = [*opened(), registered(ADA), registered(AMINA), registered(BEN)]


def is_found(name: str, facts: list[Recorded[Any]], about: str | None = None) -> None:
    """In this log, and not in one that was not tampered with."""
    assert judged(THREE).of(name) == []
    (found,) = Judged(facts, NOON).of(name)
    assert found.invariant in BY_NAME
    assert found.led_there
    assert about is None or about in found.about


def test_a_gap_is_found() -> None:
    facts = recorded(THREE)
    is_found("everywhere.no-gap", [*facts[:2], *facts[3:]])
    is_found("everywhere.no-gap", facts[1:])
    is_found("everywhere.no-gap", [*facts[:3], facts[2], *facts[3:]])


def test_a_gap_where_something_can_not_be_read_is_no_gap() -> None:
    facts, judge = recorded(THREE), Judge()
    judge.pass_over(3)
    found = [one for fact in (*facts[:2], *facts[3:]) for one in judge.learn(fact)]
    assert [one for one in found if one.invariant.startswith("everywhere.")] == []


def test_a_fact_that_names_another_before_it_is_found() -> None:
    is_found("everywhere.previous-of-its-context", spoilt(THREE, 4, previous=3))


def test_one_id_twice_is_found() -> None:
    facts = recorded(THREE)
    is_found("everywhere.ids-unique", spoilt(THREE, 4, id=facts[1].envelope.id))


def test_a_command_that_acts_twice_is_found() -> None:
    breaks("everywhere.command-acts-once", [told(*opened(), again="same"), registered(ADA)],
           told(registered(BEN), again="same"))  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"digest": "1" * 32},
        {"time": NOON + DAY},
        {"actor": ADA},
        {"correlation_id": "command_00000000000000000000000000"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_two_origins_of_one_command_are_found(other: dict[str, Any]) -> None:
    history = [told(*THREE)]
    assert judged(history).of("everywhere.one-origin") == []
    is_found("everywhere.one-origin", spoilt(history, 4, origin=other))


def test_what_a_veil_leaves_out_is_no_other_origin() -> None:
    history = [*cohort_of(ADA, beside=(BEN,)), told(proposed(), by=ADA)]
    assert judged(history, sealed=True).of("everywhere.one-origin") == []


def test_a_clock_that_goes_back_is_found() -> None:
    is_found("everywhere.recorded-in-order", spoilt(THREE, 4, recorded=NOON - timedelta(seconds=1)))


def test_what_was_recorded_before_it_happened_is_found() -> None:
    later = {"time": NOON + timedelta(minutes=6)}
    is_found("everywhere.happened-before-recorded", spoilt(THREE, 4, origin=later))
    a_little = spoilt(THREE, 4, origin={"time": NOON + timedelta(minutes=4)})
    assert Judged(a_little, NOON).of("everywhere.happened-before-recorded") == []


def test_a_cause_that_is_not_in_the_log_is_found() -> None:
    unknown = "0191f9d3-0000-7000-8000-000000000000"
    by_itself = {"actor": "system:policies", "role": "system"}
    is_found(
        "everywhere.earlier-cause", spoilt(THREE, 4, origin={**by_itself, "causation_id": unknown})
    )
    known = {**by_itself, "causation_id": recorded(THREE)[2].envelope.id}
    assert Judged(spoilt(THREE, 4, origin=known), NOON).of("everywhere.earlier-cause") == []
    outside = spoilt(THREE, 4, origin={"actor": ADA, "causation_id": unknown})
    assert Judged(outside, NOON).of("everywhere.earlier-cause") == []


@pytest.mark.parametrize(
    "who",
    [
        {"actor": "somebody"},
        {"role": "mentor"},
        {"actor": ADA, "role": "system"},
        {"actor": "newcomer", "role": "system"},
        {"actor": ADA, "role": "participant", "reason": "paper.form"},
        {"role": "coordinator", "reason": "because"},
        {"on_behalf_of": "somebody"},
    ],
    ids=str,
)
def test_a_fact_for_which_nobody_answers_is_found(who: dict[str, str]) -> None:
    is_found("everywhere.somebody-answers", spoilt(THREE, 4, origin=who))


def test_whoever_says_earlier_gives_a_reason_that_there_is() -> None:
    said = {"role": "coordinator", "reason": "paper.form"}
    assert Judged(spoilt(THREE, 4, origin=said), NOON).of("everywhere.somebody-answers") == []


def test_what_never_began_is_found() -> None:
    name = "everywhere.nothing-before-its-beginning"
    breaks(name, THREE, offer(ADA, PATIENT))
    (finding,) = judged([*THREE, offer(ADA, PATIENT), offer(ADA, PATIENT)]).of(name)
    assert finding.about == (application(ADA),)


def test_a_thing_of_another_cohort_is_found() -> None:
    name = "everywhere.of-one-cohort"
    before = [*cohort_of(ADA, beside=(BEN,)), proposed()]
    elsewhere = offer(ADA, PATIENT).model_copy(update={"cohort_id": SPRING})
    breaks(name, before, elsewhere)
    (finding,) = judged([*before, elsewhere]).of(name)
    assert finding.about == (application(ADA), AUTUMN, SPRING)
