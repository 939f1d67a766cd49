"""The ledger of notices: one row per cause, person and template, and what became of each.

Here stands all SQL on `work.notices`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL

from domain.catalogue import NOTICES
from domain.cohorts.cohort import Cohort
from domain.contacts.reaching import Reached, may_hear, reach_of
from domain.notice import Notice
from domain.states import is_still_said
from events.catalogue import Recorded
from services.log.finding import Source
from services.log.memory import Memory


class NoticeKey(NamedTuple):
    """Which notice: its cause (an event's id), whom it goes to, and its template."""

    cause: str
    person: str
    template: str


LOST: Final = ("failed", "unconfirmed")  # until somebody has looked into it
PATIENCE: Final = timedelta(days=3)  # for a mail server that says "not now", or nothing


@dataclass(frozen=True)
class LedgerEntry:
    """A notice with its cause, and how the person it goes to is reached."""

    cause: Recorded[Any]
    notice: Notice
    reach: Reached

    @property
    def key(self) -> NoticeKey:
        """Cause, person and template: what it is never sent twice for."""
        return NoticeKey(self.cause.envelope.id, self.notice.to, self.notice.template)


class Became(NamedTuple):
    """The last state of a notice, on which channel, and what stood in its way."""

    state: str
    channel: str | None = None
    problem: str | None = None


def entries_for(fact: Recorded[Any], memory: Memory, source: Source) -> list[LedgerEntry]:
    """The notices that answer a fact, on what was known when it happened; none to contacts who may
    not be written to.
    """
    rules = NOTICES.get(type(fact.event), ())

    def ask() -> list[LedgerEntry]:
        state = memory.know(cohort_of(fact)).stands_still
        answers = (notice for rule in rules for notice in rule(fact, memory.know))
        answers = (one for one in answers if is_still_said(one.template, state))
        entries = [LedgerEntry(fact, one, memory.know(reach_of(one.to))) for one in answers]
        return [one for one in entries if may_hear(one.reach, one.notice)]

    found = None
    while found is None:  # heavy knowledge comes part by part, and a message waits for the whole
        found = memory.fill(source, [ask])
    return found[0]


def may_still_hear(one: LedgerEntry, memory: Memory, source: Source) -> bool:
    """Whether it may go to whom it is for by all that is known now, and not only by what was known
    when its fact happened: a contact may have come to an end, a cohort may have been cancelled,
    somebody may have taken back their consent.
    """
    found = None
    while found is None:
        ask = [lambda: (memory.know(reach_of(one.notice.to)), memory.know(cohort_of(one.cause)))]
        found = memory.fill(source, ask)
    ((reach, cohort),) = found
    return may_hear(reach, one.notice) and is_still_said(one.notice.template, cohort.stands_still)


def cohort_of(fact: Recorded[Any]) -> Cohort:
    """What must be known of the cohort that a fact is about, if it is about one."""
    return Cohort(getattr(fact.event, "cohort_id", None))


def enter(connection: psycopg.Connection, entries: Iterable[LedgerEntry], now: datetime) -> None:
    """Note what is to be sent; what stands there already stays as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO work.notices (position, cause, person, template, fact, due_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    one.cause.envelope.position,
                    *one.key,
                    one.cause.event.stored_as().name,
                    now,
                )
                for one in entries
            ],
        )


def begin(connection: psycopg.Connection, one: LedgerEntry) -> bool:
    """Whether it is due still, so that it is to be tried now; it stays due meanwhile."""
    cursor = connection.execute(
        "UPDATE work.notices SET attempts = attempts + 1"
        " WHERE (cause, person, template) = (%s, %s, %s) AND state = 'due'",
        one.key,
    )
    return bool(cursor.rowcount)


def claim(connection: psycopg.Connection, one: LedgerEntry) -> bool:
    """Whether it is ours to hand over: it was due, and from now on counts as being sent."""
    cursor = connection.execute(
        "UPDATE work.notices SET state = 'sending'"
        " WHERE (cause, person, template) = (%s, %s, %s) AND state = 'due'",
        one.key,
    )
    return cursor.rowcount == 1


def settle(
    connection: psycopg.Connection, key: NoticeKey, became: Became, at: datetime | None
) -> None:
    """What became of it, for good."""
    connection.execute(
        "UPDATE work.notices SET state = %s, channel = %s, problem = %s, done_at = %s"
        " WHERE (cause, person, template) = (%s, %s, %s)",
        (*became, at, *key),
    )


def postpone(connection: psycopg.Connection, key: NoticeKey, problem: str, now: datetime) -> None:
    """It could not be sent; it is due again, or failed after so long a time."""
    connection.execute(
        "UPDATE work.notices SET state = CASE WHEN due_at > %s THEN 'due' ELSE 'failed' END,"
        " problem = %s WHERE (cause, person, template) = (%s, %s, %s)",
        (now - PATIENCE, problem, *key),
    )


def give_up(connection: psycopg.Connection, position: int, problem: str) -> None:
    """What answers one fact can't be worded any more; it is failed until somebody looks at it."""
    connection.execute(
        "UPDATE work.notices SET state = 'failed', problem = %s"
        " WHERE position = %s AND state = 'due'",
        (problem, position),
    )


def give_up_but(connection: psycopg.Connection, position: int, known: Iterable[NoticeKey]) -> None:
    """What is due at a position for another cause than these is failed until somebody looks at it:
    the log has its fact no more.
    """
    connection.execute(
        "UPDATE work.notices SET state = 'failed', problem = 'the log has its cause no more'"
        " WHERE position = %s AND state = 'due'"
        " AND concat_ws(' ', cause, person, template) <> ALL(%s)",
        (position, [" ".join(one) for one in known]),
    )


def give_up_on_interrupted(connection: psycopg.Connection) -> int:
    """What was being sent when we were killed may have been: it is never blindly repeated."""
    return connection.execute(
        "UPDATE work.notices SET state = 'unconfirmed',"
        " problem = 'we were stopped while it was handed over' WHERE state = 'sending'"
    ).rowcount


def positions_due(connection: psycopg.Connection) -> Sequence[int]:
    """The facts whose notices are still due."""
    rows = connection.execute(
        "SELECT DISTINCT position FROM work.notices WHERE state = 'due' ORDER BY position"
    )
    return [position for (position,) in rows]


def still_open(connection: psycopg.Connection) -> int:
    """How many notices are due or being sent."""
    row = connection.execute(
        "SELECT count(*) FROM work.notices WHERE state IN ('due', 'sending')"
    ).fetchone()
    return int(row[0]) if row else 0


class InState(NamedTuple):
    """How many notices are in one state, and since when the oldest of them is due."""

    state: str
    number: int
    oldest: datetime


def ages(connection: psycopg.Connection) -> list[InState]:
    """How many notices are in each state, and since when the oldest of each is due."""
    query = (
        "SELECT state, count(*) AS number, min(due_at) AS oldest FROM work.notices"
        " GROUP BY state ORDER BY state"
    )
    with connection.cursor(row_factory=class_row(InState)) as cursor:
        return cursor.execute(query).fetchall()


def lost(connection: psycopg.Connection) -> list[InState]:
    """Notices that nobody may have had: lost until somebody has looked into them."""
    return [one for one in ages(connection) if one.state in LOST]


def last_problem(connection: psycopg.Connection) -> str | None:
    """What stood in the way of a notice that is still due when it was last tried; None if none was
    tried. A round begins with the first, and ends with it if nobody takes mail.
    """
    row = connection.execute(
        "SELECT problem FROM work.notices WHERE state = 'due' AND problem IS NOT NULL"
        " ORDER BY position LIMIT 1"
    ).fetchone()
    return row[0] if row else None


FOUND_SENT: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'sent', done_at = %(now)s, problem = NULL"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state = ANY(%(lost)s)"
)
# Due from now on: the mail server's patience with it begins anew.
DUE_AGAIN: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'due', due_at = %(now)s, problem = NULL"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state = ANY(%(lost)s)"
)


