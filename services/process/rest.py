"""Whether an operator has told a worker to rest (`ops pause`).

Here stands all SQL on `work.paused`.
"""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple

import psycopg
import structlog

from services.dead_letters.orders import By
from services.engines.connections import KeptConnection

PAUSED: Final[LiteralString] = "SELECT FROM work.paused WHERE worker = %s"
logger = structlog.get_logger()


class Resting(NamedTuple):
    """Since when a worker rests, who said so, and why."""

    since: datetime
    who: str
    reason: str


class Rest:
    """Looks it up in the database, on a connection of its own, whenever it is asked."""

    def __init__(self, url: str, worker: str) -> None:
        self._worker = worker
        self._connection = KeptConnection(url)
        self._rests = False

    def must_rest(self) -> bool:
        """True while the worker is to rest. Raises psycopg.Error; to be called in a thread."""
        with self._connection.used() as connection:
            now = is_paused(connection, self._worker)
        if now is not self._rests:
            say_whether(self._worker, rests=now)
        self._rests = now
        return now

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def is_paused(connection: psycopg.Connection, worker: str) -> bool:
    """Whether an operator has told this worker to rest."""
    return connection.execute(PAUSED, (worker,)).fetchone() is not None


async def is_paused_async(connection: psycopg.AsyncConnection, worker: str) -> bool:
    """The same, on a connection of an event loop."""
    return await (await connection.execute(PAUSED, (worker,))).fetchone() is not None


def say_whether(worker: str, *, rests: bool) -> None:
    """A worker has begun to rest, or goes on."""
    logger.warning("worker.paused" if rests else "worker.resumed", worker=worker)


def resting(connection: psycopg.Connection) -> dict[str, Resting]:
    """All that were told to rest."""
    rows = connection.execute("SELECT worker, since, who, reason FROM work.paused ORDER BY worker")
    return {worker: Resting(*how) for worker, *how in rows}


def pause(connection: psycopg.Connection, worker: str, by: By) -> bool:
    """Tell a worker to rest; False if it was told so before, which stays as it is."""
    return bool(
        connection.execute(
            "INSERT INTO work.paused (worker, since, who, reason) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (worker, by.now, by.who, by.reason),
        ).rowcount
    )


def resume(connection: psycopg.Connection, worker: str) -> bool:
    """Let a worker go on; False if it was not told to rest."""
    gone = connection.execute("DELETE FROM work.paused WHERE worker = %s", (worker,))
    return bool(gone.rowcount)
