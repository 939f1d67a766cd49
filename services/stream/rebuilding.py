"""The stream made anew from the log, with its consumers from where each was.

Here stands all SQL on `work.saved_consumers`: the consumers as they were, while this goes on.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError
from psycopg.types.json import Jsonb

from services.crew import STREAM
from services.log.log import head_of_log_async
from services.patience import Progress, unseen
from services.stream.comparing import PAGE, PATIENCE
from services.stream.copying import Copying
from services.stream.provisioning import make_stream

NO_STREAM: Final = 404  # the code of the bus for what is not there
REBUILDERS_TURN: Final = 0x53747265  # "Stre": the advisory lock of whoever makes the stream anew
logger = structlog.get_logger()


class Rebuilt(NamedTuple):
    """How many messages the new stream has, and which consumers were made again, or can't be."""

    messages: int
    consumers: list[str]
    lost: list[str]


class Elsewhere(RuntimeError):
    """Somebody else is making the stream anew just now."""


class Saved(NamedTuple):
    """A consumer to be made again: its configuration as the server has it, and its ack floor."""

    name: str
    config: dict[str, Any]
    floor: int


class StreamRebuild:
    """Makes the stream anew. Interrupted at any moment and called again, it goes on.

    `client` is the owner's on the bus, `filler` one that may publish events, `url` the owner's on
    the database.
    """

    def __init__(self, client: Client, filler: Client, url: str, *, replicas: int) -> None:
        self._client, self._filler, self._url, self._replicas = client, filler, url, replicas

    async def carry_out(self, progress: Progress = unseen) -> Rebuilt:
        """Save the consumers, delete the stream, fill a new one, make the consumers again.

        Subscribers wait meanwhile; then each goes on behind the last message up to which it had
        acknowledged all. Raises Elsewhere.
        """
        async with self._alone() as connection:
            head = await head_of_log_async(connection)
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
            listed = await self._asked(f"CONSUMER.LIST.{STREAM}", {"offset": len(found)})
            page = listed.get("consumers") or []
            found += [
                Saved(one["name"], one["config"], one["ack_floor"]["stream_seq"]) for one in page
            ]
            if not page or len(found) >= listed["total"]:
                return found

    async def _delete(self) -> None:
        try:
            await self._client.jetstream().delete_stream(STREAM)
        except NotFoundError:
            logger.info("stream.gone")

    async def _fill(self, head: int, progress: Progress) -> None:
        """As the relay does, who may fill it too: whoever comes second begins again at the tail."""
        copying, tail = Copying(self._filler), 0
        while tail < head:
            try:
                await copying.fill(self._url, min(tail + PAGE, head))
            except APIError as error:
                logger.info("stream.shared", problem=error.description)
            tail = await copying.tail()
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
        consumer = {"stream_name": STREAM, "config": config}
        await self._asked(f"CONSUMER.DURABLE.CREATE.{STREAM}.{one.name}", consumer)

    async def _asked(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of the bus's own interface; NotFoundError and others as it says."""
        answer = await self._client.request(
            f"$JS.API.{what}", json.dumps(body).encode(), timeout=PATIENCE
        )
        found: dict[str, Any] = json.loads(answer.data)
        if error := found.get("error"):
            if error.get("code") == NO_STREAM:
                return {"total": 0}
            raise NatsError(f"the bus refused {what}: {error.get('description')}")
        return found


def saved_consumers(connection: psycopg.Connection) -> int:
    """How many consumers wait until the stream is made anew; none, but while that goes on."""
    row = connection.execute("SELECT count(*) FROM work.saved_consumers").fetchone()
    return int(row[0]) if row else 0