def found_sent(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Somebody knows that a lost notice arrived; False if it is none."""
    return _found(connection, FOUND_SENT, key, now)


def make_due(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Have a lost notice sent once more; False if it is none."""
    return _found(connection, DUE_AGAIN, key, now)


def _found(
    connection: psycopg.Connection, statement: LiteralString, key: NoticeKey, now: datetime
) -> bool:
    values = {**key._asdict(), "now": now, "lost": list(LOST)}
    return bool(connection.execute(statement, values).rowcount)


def state_of(connection: psycopg.Connection, key: NoticeKey) -> str | None:
    """How a notice stands; None if there is none."""
    row = connection.execute(
        "SELECT state FROM work.notices WHERE (cause, person, template) = (%s, %s, %s)", key
    ).fetchone()
    return row[0] if row else None


def counted_by_template(connection: psycopg.Connection) -> list[tuple[str, str, int]]:
    """How many notices of each template are in each state: template, state, number."""
    return connection.execute(
        "SELECT template, state, count(*) FROM work.notices GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()


ROWS: Final = SQL(
    "(SELECT concat_ws(' ', cause, person, template) AS key, to_jsonb(n) AS row"
    " FROM work.notices n ORDER BY position) AS ledger"
)
"""The ledger as a read model: `key` and `row`, to be selected from."""
