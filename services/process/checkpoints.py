"""How far a worker is whose effects are not rows of a read model: moved when they are durable.

A checkpoint keeps the digest of the last event that was taken in. A log that was shortened, and has
perhaps grown again, has another event there or none: nobody goes on from such a checkpoint. Here
stands all SQL on `work.places`.
"""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import psycopg

from services.crew import WITH_CHECKPOINT
from services.log.log import head_of_log
from services.log.statements import DIGEST_AT


class Checkpoint(NamedTuple):
    """A worker's place: its position, since when it is there, and whether the event there is still
    the one that was taken in.
    """

    worker: str
    position: int
    moved_at: datetime
    holds: bool


class NotThisLog(RuntimeError):
    """The log was shortened or changed behind a checkpoint; the text says what to do."""


HOLDS: Final = f"position = 0 OR event IS NOT DISTINCT FROM {DIGEST_AT.format('p.position')}"
PLACE: Final = f"SELECT worker, position, moved_at, {HOLDS} FROM work.places p"


def begin(connection: psycopg.Connection) -> None:
    """A worker that is new here begins at the start of the log."""
    for worker in WITH_CHECKPOINT:
        connection.execute(
            "INSERT INTO work.places VALUES (%s, 0) ON CONFLICT DO NOTHING", (worker,)
        )


def checkpoint_of(connection: psycopg.Connection, worker: str, *, lock: bool = False) -> int:
    """The last position whose effects are durable; `lock` keeps a second copy waiting.

    Raises NotThisLog.
    """
    place = place_of(connection, worker, lock=lock)
    if not place.holds:
        raise not_this_log(connection, worker, place.position)
    return place.position


def place_of(connection: psycopg.Connection, worker: str, *, lock: bool = False) -> Checkpoint:
    """The same, whether or not the log is what it was."""
    if lock:  # before it is read: who waited for it would hold the new place against an older log
        connection.execute("SELECT FROM work.places WHERE worker = %s FOR UPDATE", (worker,))
    row = connection.execute(f"{PLACE} WHERE worker = %s".encode(), (worker,)).fetchone()
    if row is None:
        raise LookupError(f"{worker} has no place in work.places: provision the database first")
    return Checkpoint(*row)


def not_this_log(connection: psycopg.Connection, who: str, position: int) -> NotThisLog:
    """What to say, and to do, about a checkpoint whose event the log has not."""
    head = head_of_log(connection)
    found = f"ends at {head}" if head < position else "has another event there"
    return NotThisLog(
        f"{who} is at position {position}, and the log {found}: it was shortened, restored from an"
        " older backup, or tampered with. `leading-together ops stream verify` tells which events"
        " differ; the runbook says how to decide which side is right."
    )


def checkpoints(connection: psycopg.Connection) -> list[Checkpoint]:
    """The checkpoint of each worker that keeps one here, by name in the order of the alphabet."""
    return [Checkpoint(*row) for row in connection.execute(f"{PLACE} ORDER BY worker".encode())]


def move(connection: psycopg.Connection, worker: str, position: int) -> None:
    """The effects up to `position` are durable."""
    _put(connection, worker, position, " AND position < %(position)s")


def set_back(connection: psycopg.Connection, worker: str, position: int) -> None:
    """Have a worker take in again what follows `position`, as an operator wishes."""
    _put(connection, worker, position)


def _put(
    connection: psycopg.Connection, worker: str, position: int, only: LiteralString = ""
) -> None:
    digest = DIGEST_AT.format("%(position)s")
    statement = (
        f"UPDATE work.places SET position = %(position)s, event = {digest}, moved_at = now()"
        f" WHERE worker = %(worker)s{only}"
    )
    connection.execute(statement.encode(), {"worker": worker, "position": position})
