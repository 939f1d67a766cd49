"""Every kind of fact names what puts it right, or says why nothing does."""

import pytest

from domain.catalogue import COMMANDS, INSIDE
from events.catalogue import EVERY
from events.corrections import PUT_RIGHT_BY, Stays
from events.event import Event
from services.handbook.code import classes_in

MADE = {fact for kind in (*COMMANDS.values(), *INSIDE.values()) for fact in classes_in(kind, Event)}


def test_every_fact_names_its_correction_or_why_it_has_none() -> None:
    assert PUT_RIGHT_BY.keys() == set(EVERY)
    counted = [one for one in PUT_RIGHT_BY.values() if not isinstance(one, Stays)]
    assert (len(PUT_RIGHT_BY), len(counted)) == (193, 151)


@pytest.mark.parametrize("fact", EVERY, ids=lambda fact: str(fact.name))
def test_what_puts_a_fact_right_can_be_asked_for(fact: type[Event]) -> None:
    found = PUT_RIGHT_BY[fact]
    if isinstance(found, Stays):
        assert found.value.endswith(".")
    else:
        assert found
        assert set(found) <= MADE


def test_every_reason_for_none_is_used() -> None:
    assert {one for one in PUT_RIGHT_BY.values() if isinstance(one, Stays)} == set(Stays)
