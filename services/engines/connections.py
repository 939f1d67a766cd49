"""One connection to PostgreSQL that is kept through faults: opened when needed, and anew after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

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
        fresh = psycopg.connect(self._url, autocommit=True)
        try:
            self._prepare(fresh)
        except BaseException:
            fresh.close()
            raise
        return fresh
