"""The stream made anew from the log, with an epoch of its own, and with its consumers from where
each was, or from where stream and log were equal for the last time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, LiteralString, NamedTuple

import psycopg
import structlog
from nats.aio.client import Client
from nats.js.api import StreamInfo
from nats.js.errors import APIError, NotFoundError

from services.crew import STREAM
from services.engines.connecting import connect_async
from services.engines.turns import HeldTurn, held_async
from services.log.log import Log, head_of_log_async
from services.patience import Progress, unseen
from services.stream import consumers
from services.stream.comparing import Verified, verify
from services.stream.copying import Copying
from services.stream.epoch import epoch_of
from services.stream.provisioning import make_stream, mark_whole
from services.stream.reading import PAGE
from services.stream.replaced import keep, number_kept

# The lock of whoever makes the stream anew.
REBUILDERS_TURN: Final[LiteralString] = (
    "LOCK TABLE work.rebuilders_turn IN SHARE UPDATE EXCLUSIVE MODE"
)
logger = structlog.get_logger()


class Rebuilt(NamedTuple):
    """What the new stream has: how many messages, its epoch, which consumers were made again, and
    which can't be. `replaced` is how many messages of the old one were not what the log has; they
    are kept.
    """

    messages: int
    epoch: str
    consumers: list[str]
    lost: list[str]
    replaced: int


class Elsewhere(RuntimeError):
    """Somebody else is making the stream anew just now."""


class NotDecided(RuntimeError):
    """The stream has what the log has not, and nobody has said that the log is right. `found` tells
    what differs; nothing was changed.
    """

    def __init__(self, found: Verified) -> None:
        super().__init__(found.problem)
        self.found = found


class StreamRebuild:
    """Makes the stream anew. Interrupted at any moment and called again, it goes on.

    `client` is the owner's on the bus, `filler` one that may publish events, `url` the owner's on
    the database.
    """

    def __init__(self, client: Client, filler: Client, url: str, *, replicas: int) -> None:
        self._client, self._filler, self._url, self._replicas = client, filler, url, replicas
        self._jetstream = client.jetstream()
        self._lost: list[str] = []

    async def carry_out(
        self, *, log_is_right: bool = False, progress: Progress = unseen
    ) -> Rebuilt:
        """Save the consumers, delete the stream, fill a new one, make the consumers again.

        Subscribers wait meanwhile; then each goes on behind the last message up to which it had
        acknowledged all, and stream and log were equal. Messages that differ from the log are kept
        with `log_is_right`; without it there may be none. Raises NotDecided and Elsewhere, and
        TurnIsOver before anything is done that somebody else may be doing by now.
        """
        async with self._alone() as (connection, turn):
            await self._replace(connection, turn, log_is_right=log_is_right)
            stream = await make_stream(self._jetstream, self._replicas, None)
            head = await head_of_log_async(connection)
            await self._fill(head, turn, progress)
            names = await consumers.make_again(self._client, connection)
            turn.must_last()
            await mark_whole(self._jetstream, head)
            replaced = await number_kept(connection, await consumers.saved_from(connection))
            await consumers.forget(connection)
        return Rebuilt(head, epoch_of(stream), names, self._lost, replaced)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[tuple[psycopg.AsyncConnection, HeldTurn]]:
        async with held_async(self._url, REBUILDERS_TURN) as mine:
            if not mine:
                raise Elsewhere("somebody else is making the stream anew just now")
            async with await connect_async(self._url, autocommit=True) as connection:
                yield connection, mine

    async def _replace(
        self, connection: psycopg.AsyncConnection, turn: HeldTurn, *, log_is_right: bool
    ) -> None:
        """See to it that the stream that is to be replaced is gone, and what is needed of it kept.
        One that was made since an earlier try, and is a copy of the log, stays.
        """
        stream = await self._stream()
        if stream is None:
            return
        begun = await consumers.saved_from(connection)
        async with connection.transaction():
            found = await self._compared(connection, _mark_of(stream))
            if found.differing and not log_is_right:
                raise NotDecided(found)
            if begun not in (None, _mark_of(stream)) and not found.differing:
                return
            there = await consumers.listed(self._client)
            self._lost = await consumers.save(connection, _mark_of(stream), there, found.equal)
            turn.must_last()
        await self._delete()

    async def _stream(self) -> StreamInfo | None:
        try:
            return await self._jetstream.stream_info(STREAM)
        except NotFoundError:
            return None

    async def _compared(self, connection: psycopg.AsyncConnection, mark: str) -> Verified:
        """Hold the stream against the log, and what came meanwhile too; what differs is kept."""
        log, kept = Log(self._url, connections=1), partial(keep, connection, mark)
        try:
            found = await verify(self._client, log, keep=kept)
            late = await verify(self._client, log, after=found.stream, keep=kept)
        finally:
            await asyncio.to_thread(log.close)
        both = found.differences or late.differences
        equal = found.equal if found.differing else late.equal
        return late._replace(
            equal=equal, differing=found.differing + late.differing, differences=both
        )

    async def _delete(self) -> None:
        try:
            await self._jetstream.delete_stream(STREAM)
        except NotFoundError:
            logger.info("stream.gone")

    async def _fill(self, head: int, turn: HeldTurn, progress: Progress) -> None:
        """As the relay does, who may fill it too: whoever comes second begins again at the tail."""
        copying, tail = Copying(self._filler), 0
        while tail < head:
            turn.must_last()
            try:
                await copying.fill(self._url, min(tail + PAGE, head))
            except APIError as error:
                logger.info("stream.shared", problem=error.description)
            tail = await copying.tail()
            progress(min(tail, head), head)


def _mark_of(stream: StreamInfo) -> str:
    """What tells a stream from others of its name: its epoch, or when it was made."""
    return epoch_of(stream) or f"{stream.created}"
