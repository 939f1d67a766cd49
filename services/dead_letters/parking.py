"""Dead letters: what a worker can't take in is put aside, in order, and the rest goes on.

A dead letter is one event, for one worker and one key. The first that fails is `dead`; later ones
of its key are `waiting` behind it. Both are lost until they are done, or an operator discards them.
Why this is so: docs/decisions/009-failure.md. Here stands all SQL on `work.letters`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL

from services.crew import PROJECTOR, WITH_CHECKPOINT
from services.dead_letters.faults import Fault

OPEN: Final = ("dead", "waiting")
STATES: Final = (*OPEN, "done", "discarded")
GONE: Final = "its rows are no more"  # of a letter that was discarded with them, by nobody
# Of a build, whose name says its version and number, the read model.
READ_MODEL: Final[LiteralString] = "regexp_replace(worker, '_v[0-9]+_[0-9]+$', '')"


class Parked(NamedTuple):
    """One event for one worker and key, about to be put aside. `fact` is its wire name."""

    worker: str
    key: str
    position: int
    fact: str


class DeadLetter(NamedTuple):
    """One open letter, dead or waiting, by its number."""

    letter: int
    worker: str
    key: str
    position: int
    fact: str
    state: str
    attempts: int


PUT: Final[LiteralString] = (
    "INSERT INTO work.letters (worker, key, position, fact, state, error, problem, attempts,"
    " first_at, last_at) VALUES (%(worker)s, %(key)s, %(position)s, %(fact)s, %(state)s,"
    " %(error)s, %(problem)s, %(attempts)s, %(now)s, %(now)s)"
    # Only a worker whose checkpoint was set back meets an event again.
    " ON CONFLICT (worker, key, position) DO UPDATE SET state = excluded.state,"
    " error = excluded.error, problem = excluded.problem, last_at = excluded.last_at,"
    " attempts = work.letters.attempts + excluded.attempts"
)
# A letter that is open stays as it is, also for a worker that was set back: dead is not waiting.
QUEUE: Final[LiteralString] = PUT + " WHERE work.letters.state NOT IN ('dead', 'waiting')"


def park(
    connection: psycopg.Connection, what: Parked, fault: Fault, now: datetime, attempts: int = 1
) -> None:
    """It failed, for good or too often. Belongs into the transaction that moves the checkpoint."""
    given = {**what._asdict(), **fault._asdict(), "state": "dead", "attempts": attempts}
    connection.execute(PUT, {**given, "now": now})


def queue(connection: psycopg.Connection, what: Parked, now: datetime) -> None:
    """It waits behind one that failed, untried."""
    given = {**what._asdict(), "state": "waiting", "error": None, "problem": None, "attempts": 0}
    connection.execute(QUEUE, {**given, "now": now})


def blocked(connection: psycopg.Connection, worker: str) -> set[str]:
    """The keys for which something is put aside, so that what follows must wait."""
    return blocked_of_each(connection, [worker])[worker]


def blocked_of_each(connection: psycopg.Connection, workers: Iterable[str]) -> dict[str, set[str]]:
    """The same for several workers or builds."""
    found: dict[str, set[str]] = {worker: set() for worker in workers}
    rows = connection.execute(
        "SELECT DISTINCT worker, key FROM work.letters"
        " WHERE worker = ANY(%s) AND state IN ('dead', 'waiting')",
        (list(found),),
    )
    for worker, key in rows:
        found[worker].add(key)
    return found


def open_dead_letters(connection: psycopg.Connection, worker: str, key: str) -> list[DeadLetter]:
    """What is put aside under one key, in order."""
    rows = connection.execute(
        "SELECT letter, worker, key, position, fact, state, attempts FROM work.letters"
        " WHERE worker = %s AND key = %s AND state IN ('dead', 'waiting') ORDER BY position",
        (worker, key),
    )
    return [DeadLetter(*row) for row in rows]


def keys_of(connection: psycopg.Connection, letters: Collection[int]) -> list[str]:
    """The keys of the letters with these numbers, in the order of their positions."""
    rows = connection.execute(
        "SELECT key FROM work.letters WHERE letter = ANY(%s) GROUP BY key ORDER BY min(position)",
        (list(letters),),
    )
    return [key for (key,) in rows]


def tried_again(
    connection: psycopg.Connection, letter: DeadLetter, fault: Fault | None, now: datetime
) -> None:
    """A letter was handed over once more: done, or the same letter with one more attempt."""
    state, error, problem = ("dead", *fault) if fault else ("done", None, None)
    connection.execute(
        "UPDATE work.letters SET state = %s, error = coalesce(%s, error),"
        " problem = coalesce(%s, problem), attempts = attempts + 1, last_at = %s"
        " WHERE letter = %s",
        (state, error, problem, now, letter.letter),
    )


def discard(connection: psycopg.Connection, letters: Collection[int], now: datetime) -> int:
    """Give dead letters up; how many there were."""
    return connection.execute(
        "UPDATE work.letters SET state = 'discarded', last_at = %s"
        " WHERE letter = ANY(%s) AND state = 'dead'",
        (now, list(letters)),
    ).rowcount


def discard_all(connection: psycopg.Connection, worker: str) -> None:
    """What was put aside for a worker or build that is no more is of no concern to anybody. Nobody
    gave it up by that: the next build puts it aside again.
    """
    connection.execute(
        "UPDATE work.letters SET state = 'discarded', last_at = now(),"
        " problem = concat_ws('; ', problem, %s::text)"
        " WHERE worker = %s AND state IN ('dead', 'waiting')",
        (GONE, worker),
    )


def given_up(connection: psycopg.Connection, projection: str, key: str, position: int) -> bool:
    """Whether somebody gave up that an event be taken in for this key, in whichever build.

    It is tried again in each new build, and passed over only if it still can't be taken in.
    """
    found = connection.execute(
        "SELECT FROM work.letters WHERE state = 'discarded' AND (key, position) = (%s, %s)"
        f" AND {READ_MODEL} = %s AND coalesce(problem, '') NOT LIKE %s LIMIT 1",
        (key, position, projection, f"%{GONE}"),
    )
    return found.fetchone() is not None


class Filter(NamedTuple):
    """Which letters are meant; None means any.

    `worker` is one that keeps a checkpoint, `projector` (all builds), a projection (its builds) or
    one build. `fault` is a piece of error or problem, in any case; of a letter that waits, it is
    that of the one ahead. `hidden` are builds that don't serve: their letters are out of sight.
    """

    worker: str | None = None
    key: str | None = None
    fault: str | None = None
    states: Collection[str] = OPEN
    hidden: Collection[str] = ()


class Listed(NamedTuple):
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


class FaultGroup(NamedTuple):
    """Letters with one fault: how many in which state, since when, and one of them to look at."""

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


LETTERS: Final = SQL(
    "(SELECT l.letter, l.worker, l.key, l.position, l.fact, l.state, l.attempts, l.first_at,"
    " l.last_at, ahead.letter AS ahead, coalesce(ahead.error, l.error) AS error,"
    " coalesce(ahead.problem, l.problem) AS problem, coalesce(ahead.fact, l.fact) AS cause_fact"
    " FROM work.letters AS l LEFT JOIN LATERAL (SELECT * FROM work.letters AS d"
    " WHERE l.state = 'waiting' AND d.state = 'dead' AND (d.worker, d.key) = (l.worker, l.key)"
    " AND d.position < l.position ORDER BY d.position LIMIT 1) AS ahead ON true) AS letters"
)
CHOSEN: Final = SQL(
    "SELECT * FROM {} WHERE worker <> ALL(%(hidden)s) AND state = ANY(%(states)s)"
    " AND (%(key)s::text IS NULL OR key = %(key)s)"
    " AND (%(fault)s::text IS NULL"
    " OR strpos(lower(concat_ws(': ', error, problem)), lower(%(fault)s)) > 0)"
    " AND (%(worker)s::text IS NULL OR worker = %(worker)s"
    " OR (%(worker)s = %(projector)s AND worker <> ALL(%(own)s))"
    " OR {} = %(worker)s)"
).format(LETTERS, SQL(READ_MODEL))
GROUPED: Final = SQL(
    "SELECT worker, error, problem, cause_fact AS fact,"
    " count(*) FILTER (WHERE state = 'dead') AS dead,"
    " count(*) FILTER (WHERE state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE state = 'done') AS done,"
    " count(*) FILTER (WHERE state = 'discarded') AS discarded,"
    " min(first_at) AS oldest, max(last_at) AS newest,"
    " coalesce(min(letter) FILTER (WHERE state = 'dead'), min(letter)) AS sample"
    " FROM ({}) AS chosen GROUP BY 1, 2, 3, 4 ORDER BY dead DESC, worker, sample"
).format(CHOSEN)


def listed(connection: psycopg.Connection, which: Filter, limit: int | None = None) -> list[Listed]:
    """The letters that are meant, in order of position, at most `limit`."""
    query = SQL("{} ORDER BY position, letter LIMIT %(limit)s").format(CHOSEN)
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query, {**_given(which), "limit": limit}).fetchall()


def grouped(connection: psycopg.Connection, which: Filter) -> list[FaultGroup]:
    """The same by worker, error, problem and fact; those with most dead letters first."""
    with connection.cursor(row_factory=class_row(FaultGroup)) as cursor:
        return cursor.execute(GROUPED, _given(which)).fetchall()


def numbered(connection: psycopg.Connection, numbers: Sequence[int]) -> list[Listed]:
    """The letters with these numbers, in order of position; one that there isn't is left out."""
    query = SQL("SELECT * FROM {} WHERE letter = ANY(%s) ORDER BY position, letter")
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query.format(LETTERS), (list(numbers),)).fetchall()


