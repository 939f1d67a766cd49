"""Copies the log to the stream: in order, once, byte for byte.

The stream's own tail is the only cursor. Before anything is published the tail is compared with
the log, and each publication names the sequence it must follow, so a second copyist, a lost
acknowledgement or a lost tail heal by themselves.
"""

from functools import cache
from typing import Final
from uuid import uuid4

import psycopg
from nats.aio.client import Client
from nats.js.api import Header
from nats.js.errors import APIError, NotFoundError

from services.crew import EVENTS, STREAM
from services.log.log import Stored, document_at_async, documents_after

BATCH: Final = 500
SINGLES: Final = 12  # up to this many, single messages are as fast as an atomic batch
WHAT_TO_DO: Final = (
    "`leading-together ops stream verify` tells what differs. If the log was restored from an older"
    " backup, restore a newer one if there is one; then `leading-together ops stream rebuild`."
)


class StreamIsNotACopy(RuntimeError):
    """The stream holds what the log does not: the log was restored, or something strayed in."""


class Copying:
    """Publishes what the log has and the stream has not, as a user who may publish events."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jetstream = client.jetstream()

    async def fill(self, url: str, upto: int) -> None:
        """Copy the log behind `url` until the stream has come to position `upto`.

        Whatever goes wrong is raised.
        """
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            tail = await self.verified_tail(connection)
            while tail < upto and (rows := await after(connection, tail)):
                await self.publish(rows, tail)
                tail = rows[-1].position

    async def tail(self) -> int:
        """The stream's last sequence."""
        return (await self._jetstream.stream_info(STREAM)).state.last_seq

    async def verified_tail(self, connection: psycopg.AsyncConnection) -> int:
        """The stream's last sequence, once its bytes are seen to be the log's.

        Raises StreamIsNotACopy.
        """
        tail = await self.tail()
        if tail == 0:
            return 0
        document = await document_at_async(connection, tail)
        try:
            message = await self._jetstream.get_msg(STREAM, seq=tail)
        except NotFoundError:
            raise StreamIsNotACopy(
                f"the stream has no message {tail}, though it counts so far. {WHAT_TO_DO}"
            ) from None
        if document is None or document != message.data:
            raise StreamIsNotACopy(
                f"message {tail} of the stream is not position {tail} of the log. {WHAT_TO_DO}"
            )
        return tail

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
                headers=_headers(**{Header.EXPECTED_LAST_SEQUENCE.value: str(before)}),
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
            await self._client.publish(subject_of(row), row.document, headers=_headers(**marks))
        row, marks = last
        marks[Header.BATCH_COMMIT.value] = "1"
        reply = await self._client.request(
            subject_of(row), row.document, timeout=10, headers=_headers(**marks)
        )
        _must_be_stored(reply.data)


def _headers(**marks: str) -> dict[str, str]:
    return {"Content-Type": "application/cloudevents+json", **marks}


def subject_of(row: Stored) -> str:
    """`lt.event.workshop.booked`, without the version: few subjects, no ids."""
    return _subject_of(row.type)


@cache
def _subject_of(kind: str) -> str:
    return EVENTS + kind.rpartition(".v")[0]


def _must_be_stored(data: bytes) -> None:
    if b'"error"' in data:
        raise APIError(description=data.decode(errors="replace"))


async def after(connection: psycopg.AsyncConnection, tail: int) -> list[Stored]:
    """The next rows of the log to be published."""
    return await documents_after(connection, tail, BATCH)
