"""How everything is: engines, log and stream, workers, read models, letters and notices."""

import asyncio
from typing import Any

import psycopg
from nats.aio.client import Client
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from services.crew import FOLLOWERS, NAMES, STREAM
from services.dead_letters.parking import counted
from services.engines.addresses import Engines
from services.log.log import document_at, head_of_log
from services.notices import ledger
from services.process.checkpoints import checkpoints
from services.process.presence import connected
from services.process.rest import resting
from services.read_models.builds import builds, hidden
from services.stream.connections import connection_of
from services.stream.rebuilding import saved_consumers

DOOR = "commands"


async def look(engines: Engines) -> dict[str, Any]:
    """Everything that `status` tells; an engine that is away is None."""
    found: dict[str, Any] = {"postgresql": None, "nats": None, "workers": {}}
    try:
        found |= await asyncio.to_thread(_database, engines)
    except psycopg.Error as error:
        found["postgresql_problem"] = type(error).__name__
    try:
        found = _together(found, await _bus(engines))
    except Exception as error:  # noqa: BLE001 - whatever keeps us from the bus is said
        found["nats_problem"] = type(error).__name__
    return found


def _together(found: dict[str, Any], of_the_bus: dict[str, Any]) -> dict[str, Any]:
    """What database and bus tell, worker by worker in the database's order."""
    workers = {name: dict(worker) for name, worker in found["workers"].items()}
    for name, worker in of_the_bus.get("workers", {}).items():
        workers[name] = workers.get(name, {}) | worker
    return found | of_the_bus | {"workers": workers}


def _database(engines: Engines) -> dict[str, Any]:
    with psycopg.connect(engines.programme["reader"], connect_timeout=5) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        return {
            "postgresql": version and version[0],
            "log": {"head": head_of_log(connection)},
            "workers": _seen(connection),
            "projections": _projections(connection),
            "places": {one.worker: one.position for one in checkpoints(connection)},
            "notices": ledger.counted(connection),
            "letters": counted(connection, hidden(connection)),
            "paused": {name: how._asdict() for name, how in resting(connection).items()},
            "saved_consumers": saved_consumers(connection),
        }


def _seen(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """Whether each worker is connected. Whether those answer that don't pull from the stream, and
    are no door, can't be seen otherwise.
    """
    there = connected(connection)
    silent = set(NAMES) - {DOOR, *FOLLOWERS}
    return {
        name: {"connected": name in there} | ({"answers": name in there} if name in silent else {})
        for name in sorted(NAMES, key=lambda name: name in silent)
    }


def _projections(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """What is folded into; a build that is kept for a rollback stands still."""
    return [
        {
            "name": one.projection,
            "version": one.version,
            "build": one.build,
            "state": one.state,
            "position": one.position,
        }
        for one in builds(connection)
        if one.state != "kept"
    ]


async def _bus(engines: Engines) -> dict[str, Any]:
    async with connection_of("client", engines.nats["client"]) as client:
        server = client.connected_server_version
        found: dict[str, Any] = {"nats": f"{server.major}.{server.minor}.{server.patch}"}
        found["workers"] = {DOOR: {"answers": await _door_answers(client)}}
        jetstream = client.jetstream()
        try:
            state = (await jetstream.stream_info(STREAM)).state
        except NotFoundError:
            return {**found, "stream": None}
        found["workers"] |= {name: await _consumer(jetstream, name) for name in FOLLOWERS}
        found["stream"] = {
            "last": state.last_seq,
            "messages": state.messages,
            "bytes": state.bytes,
            "is_the_log": await _is_the_log(engines, jetstream, state.last_seq),
        }
        return found


async def _consumer(jetstream: JetStreamContext, name: str) -> dict[str, Any]:
    try:
        info = await jetstream.consumer_info(STREAM, name)
    except NotFoundError:
        return {"answers": False}
    return {
        "answers": bool(info.num_waiting),
        "waiting": info.num_pending,
        "in_hand": info.num_ack_pending,
        "redelivered": info.num_redelivered,
    }


async def _door_answers(client: Client) -> bool:
    try:
        await client.request(f"$SRV.PING.{DOOR}", b"", timeout=1)
    except Exception:  # noqa: BLE001 - no answer is the answer
        return False
    return True


async def _is_the_log(engines: Engines, jetstream: JetStreamContext, last: int) -> bool | None:
    """Whether the stream's last message is what the log has there, as the relay sees it too.

    None if it can't be told: the database is away, or our user may not look.
    """
    if last == 0:
        return True
    try:
        message = await jetstream.get_msg(STREAM, seq=last, direct=True)
        return await asyncio.to_thread(_document, engines, last) == message.data
    except NotFoundError:
        return False
    except Exception:  # noqa: BLE001 - it is one of several things to tell
        return None


def _document(engines: Engines, position: int) -> bytes | None:
    with psycopg.connect(engines.programme["reader"], connect_timeout=5) as connection:
        return document_at(connection, position)
