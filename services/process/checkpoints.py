"""The place of a worker whose effects are not rows: moved when they are durable."""

from typing import LiteralString

import psycopg


def place_of(connection: psycopg.Connection, worker: str, *, lock: bool = False) -> int:
    """The last position whose effects are durable; `lock` keeps a second copy waiting."""
    statement: LiteralString = "SELECT position FROM work.places WHERE worker = %s"
    row = connection.execute(statement + (" FOR UPDATE" if lock else ""), (worker,)).fetchone()
    if row is None:
        raise LookupError(f"{worker} has no place in work.places: provision the database first")
    return int(row[0])


def move(connection: psycopg.Connection, worker: str, position: int) -> None:
    """The effects up to `position` are durable."""
    connection.execute(
        "UPDATE work.places SET position = %s WHERE worker = %s AND position < %s",
        (position, worker, position),
    )
