"""The ledger of notices: one row per cause, person and template, and what became of each.

Here stands all SQL on `work.notices`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final, LiteralString, NamedTuple

import psycopg
from psycopg import Rollback
from psycopg.rows import class_row
from psycopg.sql import SQL, Literal

from events.ids import NoticeId
from services.notices.entering import LedgerEntry, NoticeKey
from services.notices.hours import Hours

MAY_HAVE_ARRIVED: Final = ("failed", "unconfirmed")
LOST: Final = ("failed", "refused", "bounced", "unconfirmed")  # until somebody has looked into it
BY_HAND: Final = "for-staff"
WAITING: Final = (*LOST, BY_HAND)  # for somebody to see to it; in the order that its index has
SENT_AGAIN: Final = (*WAITING, "sent", "withheld")
MAY_BE_REPORTED: Final = "asked"  # in the place of the state in which the log has it
AT_ONCE: Final = 100  # messages of which the log is told in one go
PATIENCE: Final = timedelta(days=3)  # for a mail server that says "not now", or nothing


class Became(NamedTuple):
    """The last state of a notice, on which channel, and what stood in its way."""

    state: str
    channel: str | None = None
    problem: str | None = None


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


def claim(connection: psycopg.Connection, keys: Sequence[NoticeKey], message: str) -> bool:
    """Whether all of them are ours to hand over: they were due, and from now on count as being
    sent, in the message that is known by this. If one was not, none does.
    """
    with connection.transaction():
        cursor = connection.execute(
            "UPDATE work.notices SET state = 'sending', message = %s"
            " WHERE (cause, person, template)"
            " IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) AND state = 'due'",
            (message, *_columns(keys)),
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
    "UPDATE work.notices SET state = 'sent', done_at = %(now)s, problem = NULL,"
    " message = CASE WHEN state <> 'bounced' THEN message END"  # else it would come back once more
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state = ANY(%(states)s)"
)
# Due from now on: the mail server's patience with it begins anew. Where nobody knows whether it
# arrived, mail systems see that it is the same.
DUE_AGAIN: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'due', due_at = %(now)s, tried_until = NULL, problem = NULL,"
    " again = again + (state <> ALL(%(may_have)s))::int"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state = ANY(%(states)s)"
)


def found_sent(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Somebody knows that a lost notice arrived, or has done what was theirs to do; False if it is
    neither.
    """
    values = {**key._asdict(), "now": now, "states": list(WAITING)}
    return bool(connection.execute(FOUND_SENT, values).rowcount)


def make_due(connection: psycopg.Connection, key: NoticeKey, now: datetime) -> bool:
    """Have a notice sent once more; False if there is none, or it is due already."""
    values = {**key._asdict(), "now": now, "states": list(SENT_AGAIN)}
    may_have = list(MAY_HAVE_ARRIVED)
    return bool(connection.execute(DUE_AGAIN, {**values, "may_have": may_have}).rowcount)


def named(
    connection: psycopg.Connection, keys: Sequence[NoticeKey], now: datetime
) -> dict[NoticeKey, NoticeId]:
    """The ids of some notices by which the log knows them, made by chance for those that have none:
    from what can be read in the log nobody finds whose they are.
    """
    rows = connection.execute(
        "UPDATE work.notices n SET notice = coalesce(n.notice, new.id)"
        " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
        " AS new(cause, person, template, id) WHERE (n.cause, n.person, n.template)"
        " = (new.cause, new.person, new.template)"
        " RETURNING n.cause, n.person, n.template, n.notice",
        (*_columns(keys), [NoticeId.derived(now, token_hex()) for _ in keys]),
    )
    return {NoticeKey(*key): NoticeId(notice) for *key, notice in rows}


class Unreported(NamedTuple):
    """A notice of which the log does not have what became of it: its `state` if somebody of the
    team has to see to it, else None. `reports` is how often the log was told before, or somebody
    said at the door what they did about it.
    """

    key: NoticeKey
    position: int
    state: str | None
    reports: int


WAITS_AS: Final = SQL("CASE WHEN state IN ({}) THEN state END").format(
    SQL(", ").join(map(Literal, WAITING))
)
UNREPORTED: Final = SQL(
    "SELECT cause, person, template, position, {}, reports FROM work.notices"
    " WHERE reported IS DISTINCT FROM {} ORDER BY position LIMIT %s"
).format(WAITS_AS, WAITS_AS)


def unreported(connection: psycopg.Connection) -> list[Unreported]:
    """The first of those of which the log is to be told."""
    rows = connection.execute(UNREPORTED, (AT_ONCE,))
    return [Unreported(NoticeKey(*row[:3]), *row[3:]) for row in rows]


def being_reported(connection: psycopg.Connection, one: Unreported) -> None:
    """The log is told now, and may have it though nobody notes that: so it hears in any case what
    becomes of the notice next.
    """
    connection.execute(
        "UPDATE work.notices SET reported = %s"
        " WHERE (cause, person, template) = (%s, %s, %s) AND reports = %s",
        (MAY_BE_REPORTED, *one.key, one.reports),
    )


def reported(connection: psycopg.Connection, one: Unreported) -> None:
    """The log was told; unless it has something newer meanwhile."""
    connection.execute(
        "UPDATE work.notices SET reported = %s, reports = reports + 1"
        " WHERE (cause, person, template) = (%s, %s, %s) AND reports = %s",
        (one.state, *one.key, one.reports),
    )


def seen_to(
    connection: psycopg.Connection, notice: NoticeId, position: int, now: datetime, *, sent: bool
) -> None:
    """Do, once, what somebody of the team said at a position of the log: the notice was told, or
    arrived; or it is to be sent again. So the log had it, also if we did not note that.
    """
    key = connection.execute(
        "UPDATE work.notices SET reported = nullif(reported, state), reports = reports + 1,"
        " seen_to = %s WHERE notice = %s AND seen_to < %s RETURNING cause, person, template",
        (position, notice, position),
    ).fetchone()
    if key:
        (found_sent if sent else make_due)(connection, NoticeKey(*key), now)


class CameBack(NamedTuple):
    """Of some messages those that are ours, and those of which it was news that they came back."""

    ours: set[str]
    new: set[str]


def came_back(connection: psycopg.Connection, problems: Mapping[str, str]) -> CameBack:
    """Messages could not be delivered: what stood in the way of each, by what its id begins with.

    What was sent, or may have been, is to be looked after by somebody of the team; all else, and
    what is not ours, stays as it is.
    """
    rows = connection.execute(
        "UPDATE work.notices n SET state = 'bounced', problem = back.problem"
        " FROM unnest(%s::text[], %s::text[]) AS back(message, problem)"
        " WHERE n.message = back.message AND n.state IN ('sent', 'unconfirmed')"
        " RETURNING n.message",
        (list(problems), list(problems.values())),
    )
    new = {message for (message,) in rows}
    query = "SELECT message FROM work.notices WHERE message = ANY(%s)"
    ours = {message for (message,) in connection.execute(query, (list(problems),))}
    return CameBack(ours, new)


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


def columns_in(connection: psycopg.Connection) -> list[str]:
    """What each of its rows has."""
    found = connection.execute("SELECT * FROM work.notices LIMIT 0").description
    return [one.name for one in found or ()]
