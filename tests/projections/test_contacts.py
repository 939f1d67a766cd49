"""Who is named for what: as it is shown to whoever may open it, and what is left of it later."""

from typing import Any

from projections.contacts import CONTACTS, ContactState
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import BEN
from tests.scenes.contacts import (
    ANSWER_BY,
    LAST_DAY,
    MAE,
    agreed,
    declined,
    ended,
    kept,
    line_manager,
    unanswered,
)
from tests.scenes.scribe import Facts, shown

NAMED = (line_manager(BEN), kept())


def row(*facts: Facts) -> Any:
    return shown(CONTACTS, MAE, *NAMED, *facts)


def test_a_contact_is_shown_with_for_whom_and_how_they_are_reached() -> None:
    seen = told(CONTACTS, row())
    assert (seen["state"], seen["until"]) == ("asked", LAST_DAY.isoformat())
    assert (seen["person_id"], seen["project_id"], seen["purpose"]) == (BEN, None, "line-manager")
    assert (seen["full_name"], seen["email"]) == ("Mae Trim", "mae@trust.example")
    assert seen["phone"] is None
    assert "content" not in seen


def test_without_keys_it_is_there_and_nothing_of_it_can_be_read() -> None:
    seen = told_without_keys(CONTACTS, row())
    assert seen["contact_id"] == MAE
    for name in ("full_name", "email", "person_id", "purpose"):
        assert seen[name] == "(sealed)"


def test_whether_they_agreed_is_seen_by_everybody_who_may_look() -> None:
    assert row(agreed()).state is ContactState.AGREED
    silent = row(unanswered())
    assert (silent.state, silent.answer_by) == (ContactState.UNANSWERED, ANSWER_BY)
    assert row(unanswered(), agreed()).state is ContactState.AGREED


def test_of_a_contact_who_ended_nothing_is_kept_but_that_there_was_one() -> None:
    over = row(agreed(), declined(), ended(reason="contact.declined"))
    assert (over.state, over.content) == (ContactState.ENDED, None)
    seen = told(CONTACTS, over)
    assert seen["because"] == "contact.declined"
    assert [seen[name] for name in ("full_name", "email", "person_id")] == [None] * 3
