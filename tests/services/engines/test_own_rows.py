"""Whoever shares a table with others moves what is theirs, and an operator what commands move."""

from typing import Final

import psycopg
import pytest

from services.crew import FOLLOWERS, NAMES, WITH_CHECKPOINT, carrier_of
from services.engines.addresses import Engines

BUILD, PROJECTION = "agenda_v1_1", "agenda"
OF_LETTERS: Final = (*WITH_CHECKPOINT, BUILD)
OF_ORDERS: Final = (*WITH_CHECKPOINT, PROJECTION, BUILD)
LETTERS: Final = (
    "INSERT INTO work.letters (worker, key, position, fact, state, first_at, last_at)"
    " SELECT w, 'k', 1, 'f', 'dead', now(), now() FROM unnest(%s::text[]) AS w"
)
ORDERS: Final = (
    "INSERT INTO work.orders (verb, worker, who, reason, given_at)"
    " SELECT 'redrive', w, 'Ola', 'a test', now() FROM unnest(%s::text[]) AS w"
)
NOTICES: Final = (
    "INSERT INTO work.notices (position, cause, person, template, fact, state, due_at)"
    " SELECT 1, s, 'p', 't', 'f', s, now() FROM unnest(%s::text[]) AS s"
)
STATES: Final = (
    *("due", "sending", "sent", "failed", "refused", "bounced"),
    *("unconfirmed", "withheld", "for-staff"),
)


@pytest.fixture
def shared(fresh: Engines) -> Engines:
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute(LETTERS, (list(OF_LETTERS),))
        owner.execute(ORDERS, (list(OF_ORDERS),))
        owner.execute(NOTICES, (list(STATES),))
        owner.execute("UPDATE work.places SET position = 5")
    return fresh


def moves(engines: Engines, role: str, statement: str) -> set[str]:
    """Whose rows it moves if it tries to move all of them."""
    with psycopg.connect(engines.programme[role]) as connection:
        rows = {who for (who,) in connection.execute(statement.encode()).fetchall()}
        connection.rollback()
    return rows


@pytest.mark.parametrize("role", FOLLOWERS)
def test_a_worker_moves_its_own_letters_and_orders_and_no_others(
    shared: Engines, role: str
) -> None:
    letters = "UPDATE work.letters SET state = 'discarded' RETURNING worker"
    assert moves(shared, role, letters) == {one for one in OF_LETTERS if carrier_of(one) == role}
    orders = "UPDATE work.orders SET finished_at = now(), outcome = '{}' RETURNING worker"
    assert moves(shared, role, orders) == {one for one in OF_ORDERS if carrier_of(one) == role}


@pytest.mark.parametrize("role", WITH_CHECKPOINT)
def test_a_worker_moves_its_own_place_and_holds_no_other(shared: Engines, role: str) -> None:
    assert moves(shared, role, "UPDATE work.places SET position = 9 RETURNING worker") == {role}
    assert moves(shared, role, "SELECT worker FROM work.places FOR UPDATE") == {role}


@pytest.mark.parametrize("role", NAMES)
def test_a_worker_complains_in_its_own_name(shared: Engines, role: str) -> None:
    complaints = "UPDATE work.complaints SET problem = 'mine' RETURNING worker"
    assert moves(shared, role, complaints) == {role}
    forged = "INSERT INTO work.complaints (worker, fault, problem) VALUES ('another', '', '')"
    with (
        psycopg.connect(shared.programme[role]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(forged.encode())


def refused(engines: Engines, role: str, statement: str) -> bool:
    with psycopg.connect(engines.programme[role]) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False


def test_nobody_parks_a_letter_in_anothers_name(shared: Engines) -> None:
    park = (
        "INSERT INTO work.letters (worker, key, position, fact, state, first_at, last_at)"
        " VALUES ('{}', 'new', 1, 'f', 'dead', now(), now())"
    )
    able = {
        (role, of)
        for role in FOLLOWERS
        for of in OF_LETTERS
        if not refused(shared, role, park.format(of))
    }
    assert able == {(carrier_of(of), of) for of in OF_LETTERS}


def test_what_came_of_an_order_is_said_once(shared: Engines) -> None:
    with psycopg.connect(shared.programme["owner"]) as owner:
        owner.execute("UPDATE work.orders SET finished_at = now()")
    again = "UPDATE work.orders SET outcome = '{}' RETURNING worker"
    assert moves(shared, "policies", again) == set()


def test_the_projector_orders_in_its_own_name_what_it_needs_itself(shared: Engines) -> None:
    order = (
        "INSERT INTO work.orders (verb, worker, who, reason, given_at, finished_at)"
        " VALUES ('{}', 'agenda', '{}', 'a test', now(), {})"
    )
    assert not refused(shared, "projector", order.format("rebuild", "system:projector", "NULL"))
    assert refused(shared, "projector", order.format("rebuild", "Ola", "NULL"))
    assert refused(shared, "projector", order.format("redrive", "system:projector", "NULL"))
    assert refused(shared, "projector", order.format("rebuild", "system:projector", "now()"))
    assert not refused(shared, "operator", order.format("redrive", "Ola", "now()"))


def test_an_operator_sets_workers_back_and_nobody_forward(shared: Engines) -> None:
    move = "UPDATE work.places SET position = {}, event = NULL, moved_at = now() RETURNING worker"
    assert moves(shared, "operator", move.format(3)) == set(WITH_CHECKPOINT)
    assert refused(shared, "operator", move.format(6))


SETTLED = {*STATES} - {"due", "sending"}


def test_an_operator_settles_what_nobody_is_at_and_only_as_sent_due_or_come_back(
    shared: Engines,
) -> None:
    settle = "UPDATE work.notices SET state = '{}' RETURNING cause"
    for state in ("sent", "due", "bounced"):
        assert moves(shared, "operator", settle.format(state)) == SETTLED
    assert refused(shared, "operator", settle.format("for-staff"))
    assert moves(shared, "notifier", settle.format("sent")) == set(STATES)


def test_only_who_may_destroy_a_key_makes_an_empty_one(fresh: Engines) -> None:
    empty = "INSERT INTO vault.keys (audience, version, epoch) VALUES ('person_x', 1, 1)"
    for role, able in (("commands", False), ("keeper", True)):
        with psycopg.connect(fresh.vault[role]) as connection:
            try:
                connection.execute(empty.encode())
                done = True
            except psycopg.errors.InsufficientPrivilege:
                done = False
            connection.rollback()
        assert done is able, role
