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
from services.stream.advice import DECIDE, SEE


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


PLACES: Final[LiteralString] = (
    "SELECT worker, position, moved_at,"
    " position = 0 OR coalesce(event = log.digest_at(position), false) FROM work.places"
)
MOVE: Final[LiteralString] = (
    "UPDATE work.places SET position = %(position)s, event = log.digest_at(%(position)s),"
    " moved_at = now() WHERE worker = %(worker)s"
)


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
    row = connection.execute(f"{PLACES} WHERE worker = %s", (worker,)).fetchone()
    if row is None:
        raise LookupError(f"{worker} has no place in work.places: provision the database first")
    return Checkpoint(*row)


def not_this_log(connection: psycopg.Connection, who: str, position: int) -> NotThisLog:
    """What to say, and to do, about a checkpoint whose event the log has not."""
    head = head_of_log(connection)
    found = f"ends at {head}" if head < position else "has another event there"
    return NotThisLog(
        f"{who} is at position {position}, and the log {found}: it was shortened, restored from an"
        f" older backup, or tampered with. {SEE} {DECIDE} If the log has lost something, restore a"
        " newer backup: all go on by themselves. If the log is right, `leading-together ops replay`"
        " lets a worker go on from where they are equal, and `leading-together ops rebuild` a read"
        " model."
    )


def checkpoints(connection: psycopg.Connection) -> list[Checkpoint]:
    """The checkpoint of each worker that keeps one here, by name in the order of the alphabet."""
    return [Checkpoint(*row) for row in connection.execute(f"{PLACES} ORDER BY worker")]


def move(connection: psycopg.Connection, worker: str, position: int) -> None:
    """The effects up to `position` are durable."""
    going_on: LiteralString = MOVE + " AND position < %(position)s"
    connection.execute(going_on, {"worker": worker, "position": position})


def set_back(connection: psycopg.Connection, worker: str, position: int) -> None:
    """Have a worker take in again what follows `position`, as an operator wishes."""
    connection.execute(MOVE, {"worker": worker, "position": position})
