"""Whether an operator has told a worker to rest (`ops pause`)."""

import psycopg
import structlog

from services.dead_letters.parking import paused

log = structlog.get_logger()


class Rest:
    """Looks it up in the database, on a connection of its own, whenever it is asked."""

    def __init__(self, url: str, worker: str) -> None:
        self._url, self._worker = url, worker
        self._connection: psycopg.Connection | None = None
        self._told = False

    def told(self) -> bool:
        """True while the worker is to rest. Raises psycopg.Error; to be called in a thread."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True)
        try:
            now = paused(self._connection, self._worker)
        except psycopg.Error:
            self.close()
            raise
        if now is not self._told:
            log.warning("worker.paused" if now else "worker.resumed", worker=self._worker)
        self._told = now
        return now

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
        self._connection = None
