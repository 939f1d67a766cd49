"""What an operator found out about a notice that nobody may have had, put into the ledger."""

from typing import Final, LiteralString, NamedTuple

import psycopg

from services.dead_letters.orders import By, record

SENT: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'sent', done_at = %(now)s, problem = NULL"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state IN ('failed', 'unconfirmed')"
)
# Due from now on: the mail server's patience with it begins anew.
AGAIN: Final[LiteralString] = (
    "UPDATE work.notices SET state = 'due', due_at = %(now)s, problem = NULL"
    " WHERE (cause, person, template) = (%(cause)s, %(person)s, %(template)s)"
    " AND state IN ('failed', 'unconfirmed')"
)


class Key(NamedTuple):
    """Which notice: its cause (an event's id), whom it goes to, and its template."""

    cause: str
    person: str
    template: str


def settle(connection: psycopg.Connection, key: Key, by: By, *, sent: bool) -> bool:
    """Say that it was sent, or have it sent again; False if nobody waits for such a word.

    On record in the same transaction. The notifier sends what is due within some minutes.
    """
    with connection.transaction():
        statement = SENT if sent else AGAIN
        found = connection.execute(statement, {**key._asdict(), "now": by.now}).rowcount
        if found:
            outcome = {**key._asdict(), "state": "sent" if sent else "due"}
            record(connection, "settle", "notifier", by, outcome)
    return bool(found)


def state_of(connection: psycopg.Connection, key: Key) -> str | None:
    """How it stands in the ledger; None if it isn't there."""
    row = connection.execute(
        "SELECT state FROM work.notices WHERE (cause, person, template) = (%s, %s, %s)", key
    ).fetchone()
    return row[0] if row else None