def behind(connection: psycopg.Connection, letter: int, limit: int) -> list[int]:
    """The first letters that wait behind a dead one, in order."""
    query = SQL("SELECT letter FROM {} WHERE ahead = %s ORDER BY position LIMIT %s")
    rows = connection.execute(query.format(LETTERS), (letter, limit))
    return [number for (number,) in rows]


def queues(connection: psycopg.Connection, dead: Sequence[int]) -> dict[int, int]:
    """How many letters wait behind each of these dead ones; where none does, none is named."""
    query = SQL("SELECT ahead, count(*) FROM {} WHERE ahead = ANY(%s) GROUP BY ahead")
    return dict(connection.execute(query.format(LETTERS), (list(dead),)).fetchall())


class OpenLetters(NamedTuple):
    """How many letters of one worker or build are dead and how many wait, and since when the oldest
    of them does.
    """

    worker: str
    dead: int
    waiting: int
    oldest: datetime


def counted(connection: psycopg.Connection, hidden: Collection[str]) -> list[OpenLetters]:
    """The open letters of each worker that has some, but for those of builds that are hidden."""
    query = (
        "SELECT worker, count(*) FILTER (WHERE state = 'dead') AS dead,"
        " count(*) FILTER (WHERE state = 'waiting') AS waiting, min(first_at) AS oldest"
        " FROM work.letters WHERE state IN ('dead', 'waiting') AND worker <> ALL(%s)"
        " GROUP BY worker ORDER BY worker"
    )
    with connection.cursor(row_factory=class_row(OpenLetters)) as cursor:
        return cursor.execute(query, (list(hidden),)).fetchall()


