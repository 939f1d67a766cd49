"""What goes to the database in one message is answered as if it had gone one by one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from services.engines import together
from services.engines.connecting import connect
from services.engines.together import BYTEA, BYTEAS, INT8, INT8S, TEXT, TEXTS, Statement

ODD = ["plain", "", 'a "quoted" one', "back\\slash", "{in,braces}", "Łódź", "NULL"]
NEXT = Statement("SELECT $1 + 1", (INT8,))
SHARE = Statement("SELECT 1 / $1", (INT8,))
NOTE = Statement("INSERT INTO noted VALUES ($1)", (INT8,))
NOTED = Statement("SELECT array_agg(number ORDER BY number) FROM noted")


@pytest.fixture
def connection(database: dict[str, str]) -> Iterator[psycopg.Connection]:
    with connect(database["commands"], autocommit=True) as one:
        one.execute("CREATE TEMPORARY TABLE noted (number bigint)")
        yield one


def answers(connection: psycopg.Connection, *asked: together.WithValues) -> list[Any]:
    """The one value of each answer."""
    found = together.ask(connection, *asked)
    return [together.rows(connection, one)[0][0] for one in found]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (INT8, -(2**40)),
        (TEXT, 'a "quoted" Łódź'),
        (BYTEA, b"\x00\xff"),
        (INT8S, [1, -(2**40)]),
        (INT8S, []),
        (TEXTS, ODD),
        (TEXTS, []),
        (BYTEAS, [b"", b"\x00\xff"]),
        (BYTEAS, []),
        (TEXTS, None),
    ],
)
def test_a_value_comes_back_as_it_went(
    connection: psycopg.Connection, kind: together.Type, value: Any
) -> None:
    assert answers(connection, Statement("SELECT $1", (kind,))(value)) == [value]


def test_as_many_values_are_given_as_a_statement_has() -> None:
    with pytest.raises(ValueError, match="shorter"):
        NEXT()


def test_several_are_answered_in_their_order_and_one_that_comes_twice_is_prepared_once(
    connection: psycopg.Connection,
) -> None:
    assert answers(connection, NEXT(1), NEXT(2), Statement("SELECT 'x'")()) == [2, 3, "x"]
    assert answers(connection, NEXT(3), NEXT(4)) == [4, 5]


def test_where_one_fails_nothing_of_all_is_done_and_the_next_are_answered(
    connection: psycopg.Connection,
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        together.ask(connection, NOTE(1), SHARE(0), NOTE(2))
    with pytest.raises(psycopg.errors.UndefinedTable):
        together.ask(connection, NOTE(3), Statement("SELECT 1 FROM nowhere")())
    assert answers(connection, NOTED(), SHARE(1)) == [None, 1]


def test_what_is_begun_is_committed_at_its_end_or_with_what_is_asked_last(
    connection: psycopg.Connection,
) -> None:
    with together.begun(connection, NEXT(1)) as (found,):
        assert together.rows(connection, found) == [(2,)]
        together.ask(connection, NOTE(1))
    with together.begun(connection):
        together.ask(connection, NOTE(2), together.COMMIT)
        assert connection.info.transaction_status is TransactionStatus.IDLE
    assert answers(connection, NOTED()) == [[1, 2]]


def noted_in_vain(connection: psycopg.Connection) -> None:
    together.ask(connection, NOTE(2))
    raise KeyError


def test_what_raises_rolls_back_what_was_begun(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), together.begun(connection):
        together.ask(connection, NOTE(1), SHARE(0))
    with pytest.raises(KeyError), together.begun(connection):
        noted_in_vain(connection)
    assert answers(connection, NOTED()) == [None]


def test_what_was_prepared_is_prepared_anew_once_psycopg_had_it_forgotten(
    connection: psycopg.Connection,
) -> None:
    assert answers(connection, NEXT(1), NOTED()) == [2, None]
    connection.execute("SELECT 1", prepare=True)
    with pytest.raises(KeyError), connection.transaction():
        raise KeyError
    left = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert left == (0,), "so there is nothing left that could be answered"
    with together.begun(connection, NEXT(1)) as (found,):
        assert together.rows(connection, found) == [(2,)]
        assert answers(connection, NOTED()) == [None], "also where something was begun"


def test_of_a_connection_that_is_ended_the_servers_reason_is_told(
    connection: psycopg.Connection,
) -> None:
    end = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(psycopg.errors.AdminShutdown):
        together.ask(connection, NEXT(1), end(), NEXT(2))
    with pytest.raises(psycopg.OperationalError):
        together.ask(connection, NEXT(1))


def test_several_threads_may_ask_on_one_connection_as_cursors_let_them(
    connection: psycopg.Connection,
) -> None:
    def asked(number: int) -> Any:
        if number % 2:
            row = connection.execute("SELECT %s + 1", (number,)).fetchone()
            return row and row[0]
        return answers(connection, NEXT(number))[0]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(asked, range(400))) == list(range(1, 401))
