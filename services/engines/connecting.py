"""Every connection of ours to PostgreSQL is opened here, so that whoever is in haste is told of a
server that is frozen, or that a network swallows.

Such a server takes connections, and acknowledges every byte: only that nothing comes tells of it.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from services.engines import together
from services.engines.addresses import TIMEOUTS
from services.engines.faults import kind_of
from services.engines.showing import why_not_trusted
from services.engines.wires import UNDECIDED, UnsafeWire, is_undecided
from services.patience import is_in_haste

TO_CONNECT: Final = 4  # seconds until a server that lets nobody in counts as away
SILENCE: Final = 2.5  # seconds without a byte until it is asked for a sign of life
SILENCE_IN_A_LOOP: Final = 7.0  # seconds without a byte until it counts as away, unasked
INTERVAL: Final = 0.1  # seconds between two looks of psycopg at whether to go on waiting
NOT_TRUSTED: Final = "certificate verify failed"
NOTHING: Final = "the server gives no sign of life"
RV = TypeVar("RV")


class NoSignOfLife(psycopg.OperationalError):
    """The server says nothing to us, and does not answer when it is asked for a sign of life."""


class UnsafeDatabaseWire(UnsafeWire, psycopg.OperationalError):
    """The database can't be reached in safety, so nothing was sent to it."""


class WatchedConnection(psycopg.Connection[TupleRow]):
    """A connection. In haste, a statement that takes long is waited for as long as the server lets
    somebody else in meanwhile; NoSignOfLife if it does not.
    """

    address = ""

    @classmethod
    def connect(cls, conninfo: str = "", **given: Any) -> Self:
        """As psycopg's own; in haste for seconds only, unless the address says for how long.

        Raises UnsafeDatabaseWire if nobody has said how safe it is, or its certificate is not
        trusted.
        """
        _must_be_decided(conninfo, given)
        given |= _in_seconds(conninfo, given)
        try:
            opened = super().connect(conninfo, **given)
        except psycopg.OperationalError as error:
            _must_be_trusted(conninfo, error)
            raise
        opened.address = conninfo
        return opened

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        """Wait for what is asked of the server."""
        if timeout is not None or not is_in_haste():
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(_watched(gen, SILENCE, self._must_live), interval)
        except NoSignOfLife:
            self.pgconn.finish()  # so that nobody waits again, to roll back say
            raise

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """Have the server forget one statement that psycopg prepared; or all, and then ours too."""
        yield from super()._deallocate(name)
        if name is None:
            together.forgotten(self)

    def _must_live(self) -> None:
        try:
            connect(self.address).close()
        except psycopg.Error as error:
            if kind_of(error).kind == "away":
                raise NoSignOfLife(NOTHING) from error


class WatchedAsyncConnection(psycopg.AsyncConnection[TupleRow]):
    """The same on an event loop: in haste, no statement is waited for without a byte for long."""

    @classmethod
    async def connect(cls, conninfo: str = "", **given: Any) -> Self:
        """As psycopg's own; in haste for seconds only, unless the address says for how long.

        Raises UnsafeDatabaseWire if nobody has said how safe it is, or its certificate is not
        trusted.
        """
        _must_be_decided(conninfo, given)
        given |= _in_seconds(conninfo, given)
        try:
            return await super().connect(conninfo, **given)
        except psycopg.OperationalError as error:
            await asyncio.to_thread(_must_be_trusted, conninfo, error)
            raise

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's signature
    ) -> RV:
        """Wait for what is asked of the server."""
        if timeout is not None or not is_in_haste():
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(_watched(gen, SILENCE_IN_A_LOOP, _is_dead), interval)
        except NoSignOfLife:
            self.pgconn.finish()
            raise


def connect(url: str, **given: Any) -> WatchedConnection:
    """A connection to be closed by whoever asks for it. Raises psycopg.Error."""
    return WatchedConnection.connect(url, **given)


async def connect_async(url: str, **given: Any) -> WatchedAsyncConnection:
    """The same on an event loop."""
    return await WatchedAsyncConnection.connect(url, **given)


def _must_be_decided(conninfo: str, given: dict[str, Any]) -> None:
    if is_undecided({**conninfo_to_dict(conninfo), **given}):
        raise UnsafeDatabaseWire(UNDECIDED)


def _must_be_trusted(conninfo: str, error: psycopg.OperationalError) -> None:
    """Of a certificate that libpq does not trust, say why not."""
    if NOT_TRUSTED in str(error) and (problem := why_not_trusted(conninfo)):
        raise UnsafeDatabaseWire(problem) from error


def _in_seconds(conninfo: str, given: dict[str, Any]) -> dict[str, Any]:
    """What bounds connecting in haste, unless whoever runs the server chose something else."""
    chosen = conninfo_to_dict(conninfo).get("connect_timeout")
    if not is_in_haste() or chosen not in (None, TIMEOUTS["connect_timeout"]):
        return {}
    return {"connect_timeout": min(TO_CONNECT, given.get("connect_timeout", TO_CONNECT))}


def _watched(gen: PQGen[RV], silence: float, when_silent: Callable[[], None]) -> PQGen[RV]:
    """The same waiting, with a look at the server whenever nothing has come for so many seconds."""
    since = monotonic()
    try:
        wish = next(gen)
        while True:
            ready = yield wish
            if ready:
                since = monotonic()
            elif monotonic() - since > silence:
                when_silent()
                since = monotonic()
            wish = gen.send(ready)
    except StopIteration as end:
        value: RV = end.value
        return value


def _is_dead() -> None:
    raise NoSignOfLife(NOTHING)