class Untouched(NamedTuple):
    """A position that a worker, or a read model, could not take in, and since when nobody tried."""

    reader: str
    position: int
    since: datetime


def untouched(connection: psycopg.Connection, hidden: Collection[str]) -> list[Untouched]:
    """The open letters, but for those of builds that are hidden."""
    query = SQL(
        "SELECT {} AS reader, position, last_at AS since FROM work.letters"
        " WHERE state IN ('dead', 'waiting') AND worker <> ALL(%s)"
    ).format(SQL(READ_MODEL))
    with connection.cursor(row_factory=class_row(Untouched)) as cursor:
        return cursor.execute(query, (list(hidden),)).fetchall()


def last_handled(connection: psycopg.Connection, letters: Collection[int]) -> datetime | None:
    """When a worker had one of these letters in hand for the last time."""
    row = connection.execute(
        "SELECT max(last_at) FROM work.letters WHERE letter = ANY(%s) AND attempts > 0",
        (list(letters),),
    ).fetchone()
    return row[0] if row else None


def handled(connection: psycopg.Connection, letters: Collection[int], since: datetime) -> int:
    """How many of these letters a worker has had in hand since a moment."""
    row = connection.execute(
        "SELECT count(*) FROM work.letters WHERE letter = ANY(%s)"
        " AND (state <> 'dead' OR last_at >= %s)",
        (list(letters), since),
    ).fetchone()
    return int(row[0]) if row else 0


def _given(which: Filter) -> dict[str, Any]:
    lists = {"states": list(which.states), "hidden": list(which.hidden)}
    return {**which._asdict(), **lists, "own": list(WITH_CHECKPOINT), "projector": PROJECTOR}
