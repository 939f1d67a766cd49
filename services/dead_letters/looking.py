"""What operators ask about dead letters: how many, of what cause, since when, what waits behind.

Workers put letters aside and take them out again in `parking`; here they are looked at.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL

from services.read_models.builds import builds

OPEN: Final = ("dead", "waiting")
STATES: Final = (*OPEN, "done", "discarded")
OWN_LETTERS: Final = ("policies", "notifier")  # all others are builds of the projector's


class Filter(NamedTuple):
    """Which letters are meant; None means any.

    `worker` is `policies`, `notifier`, `projector` (all builds), a projection (its builds) or one
    build. `cause` is a piece of error or problem, in any case; of a letter that waits, it is the
    cause of the one ahead.
    """

    worker: str | None = None
    key: str | None = None
    cause: str | None = None
    states: Collection[str] = OPEN


class Found(NamedTuple):
    """One letter. Of one that waits, `error` and `problem` are those of the letter `ahead`."""

    letter: int
    worker: str
    key: str
    position: int
    fact: str
    state: str
    attempts: int
    first_at: datetime
    last_at: datetime
    ahead: int | None
    error: str | None
    problem: str | None
    cause_fact: str


class Cause(NamedTuple):
    """Letters with one cause: how many in which state, since when, and one of them to look at."""

    worker: str
    error: str | None
    problem: str | None
    fact: str
    dead: int
    waiting: int
    done: int
    discarded: int
    oldest: datetime
    newest: datetime
    sample: int


class LostNotices(NamedTuple):
    """Notices that nobody may have had: `failed`, or `unconfirmed`."""

    state: str
    number: int
    oldest: datetime


LETTERS: Final = SQL(
    "(SELECT l.letter, l.worker, l.key, l.position, l.fact, l.state, l.attempts, l.first_at,"
    " l.last_at, ahead.letter AS ahead, coalesce(ahead.error, l.error) AS error,"
    " coalesce(ahead.problem, l.problem) AS problem, coalesce(ahead.fact, l.fact) AS cause_fact"
    " FROM work.letters AS l LEFT JOIN LATERAL (SELECT * FROM work.letters AS d"
    " WHERE l.state = 'waiting' AND d.state = 'dead' AND (d.worker, d.key) = (l.worker, l.key)"
    " AND d.position < l.position ORDER BY d.position LIMIT 1) AS ahead ON true) AS letters"
)
CHOSEN: Final = SQL(
    "SELECT * FROM {} WHERE worker <> ALL(%(kept)s) AND state = ANY(%(states)s)"
    " AND (%(key)s::text IS NULL OR key = %(key)s)"
    " AND (%(cause)s::text IS NULL"
    " OR strpos(lower(concat_ws(': ', error, problem)), lower(%(cause)s)) > 0)"
    " AND (%(worker)s::text IS NULL OR worker = %(worker)s"
    " OR (%(worker)s = 'projector' AND worker <> ALL(%(own)s))"
    " OR regexp_replace(worker, '_v[0-9]+_[0-9]+$', '') = %(worker)s)"
).format(LETTERS)
CAUSES: Final = SQL(
    "SELECT worker, error, problem, cause_fact AS fact,"
    " count(*) FILTER (WHERE state = 'dead') AS dead,"
    " count(*) FILTER (WHERE state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE state = 'done') AS done,"
    " count(*) FILTER (WHERE state = 'discarded') AS discarded,"
    " min(first_at) AS oldest, max(last_at) AS newest,"
    " coalesce(min(letter) FILTER (WHERE state = 'dead'), min(letter)) AS sample"
    " FROM ({}) AS chosen GROUP BY 1, 2, 3, 4 ORDER BY dead DESC, worker, sample"
).format(CHOSEN)


def letters(connection: psycopg.Connection, which: Filter, limit: int | None = None) -> list[Found]:
    """The letters that are meant, in order of position, at most `limit`."""
    query = SQL("{} ORDER BY position, letter LIMIT %(limit)s").format(CHOSEN)
    with connection.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(query, {**_given(connection, which), "limit": limit}).fetchall()


def causes(connection: psycopg.Connection, which: Filter) -> list[Cause]:
    """The same by worker, error, place and fact; those with most dead letters first."""
    with connection.cursor(row_factory=class_row(Cause)) as cursor:
        return cursor.execute(CAUSES, _given(connection, which)).fetchall()


def these(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Found]:
    """The letters with these numbers, in order of position; one that there isn't is not told."""
    query = SQL("SELECT * FROM {} WHERE letter = ANY(%s) ORDER BY position, letter")
    with connection.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(query.format(LETTERS), (list(numbers),)).fetchall()


def behind(connection: psycopg.Connection, letter: int, limit: int) -> list[int]:
    """The first letters that wait behind a dead one, in order."""
    query = SQL("SELECT letter FROM {} WHERE ahead = %s ORDER BY position LIMIT %s")
    rows = connection.execute(query.format(LETTERS), (letter, limit))
    return [number for (number,) in rows]


def queues(connection: psycopg.Connection, dead: Sequence[int]) -> dict[int, int]:
    """How many letters wait behind each of these dead ones; none is not told."""
    query = SQL("SELECT ahead, count(*) FROM {} WHERE ahead = ANY(%s) GROUP BY ahead")
    return dict(connection.execute(query.format(LETTERS), (list(dead),)).fetchall())


def counted(connection: psycopg.Connection) -> dict[str, dict[str, int]]:
    """How many letters are dead and how many wait, for each worker that has some."""
    rows = connection.execute(
        "SELECT worker, state, count(*) FROM work.letters WHERE state IN ('dead', 'waiting')"
        " AND worker <> ALL(%s) GROUP BY 1, 2 ORDER BY 1, 2",
        (kept(connection),),
    )
    told: dict[str, dict[str, int]] = {}
    for worker, state, number in rows:
        told.setdefault(worker, dict.fromkeys(OPEN, 0))[state] = number
    return told


def lost_notices(connection: psycopg.Connection) -> list[LostNotices]:
    """Notices that count as lost until somebody has looked into them."""
    query = (
        "SELECT state, count(*) AS number, min(due_at) AS oldest FROM work.notices"
        " WHERE state IN ('failed', 'unconfirmed') GROUP BY state ORDER BY state"
    )
    with connection.cursor(row_factory=class_row(LostNotices)) as cursor:
        return cursor.execute(query).fetchall()


def kept(connection: psycopg.Connection) -> list[str]:
    """Builds that don't serve: their letters are out of sight until they do."""
    return [one.name for one in builds(connection) if one.state != "serving"]


def _given(connection: psycopg.Connection, which: Filter) -> dict[str, Any]:
    lists = {"states": list(which.states), "own": list(OWN_LETTERS), "kept": kept(connection)}
    return {**which._asdict(), **lists}
