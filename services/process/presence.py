"""Which workers run, as the database sees it: a worker without a connection does nothing."""

from typing import Final, LiteralString

import psycopg

from services.crew import NAMES

APPLICATION: Final = "leading-together"  # how the names of our processes' connections begin
LONGEST: Final = 63  # characters that PostgreSQL keeps of such a name
ALL: Final = "*"  # stands for all workers, whose names together are more than a name may have
BUT: Final = "-"  # and this before those who are not among them
# Of another role's connection one sees the role, of one's own role's its name: one of them tells,
# whether each worker has a role of its own or all share one.
CONNECTED: Final[LiteralString] = (
    "SELECT worker FROM unnest(%s::text[]) AS worker WHERE EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND (usename = worker OR application_name LIKE %s"
    " AND (worker = ANY(string_to_array(application_name, ' '))"
    " OR %s = ANY(string_to_array(application_name, ' '))"
    " AND %s || worker <> ALL(string_to_array(application_name, ' ')))))"
)


def connected(connection: psycopg.Connection) -> set[str]:
    """The workers that hold a connection to this database."""
    rows = connection.execute(CONNECTED, (list(NAMES), f"{APPLICATION} %", ALL, BUT))
    return {worker for (worker,) in rows}


def name_of(workers: tuple[str, ...]) -> str:
    """What the connections of a process with these workers are called (`PGAPPNAME`)."""
    named = " ".join((APPLICATION, *workers))
    others = (f"{BUT}{name}" for name in NAMES if name not in workers)
    return named if len(named) <= LONGEST else " ".join((APPLICATION, ALL, *others))
