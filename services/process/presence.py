"""Which workers run, as the database sees it: a worker without a connection does nothing."""

from typing import Final, LiteralString

import psycopg

from services.crew import NAMES

APPLICATION: Final = "leading-together"  # how the names of our processes' connections begin
ALL: Final = "*"  # stands for all workers, whose names together are more than a name may have
# Of another role's connection one sees the role, of one's own role's its name: one of them tells,
# whether each worker has a role of its own or all share one.
CONNECTED: Final[LiteralString] = (
    "SELECT worker FROM unnest(%s::text[]) AS worker WHERE EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND (usename = worker OR application_name LIKE %s"
    " AND string_to_array(application_name, ' ') && ARRAY[worker, %s]))"
)


def connected(connection: psycopg.Connection) -> set[str]:
    """The workers that hold a connection to this database."""
    rows = connection.execute(CONNECTED, (list(NAMES), f"{APPLICATION} %", ALL))
    return {worker for (worker,) in rows}


def name_of(workers: tuple[str, ...]) -> str:
    """What the connections of a process with these workers are called (`PGAPPNAME`)."""
    return " ".join((APPLICATION, *((ALL,) if set(workers) == set(NAMES) else workers)))
