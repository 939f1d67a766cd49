"""The consumers of the stream, saved while it is made anew, and made again from where each was.

Here stands all SQL on `work.saved_consumers`.
"""

import json
from typing import Any, Final, NamedTuple

import psycopg
from nats.aio.client import Client
from nats.errors import Error as NatsError
from psycopg.types.json import Jsonb

from services.crew import STREAM

NO_STREAM: Final = 404  # the code of the bus for what is not there
PATIENCE: Final = 10.0  # seconds for an answer of the bus


class Saved(NamedTuple):
    """A consumer to be made again: its configuration as the server has it, and its ack floor."""

    name: str
    config: dict[str, Any]
    floor: int


async def listed(client: Client) -> list[Saved]:
    """All consumers that the stream has; none if there is no stream."""
    found: list[Saved] = []
    while True:
        answer = await _asked(client, f"CONSUMER.LIST.{STREAM}", {"offset": len(found)})
        page = answer.get("consumers") or []
        found += [Saved(one["name"], one["config"], one["ack_floor"]["stream_seq"]) for one in page]
        if not page or len(found) >= answer["total"]:
            return found


async def make_again(client: Client, connection: psycopg.AsyncConnection) -> list[str]:
    """Make those that are saved and not there; the names of all that are saved.

    One whose last event the log has no more begins at the start: whoever it is for has to compare.
    """
    cursor = await connection.execute(
        "SELECT name, config, CASE WHEN event = log.digest_at(floor) THEN floor ELSE 0 END"
        " FROM work.saved_consumers ORDER BY name"
    )
    saved = [Saved(*row) for row in await cursor.fetchall()]
    there = {one.name for one in await listed(client)}
    for one in saved:
        if one.name not in there:
            await _make(client, one)
    return [one.name for one in saved]


async def _make(client: Client, one: Saved) -> None:
    """A consumer as it was, but from behind its floor on, wherever it began at first."""
    config = {**one.config, "deliver_policy": "by_start_sequence"}
    config.pop("opt_start_time", None)
    config["opt_start_seq"] = one.floor + 1
    consumer = {"stream_name": STREAM, "config": config}
    await _asked(client, f"CONSUMER.DURABLE.CREATE.{STREAM}.{one.name}", consumer)


async def _asked(client: Client, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of the bus's own interface; NatsError as it says."""
    answer = await client.request(f"$JS.API.{what}", json.dumps(body).encode(), timeout=PATIENCE)
    found: dict[str, Any] = json.loads(answer.data)
    if error := found.get("error"):
        if error.get("code") == NO_STREAM:
            return {"total": 0}
        raise NatsError(f"the bus refused {what}: {error.get('description')}")
    return found


async def save(
    connection: psycopg.AsyncConnection, epoch: str, found: list[Saved], equal: int
) -> list[str]:
    """Note all consumers of the stream of an epoch, so that none goes on behind position `equal`.
    The names of those without a durable name, which can't be made again, are returned.

    What is noted of an earlier stream and is not there now stays. (Its rebuild was interrupted.)
    """
    await connection.execute("DELETE FROM work.saved_consumers WHERE epoch = %s", (epoch,))
    durable = [one for one in found if one.config.get("durable_name")]
    for one in durable:
        await connection.execute(
            "INSERT INTO work.saved_consumers (name, config, floor, event, epoch)"
            " VALUES (%(name)s, %(config)s, %(floor)s, log.digest_at(%(floor)s), %(epoch)s)"
            " ON CONFLICT (name) DO UPDATE SET config = excluded.config,"
            " floor = greatest(saved_consumers.floor, excluded.floor),"
            " event = log.digest_at(greatest(saved_consumers.floor, excluded.floor))",
            {
                "name": one.name,
                "config": Jsonb(one.config),
                "floor": min(one.floor, equal),
                "epoch": epoch,
            },
        )
    await connection.execute("UPDATE work.saved_consumers SET epoch = %s", (epoch,))
    return [one.name for one in found if one not in durable]


async def saved_from(connection: psycopg.AsyncConnection) -> str | None:
    """The epoch of the stream whose consumers are saved; None if none are."""
    found = await connection.execute("SELECT max(epoch) FROM work.saved_consumers")
    row = await found.fetchone()
    return row[0] if row else None


async def forget(connection: psycopg.AsyncConnection) -> None:
    """All are there again."""
    await connection.execute("DELETE FROM work.saved_consumers")


def saved_consumers(connection: psycopg.Connection) -> int:
    """How many consumers wait until the stream is made anew; none, but while that goes on."""
    row = connection.execute("SELECT count(*) FROM work.saved_consumers").fetchone()
    return int(row[0]) if row else 0


def may_save(connection: psycopg.Connection) -> bool:
    """Whether this user may save consumers, and keep what differs."""
    row = connection.execute(
        "SELECT has_table_privilege('work.saved_consumers', 'INSERT')"
        " AND has_table_privilege('work.replaced', 'INSERT')"
    ).fetchone()
    return bool(row and row[0])
