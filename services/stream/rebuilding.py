"""The stream held against the log, message by message; and made anew from it, with its consumers.

Direct gets in batches are those of NATS's ADR-31: no consumer is needed, and nothing is changed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError
from psycopg.types.json import Jsonb

from services.log.log import Log, Stored
from services.stream.connections import STREAM, make_stream
from services.workers.relay import Relay, subject_of

PAGE: Final = 500
PATIENCE: Final = 10.0  # seconds for an answer of the bus
REBUILDERS_TURN: Final = 0x53747265  # "Stre": the advisory lock of whoever makes the stream anew
END_OF_BATCH, NOTHING = "204", "404"
log = structlog.get_logger()

Progress = Callable[[int, int], None]


class Verified(NamedTuple):
    """How far stream and log are equal, where each ends, and the first difference if there is one.

    A stream that ends before the log is only late.
    """

    equal: int
    stream: int
    log: int
    problem: str | None


class Rebuilt(NamedTuple):
    """How many messages the new stream has, and which consumers were made again, or can't be."""

    messages: int
    consumers: list[str]
    lost: list[str]


class Elsewhere(RuntimeError):
    """Somebody else is making the stream anew just now."""


async def verify(client: Client, log_: Log, progress: Progress = lambda *_: None) -> Verified:
    """Compare all messages with the log by position, bytes and subject, as both are at the call."""
    head, equal = await asyncio.to_thread(log_.head), 0
    tail = (await client.jetstream().stream_info(STREAM)).state.last_seq
    async for messages in _messages(client, tail):
        rows = await asyncio.to_thread(log_.page, equal, len(messages))
        for number, message in enumerate(messages):
            row = rows[number] if number < len(rows) else None
            if problem := _difference(equal + 1, message, row):
                return Verified(equal, tail, head, problem)
            equal += 1
        progress(equal, tail)
    missing = f"the stream has no message {equal + 1}" if equal < tail else None
    return Verified(equal, tail, head, missing)


def _difference(position: int, message: Msg, row: Stored | None) -> str | None:
    headers = message.headers or {}
    if int(headers["Nats-Sequence"]) != position:
        return f"the stream has no message {position}"
    if row is None:
        return f"message {position} of the stream lies beyond the log's head"
    if row.document != message.data:
        return f"message {position} of the stream has other bytes than the log"
    if headers["Nats-Subject"] != subject_of(row):
        return f"message {position} of the stream has another subject than its event"
    return None


async def _messages(client: Client, upto: int) -> AsyncIterator[list[Msg]]:
    """The stream's messages in order, page by page."""
    last = 0
    while last < upto and (found := await _page(client, last + 1)):
        last = int((found[-1].headers or {})["Nats-Sequence"])
        yield found


async def _page(client: Client, first: int) -> list[Msg]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        wanted = json.dumps({"seq": first, "batch": PAGE}).encode()
        await client.publish(f"$JS.API.DIRECT.GET.{STREAM}", wanted, reply=inbox)
        found: list[Msg] = []
        while True:
            message = await subscription.next_msg(PATIENCE)
            status = (message.headers or {}).get("Status")
            if status in (END_OF_BATCH, NOTHING):
                return found
            if status:
                raise NatsError(f"the bus would not tell its messages: {status}")
            found.append(message)
    finally:
        await subscription.unsubscribe()


class Saved(NamedTuple):
    """A consumer to be made again: its configuration as the server has it, and its ack floor."""

    name: str
    config: dict[str, Any]
    floor: int


