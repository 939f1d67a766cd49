"""Turns that outlast a transaction: work that only one may do at a time, in several steps.

A turn is a lock of a table that is empty for ever. Only who may update a table can lock it so that
others wait, so a turn can be taken by those who may have it and by nobody else, which is not so of
advisory locks. Such a lock ends with its transaction: whoever needs it for longer keeps a
connection for it. Each turn's own statement stands with what it is for.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, LiteralString

import psycopg

from services.engines.connecting import connect, connect_async
from services.engines.connections import is_alive

# Nothing is read in that transaction, so it keeps nothing back, and may last.
FOR_LONG: Final[LiteralString] = "SET LOCAL idle_in_transaction_session_timeout = 0"
FOR_EVER: Final[LiteralString] = "SET LOCAL lock_timeout = 0"
OVER: Final = "the turn was lost, with the connection that held it"


class TurnIsOver(psycopg.OperationalError):
    """The connection that had the turn was ended: somebody else may have it now."""


class HeldTurn:
    """A turn that one has, as long as its connection lives."""

    def __init__(self, connection: psycopg.Connection | psycopg.AsyncConnection) -> None:
        self._connection = connection

    def must_last(self) -> None:
        """Raises TurnIsOver if it was taken away. Asks nobody, so it may be looked at often."""
        if not is_alive(self._connection):
            raise TurnIsOver(OVER)


@contextmanager
def held(url: str, turn: LiteralString, *, wait: bool = False) -> Iterator[HeldTurn | None]:
    """Have a turn, `LOCK TABLE …`, until the block ends; None if somebody else has it.

    With `wait` they are waited for, however long that takes. Raises psycopg.Error.
    """
    with connect(url) as connection:
        connection.execute(FOR_LONG)
        if wait:
            connection.execute(FOR_EVER)
        try:
            connection.execute(turn if wait else turn + " NOWAIT")
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            yield None
            return
        yield HeldTurn(connection)


@asynccontextmanager
async def held_async(url: str, turn: LiteralString) -> AsyncIterator[HeldTurn | None]:
    """The same in an event loop, without waiting."""
    async with await connect_async(url) as connection:
        await connection.execute(FOR_LONG)
        try:
            await connection.execute(turn + " NOWAIT")
        except psycopg.errors.LockNotAvailable:
            await connection.rollback()
            yield None
            return
        yield HeldTurn(connection)
