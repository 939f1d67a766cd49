"""Orders of operators: who wants what and why, and what came of it; kept for ever.

Workers carry out what concerns their letters and read models; the rest is done by whoever gives
it, and recorded here all the same. Here stands all SQL on `work.orders`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

OF_LETTERS: Final = ("redrive", "discard")
OF_READ_MODELS: Final = ("rebuild", "rollback", "replay")


class By(NamedTuple):
    """Who acts, why and when."""

    who: str
    reason: str
    now: datetime


class Order(NamedTuple):
    """One order as it stands. `worker` is whom it concerns, of a read model the projection.

    `per_second` is the rate at which letters are handed over, None as fast as it goes; `details`
    has `from`, a position, for a replay. `outcome` is None until it is carried out.
    """

    number: int
    verb: str
    worker: str
    who: str
    reason: str
    given_at: datetime
    letters: list[int]
    per_second: float | None
    details: dict[str, Any]
    finished_at: datetime | None
    outcome: dict[str, Any] | None


def give(
    connection: psycopg.Connection,
    verb: str,
    worker: str,
    by: By,
    *,
    letters: Collection[int] = (),
    per_second: float | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Order a worker to do something; the order's number."""
    return _one(
        connection,
        "INSERT INTO work.orders (verb, worker, who, reason, given_at, letters, per_second,"
        " details) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING number",
        (verb, worker, *by, list(letters), per_second, Jsonb(details or {})),
    )


def give_once(connection: psycopg.Connection, verb: str, worker: str, by: By) -> None:
    """The same, unless just that is ordered already and still to be done."""
    connection.execute(
        "INSERT INTO work.orders (verb, worker, who, reason, given_at)"
        " SELECT %(verb)s, %(worker)s, %(who)s, %(reason)s, %(now)s WHERE NOT EXISTS"
        " (SELECT FROM work.orders WHERE verb = %(verb)s AND worker = %(worker)s"
        " AND finished_at IS NULL)",
        {"verb": verb, "worker": worker, **by._asdict()},
    )


def record(
    connection: psycopg.Connection, verb: str, worker: str, by: By, outcome: Mapping[str, Any]
) -> int:
    """Keep an act that is done already; its number."""
    return _one(
        connection,
        "INSERT INTO work.orders (verb, worker, who, reason, given_at, finished_at, outcome)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING number",
        (verb, worker, *by, by.now, Jsonb(outcome)),
    )


def finish(
    connection: psycopg.Connection, order: int, outcome: Mapping[str, Any], now: datetime
) -> None:
    """An order was carried out, and this came of it."""
    connection.execute(
        "UPDATE work.orders SET finished_at = %s, outcome = %s WHERE number = %s",
        (now, Jsonb(outcome), order),
    )


def standing(
    connection: psycopg.Connection,
    verbs: Collection[str],
    *,
    of: Collection[str] | None = None,
    but: Collection[str] = (),
) -> list[Order]:
    """The orders with these verbs that are still to be carried out, in order: those to `of`
    (None: to anybody) but not to `but`.
    """
    return _rows(
        connection,
        "SELECT * FROM work.orders WHERE finished_at IS NULL AND verb = ANY(%s)"
        " AND (%s::text[] IS NULL OR worker = ANY(%s)) AND worker <> ALL(%s) ORDER BY number",
        (list(verbs), *(2 * [None if of is None else list(of)]), list(but)),
    )


def numbered(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Order]:
    """The orders with these numbers, in order."""
    query = "SELECT * FROM work.orders WHERE number = ANY(%s) ORDER BY number"
    return _rows(connection, query, (list(numbers),))


def latest(connection: psycopg.Connection, limit: int) -> list[Order]:
    """The last orders, the newest first."""
    return _rows(connection, "SELECT * FROM work.orders ORDER BY number DESC LIMIT %s", (limit,))


def naming(connection: psycopg.Connection, letter: int) -> list[Order]:
    """The orders that name a letter, in order."""
    query = "SELECT * FROM work.orders WHERE %s = ANY(letters) ORDER BY number"
    return _rows(connection, query, (letter,))


def ordered(connection: psycopg.Connection) -> dict[int, int]:
    """The letters of orders that are still to be carried out, each with the last such order."""
    query = (
        "SELECT letter, number FROM work.orders, unnest(letters) AS letter"
        " WHERE finished_at IS NULL ORDER BY number"
    )
    return dict(connection.execute(query).fetchall())


def _one(connection: psycopg.Connection, statement: LiteralString, values: tuple[Any, ...]) -> int:
    row = connection.execute(statement, values).fetchone()
    if row is None:
        raise LookupError("the database kept no order")
    return int(row[0])


def _rows(
    connection: psycopg.Connection, query: LiteralString, values: tuple[Any, ...]
) -> list[Order]:
    with connection.cursor(row_factory=class_row(Order)) as cursor:
        return cursor.execute(query, values).fetchall()
