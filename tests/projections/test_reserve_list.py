"""The team sees who waits, in the order in which places are offered."""

from typing import Any

from events.event import Event
from events.ids import PersonId
from events.offers import ReserveClosed, ReserveEnded, ReserveOpened, ReserveReordered
from projections.replay import folded
from projections.reserve_list import RESERVE_LIST
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import ADA, AMINA, AOIFE, AUTUMN, PATIENT, application
from tests.scenes.history import history
from tests.scenes.scribe import shown
from tests.scenes.selection import ACCEPT_BY, offer, turn, withdrawn


def row(*facts: Event) -> Any:
    return shown(RESERVE_LIST, AUTUMN, *facts)


def order(*facts: Event) -> list[tuple[int, PersonId]]:
    waiting = told(RESERVE_LIST, row(*facts))["waiting"]
    return [(one["turn"], one["person_id"]) for one in waiting]


def first(who: PersonId) -> ReserveReordered:
    mine = {"application_id": application(who), "cohort_id": AUTUMN, "person_id": who}
    moved = {"side": PATIENT, "place": 1, "reason": "reserve.mix-of-people"}
    return ReserveReordered.model_validate({**mine, **moved})


THREE = (turn(AOIFE, PATIENT, 3), turn(ADA, PATIENT, 1), turn(AMINA, PATIENT, 2))


def test_people_wait_by_their_turn_and_move_up() -> None:
    assert order(*THREE) == [(1, ADA), (2, AMINA), (3, AOIFE)]
    assert order(*THREE, withdrawn(ADA, PATIENT)) == [(1, AMINA), (2, AOIFE)]
    assert order(*THREE, offer(ADA, PATIENT)) == [(1, AMINA), (2, AOIFE)]
    assert order(*THREE, first(AOIFE)) == [(1, AOIFE), (2, ADA), (3, AMINA)]
    before = (*THREE[:1], turn(ADA, PATIENT, 1), turn(AMINA, PATIENT, 1))
    assert order(*before)[:2] == [(1, AMINA), (2, ADA)]


def test_the_list_says_until_when_it_is_open() -> None:
    opens = ReserveOpened(cohort_id=AUTUMN, closes_on=ACCEPT_BY)
    ids = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA}
    ended = ReserveEnded.model_validate({**ids, "side": PATIENT})
    seen = told(RESERVE_LIST, row(opens, THREE[1], ended, ReserveClosed(cohort_id=AUTUMN)))
    assert (seen["closes_on"], seen["closed"]) == (ACCEPT_BY.isoformat(), True)
    assert seen["waiting"] == []


def test_without_keys_nobody_is_told_a_turn() -> None:
    seen = told_without_keys(RESERVE_LIST, row(*THREE))["waiting"]
    assert {one["turn"] for one in seen} == {"(sealed)"}
    assert len(seen) == len(THREE)


def test_the_whole_history_leaves_nobody_waiting() -> None:
    assert told(RESERVE_LIST, folded(RESERVE_LIST, history())[AUTUMN])["waiting"] == []
