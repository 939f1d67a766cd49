"""Who keeps a table of ours to themselves, so that nobody can look: for who has waited in vain.

Only a lock of this one kind keeps out those who read.
"""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import psycopg

from services.engines.faults import EngineFault

SCHEMAS: Final = ["log", "read", "work"]
HOLDERS: Final[LiteralString] = (
    "SELECT min(n.nspname || '.' || c.relname), count(*), l.pid, a.usename, a.xact_start,"
    " bool_or(l.granted), pg_blocking_pids(l.pid)"
    " FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.mode = 'AccessExclusiveLock' AND n.nspname = ANY(%s)"
    " GROUP BY l.pid, a.usename, a.xact_start ORDER BY bool_or(l.granted) DESC, l.pid"
)
NOT_SEEN: Final = (
    "PostgreSQL answers, and somebody kept what we look at to themselves for seconds; it is not to"
    " be seen who. Look again."
)
LET_GO: Final = (
    " Nobody can look before that transaction ends; who may, ends it with `SELECT"
    " pg_terminate_backend({pid})`."
)
PREPARED: Final = (
    " Nobody can look before it is committed or rolled back: it stands in `pg_prepared_xacts`."
)


class Holder(NamedTuple):
    """Who has locked a table alone, or waits to: the first of the tables, how many there are, the
    process on the server (None for a prepared transaction), its role, since when its transaction
    lasts (None where we may not see it), whether it has the lock, and for which processes it waits.
    """

    table: str
    tables: int
    pid: int | None
    role: str | None
    since: datetime | None
    has_it: bool
    waits_for: list[int] | None

    def words(self) -> str:
        """All of it as a part of a sentence."""
        more = f" (and {self.tables - 1} more)" if self.tables > 1 else ""
        if self.pid is None:
            return f"{self.table}{more} is locked by a prepared transaction"
        who = [f"role {self.role}"] if self.role else []
        since = [f"since {self.since:%Y-%m-%d %H:%M:%S} UTC"] if self.since else []
        how = ", ".join([*who, *since])
        process = f"process {self.pid} ({how})" if how else f"process {self.pid}"
        if self.has_it:
            return f"{self.table}{more} is locked by {process}"
        others = ", ".join(map(str, self.waits_for or ())) or "others"
        return f"{process} waits to lock {self.table}{more} until process {others} has ended"


def whoever_holds(connection: psycopg.Connection) -> EngineFault:
    """What keeps us from looking, as a fault of PostgreSQL: who has a lock, as far as we may see.

    On a connection in autocommit. Raises psycopg.Error.
    """
    connection.execute("SET TimeZone = 'UTC'")
    found = [Holder(*row) for row in connection.execute(HOLDERS, (SCHEMAS,))]
    if not found:
        return EngineFault("other-fault", NOT_SEEN)
    first = found[0]
    what = "; ".join(one.words() for one in found if one.has_it is first.has_it)
    then = PREPARED if first.pid is None else LET_GO.format(pid=first.pid)
    return EngineFault("other-fault", f"PostgreSQL answers, and {what}.{then}")
