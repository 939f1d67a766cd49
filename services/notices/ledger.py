"""The ledger of notices: one row per cause, person and template, and what became of each.

Here stands all SQL on `work.notices`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import Rollback
from psycopg.rows import class_row
from psycopg.sql import SQL

from domain.catalogue import NOTICES
from domain.cohorts.cohort import Cohort
from domain.contacts.reaching import Reached, may_hear, reach_of
from domain.contacts.supporting import copies
from domain.decision import Know
from domain.notice import Notice
from domain.states import is_still_said
from events.catalogue import Recorded
from services.log.finding import Source
from services.log.memory import Memory
from services.notices.hours import Hours


class NoticeKey(NamedTuple):
    """Which notice: its cause (an event's id), whom it goes to, and its template."""

    cause: str
    person: str
    template: str


LOST: Final = ("failed", "unconfirmed")  # until somebody has looked into it
BY_HAND: Final = "for-staff"
SENT_AGAIN: Final = (*LOST, BY_HAND, "sent", "withheld")
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
        cohort = memory.know(cohort_of(fact))
        state = cohort.stands_still
        told = (notice for rule in rules for notice in rule(fact, memory.know))
        answers = (one for notice in told for one in _with_copies(notice, cohort, memory.know))
        answers = (one for one in answers if is_still_said(one.template, state))
        entries = [LedgerEntry(fact, one, memory.know(reach_of(one.to))) for one in answers]
        return [one for one in entries if may_hear(one.reach, one.notice)]

    found = None
    while found is None:  # heavy knowledge comes part by part, and a message waits for the whole
        found = memory.fill(source, [ask])
    return found[0]


def reached_now(one: LedgerEntry, memory: Memory, source: Source) -> Reached | None:
    """How whom it is for is reached by all that is known now, or None if it may not go to them any
    more: a contact may have come to an end, a cohort may have been cancelled, somebody may have
    taken back their consent since its fact happened.
    """
    found = None
    while found is None:
        ask = [lambda: (memory.know(reach_of(one.notice.to)), memory.know(cohort_of(one.cause)))]
        found = memory.fill(source, ask)
    ((reach, cohort),) = found
    still = may_hear(reach, one.notice) and is_still_said(one.notice.template, cohort.stands_still)
    return reach if still else None


def _with_copies(notice: Notice, cohort: Cohort, know: Know) -> Iterator[Notice]:
    yield notice
    yield from copies(notice, cohort.cohort_id, know)


def cohort_of(fact: Recorded[Any]) -> Cohort:
    """What must be known of the cohort that a fact is about, if it is about one."""
    return Cohort(getattr(fact.event, "cohort_id", None))


def enter(
    connection: psycopg.Connection, entries: Iterable[LedgerEntry], now: datetime, hours: Hours
) -> None:
    """Note what is to be sent, and from when on; what stands there already stays as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO work.notices (position, cause, person, template, fact, urgent, due_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    one.cause.envelope.position,
                    *one.key,
                    one.cause.event.stored_as().name,
                    one.notice.urgent,
                    hours.goes_at(now, urgent=one.notice.urgent),
                )
                for one in entries
            ],
        )


def begin(connection: psycopg.Connection, entries: Sequence[LedgerEntry]) -> dict[NoticeKey, int]:
    """Those of them that are due still, so that they are to be tried now, and how often each was
    to be sent again; they stay due meanwhile.
    """
    cursor = connection.execute(
        "UPDATE work.notices SET attempts = attempts + 1"
        " WHERE (cause, person, template)"
        " IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) AND state = 'due'"
        " RETURNING cause, person, template, again",
        _columns([one.key for one in entries]),
    )
    return {NoticeKey(*key): again for *key, again in cursor}


def claim(connection: psycopg.Connection, keys: Sequence[NoticeKey]) -> bool:
    """Whether all of them are ours to hand over: they were due, and from now on count as being
    sent. If one was not, none does.
    """
    with connection.transaction():
        cursor = connection.execute(
            "UPDATE work.notices SET state = 'sending' WHERE (cause, person, template)"
            " IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) AND state = 'due'",
            _columns(keys),
        )
        if cursor.rowcount != len(keys):
            raise Rollback
        return True
    return False


def _columns(keys: Iterable[NoticeKey]) -> list[list[str]]:
    """Causes, people and templates of some notices, as `unnest` takes them."""
    some = list(keys)
    return [[one[column] for one in some] for column in range(len(NoticeKey._fields))]


def settle(
    connection: psycopg.Connection, keys: Iterable[NoticeKey], became: Became, at: datetime | None
) -> None:
    """What became of them, for good: of all or of none."""
    connection.execute(
        "UPDATE work.notices SET state = %s, channel = %s, problem = %s, done_at = %s"
        " WHERE (cause, person, template)"
        " IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))",
        (*became, at, *_columns(keys)),
    )


def postpone(
    connection: psycopg.Connection, keys: Iterable[NoticeKey], problem: str, now: datetime
) -> None:
    """They could not be sent; each is due again, or failed after so long a time."""
    connection.execute(
        "UPDATE work.notices SET tried_until = coalesce(tried_until, due_at + %s), problem = %s,"
        " state = CASE WHEN coalesce(tried_until, due_at + %s) > %s THEN 'due' ELSE 'failed' END"
        " WHERE (cause, person, template)"
        " IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))",
        (PATIENCE, problem, PATIENCE, now, *_columns(keys)),
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


def due_now(
    connection: psycopg.Connection, now: datetime, hours: Hours, most: int
) -> dict[int, set[NoticeKey]]:
    """What may go now, by the positions of the facts that it answers, in their order: so many at
    most, those first that were tried the fewest times.
    """
    rows = connection.execute(
        "SELECT * FROM (SELECT position, cause, person, template FROM work.notices"
        " WHERE state = 'due' AND due_at <= %s AND (urgent OR NOT %s)"
        " ORDER BY attempts, position LIMIT %s) AS due ORDER BY position",
        (now, hours.only_urgent(now), most),
    )
    found: dict[int, set[NoticeKey]] = {}
    for position, *key in rows:
        found.setdefault(position, set()).add(NoticeKey(*key))
    return found


def put_off(connection: psycopg.Connection, now: datetime, hours: Hours) -> None:
    """By night, what is not urgent waits for the morning, and is not due before: what the mail
    server did not take by day, or somebody has sent again. How long it is tried stays as it was.
    """
    if hours.only_urgent(now):
        connection.execute(
            "UPDATE work.notices SET due_at = %s"
            " WHERE state = 'due' AND NOT urgent AND due_at <= %s",
            (hours.goes_at(now, urgent=False), now),
        )


def next_due(connection: psycopg.Connection, now: datetime) -> datetime | None:
    """When something that waits now may go; None if nothing waits."""
    row = connection.execute(
        "SELECT min(due_at) FROM work.notices WHERE state = 'due' AND due_at > %s", (now,)
    ).fetchone()
    return row[0] if row else None


def is_being_sent(connection: psycopg.Connection, now: datetime) -> bool:
    """Whether anything is being sent, or is to be sent now."""
    row = connection.execute(
        "SELECT 1 FROM work.notices WHERE state = 'sending' OR (state = 'due' AND due_at <= %s)"
        " LIMIT 1",
        (now,),
    ).fetchone()
    return row is not None


class InState(NamedTuple):
    """How many notices are in one state, and since when the oldest of them is due: `waiting` are
    those that are due later.
    """

    state: str
    number: int
    oldest: datetime


def ages(connection: psycopg.Connection) -> list[InState]:
    """How many notices are in each state, and since when the oldest of each is due."""
    query = (
        "SELECT CASE WHEN state = 'due' AND due_at > now() THEN 'waiting' ELSE state END AS state,"
        " count(*) AS number, min(due_at) AS oldest FROM work.notices GROUP BY 1 ORDER BY 1"
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
    " AND state = ANY(%(states)s)"
)
# Due from now on: the mail server's patience with it begins anew. Of what was lost nobody knows
# whether it arrived, so mail systems see that it is the same.
DUE_AGAIN: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'due', due_at = %(now)s, tried_until = NULL, problem = NULL,"
    " again = again + (state <> ALL(%(lost)s))::int"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state = ANY(%(states)s)"
)


def found_sent(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Somebody knows that a lost notice arrived, or has done what was theirs to do; False if it is
    neither.
    """
    return _found(connection, FOUND_SENT, key, now, (*LOST, BY_HAND))


def make_due(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Have a notice sent once more; False if there is none, or it is due already."""
    return _found(connection, DUE_AGAIN, key, now, SENT_AGAIN)


def _found(
    connection: psycopg.Connection,
    statement: LiteralString,
    key: NoticeKey,
    now: datetime,
    states: Sequence[str],
) -> bool:
    values = {**key._asdict(), "now": now, "states": list(states), "lost": list(LOST)}
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
