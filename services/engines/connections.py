"""Connections to PostgreSQL that are kept through faults: opened when needed, and anew after."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from select import POLLIN, poll
from threading import BoundedSemaphore
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from services.engines.connecting import connect

# Nobody waits for a lock for ever, and who freezes in a transaction loses it.
BOUNDED: Final = {
    "autocommit": True,
    "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s",
}


class KeptConnection:
    """A connection in autocommit, for one thread at a time. Nothing is opened before it is used."""

    def __init__(
        self, url: str, prepare: Callable[[psycopg.Connection], None] = lambda _: None
    ) -> None:
        """`prepare` is called with each new connection, before anybody uses it."""
        self._url, self._prepare = url, prepare
        self._open: psycopg.Connection | None = None

    def close(self) -> None:
        """Give the connection back; the next use opens another."""
        if self._open:
            self._open.close()
        self._open = None

    @contextmanager
    def used(self) -> Iterator[psycopg.Connection]:
        """The connection; after a fault of the database, a new one the next time.

        Raises psycopg.Error.
        """
        try:
            yield self._connected()
        except psycopg.Error:
            self.close()
            raise

    def _connected(self) -> psycopg.Connection:
        if self._open is None or self._open.closed:
            self._open = self._opened()
        return self._open

    def _opened(self) -> psycopg.Connection:
        return _prepared(connect(self._url, autocommit=True), self._prepare)


class AllInUse(psycopg.OperationalError):
    """As many connections are in use as there may be, and none came free in time."""


class KeptConnections:
    """As many connections as threads need at once, up to some. Safe for threads.

    Each is in autocommit. One whose server went away is found out before it is used, and a server
    that is back is there at once: nobody waits for a pause that somebody else's tries have grown.
    """

    def __init__(
        self,
        url: str,
        most: int,
        *,
        settings: Mapping[str, Any] = BOUNDED,
        patience: float = 30.0,
    ) -> None:
        """`most` is how many threads may have one; the next waits for `patience` seconds."""
        self._url, self._settings, self._patience = url, settings, patience
        self._places = BoundedSemaphore(most)
        self._idle: list[psycopg.Connection] = []
        self._closed = False

    def close(self) -> None:
        """Give all connections back, those in use when they are done with."""
        self._closed = True
        while mine := self._next():
            mine.close()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection for one thread. Raises psycopg.Error, and AllInUse."""
        if not self._places.acquire(timeout=self._patience):
            raise AllInUse("all connections are in use")
        try:
            mine = self._taken()
            try:
                yield mine
            finally:
                self._give_back(mine)
        finally:
            self._places.release()

    def _taken(self) -> psycopg.Connection:
        """The one that was used last, which knows most statements by now; else a new one."""
        while mine := self._next():
            if is_alive(mine):
                return mine
            mine.close()
        return connect(self._url, **self._settings)

    def _next(self) -> psycopg.Connection | None:
        with suppress(IndexError):  # another thread may take the last one at this moment
            return self._idle.pop()
        return None

    def _give_back(self, mine: psycopg.Connection) -> None:
        whole = mine.info.transaction_status is TransactionStatus.IDLE
        if self._closed or not whole:
            mine.close()
        else:
            self._idle.append(mine)


def _prepared(
    fresh: psycopg.Connection, prepare: Callable[[psycopg.Connection], None]
) -> psycopg.Connection:
    try:
        prepare(fresh)
    except BaseException:
        fresh.close()
        raise
    return fresh


def is_alive(connection: psycopg.Connection | psycopg.AsyncConnection) -> bool:
    """Whether an idle connection still leads to its server, which says nothing of its own accord
    but that it ends. Asks nobody.
    """
    if connection.closed:
        return False
    said = poll()
    said.register(connection.fileno(), POLLIN)
    return not said.poll(0)
