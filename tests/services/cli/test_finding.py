"""How things are found by what they are called: each kind for which a command asks, where it is."""

import pytest

from services.cli.findable import BY_THEIR_ID_ALONE, KINDS
from services.door.requests import commands, fields_of, kind_of_id, plain
from services.reading.table import TABLE

ASKED = {
    kind
    for name in commands()
    for form in fields_of(name).values()
    if (kind := kind_of_id(plain(form).get("items", form)))
}


def test_every_kind_for_which_a_command_asks_is_found_or_left_out_for_a_reason() -> None:
    assert KINDS.keys() | BY_THEIR_ID_ALONE.keys() >= ASKED
    assert not KINDS.keys() & BY_THEIR_ID_ALONE.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_looked_for_in_fields_that_somebody_may_read(kind: str) -> None:
    of = KINDS[kind]
    fields = {*TABLE[of.model].fields, "key"}
    assert {of.key, *of.called, *of.people, *of.within, *of.tells} <= fields
