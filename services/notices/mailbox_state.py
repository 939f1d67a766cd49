"""How the mailbox is into which letters come back, as whoever reads it says: for `status`.

Here stands all SQL on `work.mailbox`.
"""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import psycopg

LASTS: Final = 200.0  # seconds for which it counts: it is looked at each minute
TELL: Final[LiteralString] = (
    "INSERT INTO work.mailbox AS m (problem, unread) VALUES (%s, %s)"
    " ON CONFLICT (one) DO UPDATE SET problem = excluded.problem,"
    " unread = coalesce(excluded.unread, m.unread), looked_at = now(),"
    " since = CASE WHEN (m.problem = '') = (excluded.problem = '')"
    " AND m.looked_at > now() - make_interval(secs => %s) THEN m.since ELSE now() END"
)


class MailboxState(NamedTuple):
    """Why the mailbox can't be read, if it can't, since when it is so, when it was last tried, and
    how many messages of the last two weeks nobody has read in it, if that was ever seen.
    """

    problem: str
    since: datetime
    looked_at: datetime
    unread: int | None


def tell(connection: psycopg.Connection, problem: str, unread: int | None) -> None:
    """Say how it is: `problem` is empty if it was read; then `unread` is known."""
    connection.execute(TELL, (problem, unread, LASTS))


def mailbox_state(connection: psycopg.Connection) -> MailboxState | None:
    """How the mailbox is; None if nobody has looked at one lately."""
    row = connection.execute(
        "SELECT problem, since, looked_at, unread FROM work.mailbox"
        " WHERE looked_at > now() - make_interval(secs => %s)",
        (LASTS,),
    ).fetchone()
    return MailboxState(*row) if row else None
