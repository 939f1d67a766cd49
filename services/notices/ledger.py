"""The ledger of notices: one row per cause, person and template, and what became of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from domain.catalogue import NOTICES
from domain.notice import Notice
from domain.people.person import Person
from events.catalogue import Recorded
from services.log.knowledge import Memory

Key = tuple[str, str, str]  # cause, person, template
PATIENCE: Final = timedelta(days=3)  # for a mail server that says "not now", or nothing


@dataclass(frozen=True)
class Telling:
    """A notice with its cause, and what is known of the person it goes to."""

    cause: Recorded[Any]
    notice: Notice
    person: Person

    @property
    def key(self) -> Key:
        """Cause, person and template: what it is never sent twice for."""
        return self.cause.envelope.id, self.notice.to, self.notice.template


class Became(NamedTuple):
    """The last state of a notice, on which channel, and what stood in its way."""

    state: str
    channel: str | None = None
    problem: str | None = None


def told_by(fact: Recorded[Any], memory: Memory, cursor: psycopg.Cursor[Any]) -> list[Telling]:
    """The notices that answer a fact, on what was known when it happened."""
    tellings = NOTICES.get(type(fact.event), ())

    def ask() -> list[Telling]:
        answers = (notice for telling in tellings for notice in telling(fact, memory.know))
        return [Telling(fact, one, memory.know(Person(one.to))) for one in answers]

    found = None
    while found is None:  # heavy knowledge comes part by part, and a message waits for the whole
        found = memory.fill(cursor, [ask])
    return found[0]


def enter(connection: psycopg.Connection, tellings: Iterable[Telling], now: datetime) -> None:
    """Note what is to be sent; what stands there already stays as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO work.notices (position, cause, person, template, fact, due_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    one.cause.envelope.position,
                    *one.key,
                    one.cause.event.name,
                    now,
                )
                for one in tellings
            ],
        )


def claim(connection: psycopg.Connection, one: Telling) -> bool:
    """Whether it is ours to send: it was due, and from now on counts as being sent."""
    cursor = connection.execute(
        "UPDATE work.notices SET state = 'sending', attempts = attempts + 1"
        " WHERE (cause, person, template) = (%s, %s, %s) AND state = 'due'",
        one.key,
    )
    return cursor.rowcount == 1


def settle(connection: psycopg.Connection, key: Key, became: Became, at: datetime | None) -> None:
    """What became of it, for good."""
    connection.execute(
        "UPDATE work.notices SET state = %s, channel = %s, problem = %s, done_at = %s"
        " WHERE (cause, person, template) = (%s, %s, %s)",
        (*became, at, *key),
    )


def postpone(connection: psycopg.Connection, key: Key, problem: str, now: datetime) -> None:
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