class Rebuild:
    """Makes the stream anew. Interrupted at any moment and called again, it goes on.

    `client` is the owner's on the bus, `filler` one that may publish events, `url` the owner's on
    the database.
    """

    def __init__(self, client: Client, filler: Client, url: str, *, replicas: int) -> None:
        self._client, self._filler, self._url, self._replicas = client, filler, url, replicas

    async def carry_out(self, progress: Progress = lambda *_: None) -> Rebuilt:
        """Save the consumers, delete the stream, fill a new one, make the consumers again.

        Subscribers wait meanwhile; then each goes on behind the last message up to which it had
        acknowledged all. Raises Elsewhere.
        """
        async with self._alone() as connection:
            head = await _head(connection)
            lost = await self._save(connection, head)
            await self._delete()
            await make_stream(self._client.jetstream(), self._replicas)
            await self._fill(head, progress)
            names = await self._make_again(connection)
            await connection.execute("DELETE FROM work.saved_consumers")
        return Rebuilt(head, names, lost)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[psycopg.AsyncConnection]:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            found = await connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILDERS_TURN,))
            if await found.fetchone() != (True,):
                raise Elsewhere("somebody else is making the stream anew just now")
            yield connection

    async def _save(self, connection: psycopg.AsyncConnection, head: int) -> list[str]:
        """Note all consumers, durably. The names of those without a durable name are returned.

        What an earlier try has saved counts too: it may have come to delete the stream.
        """
        found = await self._consumers()
        async with connection.transaction():
            for one in found:
                await connection.execute(
                    "INSERT INTO work.saved_consumers VALUES (%s, %s, %s)"
                    " ON CONFLICT (name) DO UPDATE SET"
                    " floor = greatest(saved_consumers.floor, excluded.floor)",
                    (one.name, Jsonb(one.config), min(one.floor, head)),
                )
            await connection.execute(
                "DELETE FROM work.saved_consumers WHERE config ->> 'durable_name' IS NULL"
            )
        return [one.name for one in found if not one.config.get("durable_name")]

    async def _consumers(self) -> list[Saved]:
        found: list[Saved] = []
        while True:
            told = await self._asked(f"CONSUMER.LIST.{STREAM}", {"offset": len(found)})
            page = told.get("consumers") or []
            found += [
                Saved(one["name"], one["config"], one["ack_floor"]["stream_seq"]) for one in page
            ]
            if not page or len(found) >= told["total"]:
                return found

    async def _delete(self) -> None:
        try:
            await self._client.jetstream().delete_stream(STREAM)
        except NotFoundError:
            log.info("stream.gone")

    async def _fill(self, head: int, progress: Progress) -> None:
        """As a relay. The worker may fill it too: whoever comes second begins again at the tail."""
        relay, tail = Relay(self._url, self._filler), 0
        while tail < head:
            try:
                await relay.fill(min(tail + PAGE, head))
            except APIError as error:
                log.info("stream.shared", problem=error.description)
            tail = (await self._client.jetstream().stream_info(STREAM)).state.last_seq
            progress(min(tail, head), head)

    async def _make_again(self, connection: psycopg.AsyncConnection) -> list[str]:
        cursor = await connection.execute(
            "SELECT name, config, floor FROM work.saved_consumers ORDER BY name"
        )
        saved = [Saved(*row) for row in await cursor.fetchall()]
        there = {one.name for one in await self._consumers()}
        for one in saved:
            if one.name not in there:
                await self._make_one(one)
        return [one.name for one in saved]

    async def _make_one(self, one: Saved) -> None:
        """A consumer as it was, but from behind its floor on, wherever it began at first."""
        config = {**one.config, "deliver_policy": "by_start_sequence"}
        config.pop("opt_start_time", None)
        config["opt_start_seq"] = one.floor + 1
        wanted = {"stream_name": STREAM, "config": config}
        await self._asked(f"CONSUMER.DURABLE.CREATE.{STREAM}.{one.name}", wanted)

    async def _asked(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of the bus's own interface; NotFoundError and others as it says."""
        answer = await self._client.request(
            f"$JS.API.{what}", json.dumps(body).encode(), timeout=PATIENCE
        )
        told: dict[str, Any] = json.loads(answer.data)
        if error := told.get("error"):
            if error.get("code") == int(NOTHING):
                return {"total": 0}
            raise NatsError(f"the bus refused {what}: {error.get('description')}")
        return told


async def _head(connection: psycopg.AsyncConnection) -> int:
    row = await (await connection.execute("SELECT max(position) FROM log.events")).fetchone()
    return (row and row[0]) or 0
