"""Copies the log to the stream: in order, once, byte for byte.

The stream's own tail is the only cursor. Before anything is published the tail is compared with
the log, and each publication names the sequence it must follow, so a second copyist, a lost
acknowledgement or a lost tail heal by themselves. What follows is read together with what was
published last, so a log that was shortened and grew again between two looks is noticed too.
"""

import asyncio
import json
from functools import cache
from typing import Final
from uuid import uuid4

import psycopg
from nats.aio.client import Client
from nats.js.api import Header
from nats.js.errors import APIError, NotFoundError

from services.crew import EVENTS, STREAM
from services.engines.connecting import connect_async
from services.log.log import Stored, document_at_async, documents_after, head_of_log_async
from services.stream.advice import WHAT_TO_DO
from services.stream.epoch import EPOCH, epoch_of

BATCH: Final = 500
SINGLES: Final = 12  # up to this many, single messages are as fast as an atomic batch
NOTHING: Final = Stored(0, "", [], b"")  # what is last in an empty stream


class StreamIsNotACopy(RuntimeError):
    """The stream holds what the log does not: the log was restored, or something strayed in."""


class Copying:
    """Publishes what the log has and the stream has not, as a user who may publish events."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jetstream = client.jetstream()
        self._epoch = ""

    async def fill(self, url: str, upto: int) -> None:
        """Copy the log behind `url` until the stream has come to position `upto`.

        Whatever goes wrong is raised.
        """
        async with await connect_async(url, autocommit=True) as connection:
            last = await self.verified_tail(connection)
            while last.position < upto and (rows := await after(connection, last)):
                await self.publish(rows, last.position)
                last = rows[-1]

    async def tail(self) -> int:
        """The stream's last sequence."""
        return (await self._jetstream.stream_info(STREAM)).state.last_seq

    async def verified_tail(self, connection: psycopg.AsyncConnection) -> Stored:
        """What is last in the stream, once its bytes are seen to be the log's; from now on its
        epoch is put on what is published.

        Raises StreamIsNotACopy.
        """
        stream = await self._jetstream.stream_info(STREAM)
        self._epoch, tail = epoch_of(stream), stream.state.last_seq
        if tail == 0:
            return NOTHING
        try:
            message = await self._jetstream.get_msg(STREAM, seq=tail)
        except NotFoundError:
            raise StreamIsNotACopy(
                f"The stream has no message {tail}, though it counts so far. {WHAT_TO_DO}"
            ) from None
        last = Stored(tail, "", [], message.data or b"")
        await _must_be_there(connection, last)
        return last

    async def what_follows(
        self, connection: psycopg.AsyncConnection, last: Stored
    ) -> list[Stored] | None:
        """The next rows to be published after `last`; None if that is not the stream's tail any
        more, or the stream was made anew.

        Raises StreamIsNotACopy.
        """
        rows, stream = await asyncio.gather(
            after(connection, last), self._jetstream.stream_info(STREAM)
        )
        is_ours = (stream.state.last_seq, epoch_of(stream)) == (last.position, self._epoch)
        return rows if is_ours else None

    async def publish(self, rows: list[Stored], tail: int) -> None:
        """Publish rows that follow the stream's tail. APIError if somebody else was faster."""
        if len(rows) <= SINGLES:
            await self._publish_singles(rows, tail)
        else:
            await self._publish_batch(rows, tail)

    async def _publish_singles(self, rows: list[Stored], tail: int) -> None:
        """One after the other: if one is refused, the next would follow whatever took its place."""
        for before, row in enumerate(rows, tail):
            reply = await self._client.request(
                subject_of(row),
                row.document,
                timeout=5,
                headers=self._headers(**{Header.EXPECTED_LAST_SEQUENCE.value: str(before)}),
            )
            _must_be_stored(reply.data)

    async def _publish_batch(self, rows: list[Stored], tail: int) -> None:
        """An atomic batch (ADR-50 of NATS): all or nothing; the last message is answered."""
        batch = uuid4().hex
        *first, last = (
            (row, {Header.BATCH_ID.value: batch, Header.BATCH_SEQUENCE.value: str(number)})
            for number, row in enumerate(rows, 1)
        )
        first[0][1][Header.EXPECTED_LAST_SEQUENCE.value] = str(tail)
        for row, marks in first:
            await self._client.publish(
                subject_of(row), row.document, headers=self._headers(**marks)
            )
        row, marks = last
        marks[Header.BATCH_COMMIT.value] = "1"
        reply = await self._client.request(
            subject_of(row), row.document, timeout=10, headers=self._headers(**marks)
        )
        _must_be_stored(reply.data)

    def _headers(self, **marks: str) -> dict[str, str]:
        epoch = {EPOCH: self._epoch} if self._epoch else {}
        return {"Content-Type": "application/cloudevents+json", **epoch, **marks}


def subject_of(row: Stored) -> str:
    """`lt.event.workshop.booked`, without the version: few subjects, no ids."""
    return _subject_of(row.type)


@cache
def _subject_of(kind: str) -> str:
    return EVENTS + kind.rpartition(".v")[0]


def _must_be_stored(data: bytes) -> None:
    if b'"error"' in data:
        APIError.from_error(json.loads(data)["error"])


async def after(connection: psycopg.AsyncConnection, last: Stored) -> list[Stored]:
    """The next rows of the log after what was published last, which must still be there.

    Raises StreamIsNotACopy.
    """
    if not last.position:
        return await documents_after(connection, 0, BATCH)
    there, *rows = await documents_after(connection, last.position - 1, BATCH + 1) or [NOTHING]
    if (there.position, there.document) != (last.position, last.document):
        raise await _not_a_copy(connection, last.position)
    return rows


async def _must_be_there(connection: psycopg.AsyncConnection, last: Stored) -> None:
    if await document_at_async(connection, last.position) != last.document:
        raise await _not_a_copy(connection, last.position)


async def _not_a_copy(connection: psycopg.AsyncConnection, tail: int) -> StreamIsNotACopy:
    head = await head_of_log_async(connection)
    if head < tail:
        found = f"The stream has come to {tail}, and the log ends at {head}."
    else:
        found = f"Message {tail} of the stream is not position {tail} of the log."
    return StreamIsNotACopy(f"{found} {WHAT_TO_DO}")
