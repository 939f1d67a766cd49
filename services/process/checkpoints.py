"""How far a worker is whose effects are not rows of a read model: moved when they are durable.

Here stands all SQL on `work.places`.
"""

from typing import LiteralString

import psycopg

from services.crew import WITH_CHECKPOINT


def begin(connection: psycopg.Connection) -> None:
    """A worker that is new here begins at the start of the log."""
    for worker in WITH_CHECKPOINT:
        connection.execute(
            "INSERT INTO work.places VALUES (%s, 0) ON CONFLICT DO NOTHING", (worker,)
        )


def checkpoint_of(connection: psycopg.Connection, worker: str, *, lock: bool = False) -> int:
    """The last position whose effects are durable; `lock` keeps a second copy waiting."""
    statement: LiteralString = "SELECT position FROM work.places WHERE worker = %s"
    row = connection.execute(statement + (" FOR UPDATE" if lock else ""), (worker,)).fetchone()
    if row is None:
        raise LookupError(f"{worker} has no place in work.places: provision the database first")
    return int(row[0])


def checkpoints(connection: psycopg.Connection) -> dict[str, int]:
    """The checkpoint of each worker that keeps one here, by name in the order of the alphabet."""
    rows = connection.execute("SELECT worker, position FROM work.places ORDER BY worker")
    return dict(rows.fetchall())


def move(connection: psycopg.Connection, worker: str, position: int) -> None:
    """The effects up to `position` are durable."""
    connection.execute(
        "UPDATE work.places SET position = %s WHERE worker = %s AND position < %s",
        (position, worker, position),
    )


def set_back(connection: psycopg.Connection, worker: str, position: int) -> None:
    """Have a worker take in again what follows `position`, as an operator wishes."""
    connection.execute("UPDATE work.places SET position = %s WHERE worker = %s", (position, worker))
