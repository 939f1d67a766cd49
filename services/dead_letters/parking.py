"""Dead letters: what a worker can't take in is put aside, in order, and the rest goes on.

A letter is one event, for one worker and one key. The first that fails is `dead`; later ones of
its key are `waiting` behind it. Both are lost until they are done, or an operator discards them.
Why this is so: docs/decisions/009-failure.md.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final, LiteralString, NamedTuple

import nats.errors
import psycopg
from psycopg.types.json import Jsonb
from pydantic import ValidationError

HOUSE: Final = Path(__file__).parents[2]
ROOMS: Final = ("events", "domain", "projections", "services")


class TryAgain(RuntimeError):
    """Somebody that we need is away or busy; what was to be done is done later."""


def passes(error: BaseException) -> bool:
    """Whether a fault may be gone when the same is tried again; all others are for good."""
    if isinstance(error, psycopg.Error):
        return not isinstance(error, psycopg.DataError | psycopg.IntegrityError)
    return isinstance(error, TryAgain | OSError | nats.errors.Error)


class Letter(NamedTuple):
    """One open letter. `state` is dead or waiting; `fact` is the event's wire name."""

    letter: int
    worker: str
    key: str
    position: int
    fact: str
    state: str
    attempts: int


class Fault(NamedTuple):
    """What went wrong, without a value: nobody's words may come into a letter."""

    error: str
    problem: str

    @classmethod
    def of(cls, error: BaseException) -> "Fault":
        """The class of an error, and where in our rooms it arose. Its text may hold anything."""
        return cls(type(error).__name__, "; ".join(_said(error)) or "no place in our rooms")


def _said(error: BaseException) -> Iterator[str]:
    if isinstance(error, ValidationError):
        for one in error.errors(include_input=False, include_context=False, include_url=False)[:5]:
            yield f"{'.'.join(map(str, one['loc']))}: {one['type']}"
    if isinstance(error, psycopg.Error) and error.sqlstate:
        yield f"SQLSTATE {error.sqlstate}"
    ours = [where for where in map(_place, walk_tb(error.__traceback__)) if where]
    yield from ours[-1:]


def _place(step: tuple[Any, int]) -> str | None:
    frame, line = step
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(HOUSE) or path.relative_to(HOUSE).parts[0] not in ROOMS:
        return None
    return f"{path.relative_to(HOUSE)}:{line} in {frame.f_code.co_name}"


def blocked(connection: psycopg.Connection, worker: str) -> set[str]:
    """The keys for which something is put aside, so that what follows must wait."""
    statement = (
        "SELECT DISTINCT key FROM work.letters WHERE worker = %s AND state IN ('dead', 'waiting')"
    )
    return {key for (key,) in connection.execute(statement, (worker,))}


PUT: Final[LiteralString] = (
    "INSERT INTO work.letters (worker, key, position, fact, state, error, problem, attempts,"
    " first_at, last_at) VALUES (%(worker)s, %(key)s, %(position)s, %(fact)s, %(state)s,"
    " %(error)s, %(problem)s, %(attempts)s, %(now)s, %(now)s)"
    # Only a worker whose place was set back meets an event again.
    " ON CONFLICT (worker, key, position) DO UPDATE SET state = excluded.state,"
    " error = excluded.error, problem = excluded.problem, last_at = excluded.last_at,"
    " attempts = work.letters.attempts + excluded.attempts"
)


class Putting(NamedTuple):
    """One event for one worker and key, about to be put aside."""

    worker: str
    key: str
    position: int
    fact: str


# A letter that is open stays as it is, also for a worker that was set back: dead is not waiting.
QUEUE: Final[LiteralString] = PUT + " WHERE work.letters.state NOT IN ('dead', 'waiting')"


def park(
    connection: psycopg.Connection, what: Putting, fault: Fault, now: datetime, attempts: int = 1
) -> None:
    """It failed, for good or too often. Belongs into the transaction that moves the place."""
    given = {**what._asdict(), **fault._asdict(), "state": "dead", "attempts": attempts}
    connection.execute(PUT, {**given, "now": now})


def queue(connection: psycopg.Connection, what: Putting, now: datetime) -> None:
    """It waits behind one that failed, untried."""
    given = {**what._asdict(), "state": "waiting", "error": None, "problem": None, "attempts": 0}
    connection.execute(QUEUE, {**given, "now": now})


def open_letters(connection: psycopg.Connection, worker: str, key: str) -> list[Letter]:
    """What is put aside under one key, in order."""
    rows = connection.execute(
        "SELECT letter, worker, key, position, fact, state, attempts FROM work.letters"
        " WHERE worker = %s AND key = %s AND state IN ('dead', 'waiting') ORDER BY position",
        (worker, key),
    )
    return [Letter(*row) for row in rows]


def tried_again(
    connection: psycopg.Connection, letter: Letter, fault: Fault | None, now: datetime
) -> None:
    """A letter was handed over once more: done, or the same letter with one more attempt."""
    connection.execute(
        "UPDATE work.letters SET state = %s, error = coalesce(%s, error),"
        " problem = coalesce(%s, problem), attempts = attempts + 1, last_at = %s"
        " WHERE letter = %s",
        (
            "dead" if fault else "done",
            fault and fault.error,
            fault and fault.problem,
            now,
            letter.letter,
        ),
    )


def discard(connection: psycopg.Connection, letters: Collection[int], now: datetime) -> int:
    """Give dead letters up; how many there were."""
    return connection.execute(
        "UPDATE work.letters SET state = 'discarded', last_at = %s"
        " WHERE letter = ANY(%s) AND state = 'dead'",
        (now, list(letters)),
    ).rowcount


Retry = Callable[[psycopg.Connection, Letter], None]


def hand_over(
    connection: psycopg.Connection, worker: str, key: str, retry: Retry, now: datetime
) -> bool:
    """Hand over the first of what is put aside under a key; True if it is done.

    One transaction with whatever `retry` does on this connection, which must hold the worker's
    place. What passes by itself (an engine that is away, say) is raised, and nothing is changed.
    """
    letter, *_ = open_letters(connection, worker, key)
    try:
        with connection.transaction():
            retry(connection, letter)
    except Exception as error:
        if passes(error):
            raise
        tried_again(connection, letter, Fault.of(error), now)
        return False
    tried_again(connection, letter, None, now)
    return True


class Order(NamedTuple):
    """What an operator wants a worker to do about its letters; `per_second` None: at once."""

    number: int
    verb: str
    letters: Collection[int]
    per_second: float | None


def orders(connection: psycopg.Connection, worker: str) -> list[Order]:
    """The redrives and discards that this worker has still to carry out, in order."""
    rows = connection.execute(
        "SELECT number, verb, letters, per_second FROM work.orders WHERE worker = %s"
        " AND verb IN ('redrive', 'discard') AND finished_at IS NULL ORDER BY number",
        (worker,),
    )
    return [Order(*row) for row in rows]


def finish(
    connection: psycopg.Connection, order: int, outcome: Mapping[str, Any], now: datetime
) -> None:
    """An order was carried out, and this came of it."""
    connection.execute(
        "UPDATE work.orders SET finished_at = %s, outcome = %s WHERE number = %s",
        (now, Jsonb(outcome), order),
    )


def paused(connection: psycopg.Connection, worker: str) -> bool:
    """Whether an operator has told this worker to rest."""
    found = connection.execute("SELECT FROM work.paused WHERE worker = %s", (worker,))
    return found.fetchone() is not None
