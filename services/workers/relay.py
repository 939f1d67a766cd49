"""The relay: what the log has, the stream gets; in order, once, byte for byte.

The stream's own tail is the only cursor. Before anything is published the tail is compared with
the log, and each publication names the sequence it must follow, so a second relay, a lost
acknowledgement or a lost tail heal by themselves.
"""

import asyncio
from contextlib import suppress
from functools import cache
from typing import Final
from uuid import uuid4

import psycopg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import Header
from nats.js.errors import APIError, NotFoundError

from services.log.log import CHANNEL, Stored
from services.process.station import Station
from services.stream.connections import EVENTS, STREAM, connected

BATCH: Final = 500
SINGLES: Final = 12  # up to this many, single messages are as fast as an atomic batch
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before it begins again after a fault
LOOK: Final = 1.0  # seconds between looks at whether we are to rest
WHAT_TO_DO: Final = (
    "`leading-together ops stream verify` tells what differs. If the log was restored from an older"
    " backup, restore a newer one if there is one; then `leading-together ops stream rebuild`."
)
log = structlog.get_logger()


class StreamIsNotACopy(RuntimeError):
    """The stream holds what the log does not: the log was restored, or something strayed in."""


class Relay:
    """Copies the log behind `url` to the stream. A second one is harmless, and idle."""

    def __init__(self, url: str, client: Client) -> None:
        self._url, self._client = url, client
        self._jetstream = client.jetstream()
        self._pause = SHORTEST_PAUSE
        self._said = ("", "")
        self._looked, self._told = 0.0, False

    async def fill(self, upto: int) -> None:
        """Copy until the stream has come to position `upto`; whatever goes wrong is raised."""
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            tail = await self._verified_tail(connection)
            while tail < upto and (rows := await _after(connection, tail)):
                await self._publish(rows, tail)
                tail = rows[-1].position

    async def serve(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        """Copy until `stop`; on any fault begin again from the tail."""
        while not stop.is_set():
            if self._client.is_closed:  # for good, as after a refused password
                raise ConnectionError("the relay's connection to the bus was closed")
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._follow(connection, ready, stop)
            except (psycopg.Error, NatsError, APIError, TimeoutError, OSError) as error:
                ready.clear()
                self._say("relay.interrupted", _problem(error))
                await _wait(stop, self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            except StreamIsNotACopy as error:
                ready.clear()
                self._say("relay.stopped", str(error))
                await _wait(stop, LONGEST_PAUSE)

    def _say(self, event: str, problem: str) -> None:
        """Once for each problem, however often it is met again."""
        if (event, problem) != self._said:
            level = log.critical if event == "relay.stopped" else log.warning
            level(event, problem=problem)
        self._said = event, problem

    async def _follow(
        self, connection: psycopg.AsyncConnection, ready: asyncio.Event, stop: asyncio.Event
    ) -> None:
        """Publish what the log has beyond the tail; returns when somebody else moved the tail."""
        tail = await self._verified_tail(connection)
        ready.set()
        while not stop.is_set():
            tail = await self._copy(connection, tail)
            self._pause, self._said = SHORTEST_PAUSE, ("", "")
            news = [one async for one in connection.notifies(timeout=1, stop_after=1)]
            if not news and await self._tail() != tail:
                return

    async def _copy(self, connection: psycopg.AsyncConnection, tail: int) -> int:
        """Publish what the log has by now, reading on meanwhile; the new tail."""
        rows = await _after(connection, tail)
        while rows and not await self._rests(connection):
            coming = asyncio.create_task(_after(connection, rows[-1].position))
            try:
                await self._publish(rows, tail)
            except BaseException:
                coming.cancel()
                await asyncio.wait([coming])
                raise
            tail, rows = rows[-1].position, await coming
        return tail

    async def _rests(self, connection: psycopg.AsyncConnection) -> bool:
        """Whether an operator wants us to rest, as of a second ago at most."""
        now = asyncio.get_running_loop().time()
        if now - self._looked >= LOOK:
            found = await connection.execute("SELECT FROM work.paused WHERE worker = 'relay'")
            told = await found.fetchone() is not None
            if told is not self._told:
                log.warning("worker.paused" if told else "worker.resumed", worker="relay")
            self._looked, self._told = now, told
        return self._told

    async def _tail(self) -> int:
        return (await self._jetstream.stream_info(STREAM)).state.last_seq

    async def _verified_tail(self, connection: psycopg.AsyncConnection) -> int:
        """The stream's last sequence, once its bytes are seen to be the log's."""
        tail = await self._tail()
        if tail == 0:
            return 0
        row = await (
            await connection.execute("SELECT document FROM log.events WHERE position = %s", (tail,))
        ).fetchone()
        try:
            message = await self._jetstream.get_msg(STREAM, seq=tail)
        except NotFoundError:
            raise StreamIsNotACopy(
                f"the stream has no message {tail}, though it counts so far. {WHAT_TO_DO}"
            ) from None
        if row is None or bytes(row[0]) != message.data:
            raise StreamIsNotACopy(
                f"message {tail} of the stream is not position {tail} of the log. {WHAT_TO_DO}"
            )
        return tail

    async def _publish(self, rows: list[Stored], tail: int) -> None:
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


def _problem(error: Exception) -> str:
    """The class of a fault, and what the bus said of it: a full disk, say."""
    said = error.description if isinstance(error, APIError) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


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


async def _after(connection: psycopg.AsyncConnection, tail: int) -> list[Stored]:
    """The next rows, without their tags, which nobody here asks for."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "SELECT position, type, document FROM log.events"
        " WHERE position > %s ORDER BY position LIMIT %s",
        (tail, BATCH),
    )
    rows = await cursor.fetchall()
    return [Stored(position, kind, [], document) for position, kind, document in rows]


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Copy the log to the stream until `stop`."""
    client = await connected("relay", station.engines.nats["relay"])
    try:
        await Relay(station.engines.programme["relay"], client).serve(ready, stop)
    finally:
        await client.close()
