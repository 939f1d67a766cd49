"""`status`: what is away, behind, waiting or lost."""

import asyncio
from pathlib import Path
from typing import Any, Final

import click
import psycopg
from nats.aio.client import Client
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from services.cli.console import (
    Place,
    at_the_bus,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
)
from services.cli.leaving import DONE, REFUSED, UNREACHABLE, guarded
from services.cli.status_words import in_words, troubles
from services.dead_letters.looking import counted
from services.engines.addresses import Engines
from services.process.presence import connected
from services.read_models.builds import builds
from services.stream.connections import STREAM

CONSUMERS: Final = ("projector", "policies", "notifier")


@click.command()
@json_option
@data_option
@guarded
def status(as_json: bool, data: Path | None) -> None:
    """Engines, workers, head of the log and stream, places, and what somebody has to look into.

    Exit codes: 0 all is well, 1 somebody has to look into something, 3 an engine does not answer.
    """
    told = run(look(Place(data).engines()))
    wrong = troubles(told)
    if as_json:
        print_json({**told, "troubles": wrong})
    else:
        print_out("\n".join([*in_words(told), *(wrong or ["All is well."])]))
    if not told["postgresql"] or not told["nats"]:
        raise SystemExit(UNREACHABLE)
    raise SystemExit(REFUSED if wrong else DONE)


async def look(engines: Engines) -> dict[str, Any]:
    """Everything that `status` tells; an engine that is away is None."""
    told: dict[str, Any] = {"postgresql": None, "nats": None, "workers": {}}
    try:
        told |= await asyncio.to_thread(_database, engines)
    except psycopg.Error as error:
        told["postgresql_problem"] = type(error).__name__
    try:
        told = _together(told, await _bus(engines))
    except Exception as error:  # noqa: BLE001 - whatever keeps us from the bus is told
        told["nats_problem"] = type(error).__name__
    return told


def _together(told: dict[str, Any], of_the_bus: dict[str, Any]) -> dict[str, Any]:
    """What database and bus tell, worker by worker in the database's order."""
    workers = {name: dict(worker) for name, worker in told["workers"].items()}
    for name, worker in of_the_bus.get("workers", {}).items():
        workers[name] = workers.get(name, {}) | worker
    return told | of_the_bus | {"workers": workers}


def _database(engines: Engines) -> dict[str, Any]:
    with psycopg.connect(engines.programme["reader"], connect_timeout=5) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        head = connection.execute("SELECT max(position) FROM log.events").fetchone()
        notices = connection.execute("SELECT state, count(*) FROM work.notices GROUP BY 1")
        return {
            "postgresql": version and version[0],
            "log": {"head": (head and head[0]) or 0},
            "workers": _seen(connection),
            "projections": _projections(connection),
            "places": dict(
                connection.execute("SELECT worker, position FROM work.places").fetchall()
            ),
            "notices": dict(notices.fetchall()),
            "letters": counted(connection),
            "paused": _paused(connection),
            "saved_consumers": _saved_consumers(connection),
        }


def _seen(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """Whether each worker is connected; of relay and scheduler nothing else can be seen."""
    there = connected(connection)
    seen: dict[str, dict[str, Any]] = {
        name: {"connected": name in there} for name in ("commands", *CONSUMERS)
    }
    return seen | {
        name: {"connected": name in there, "answers": name in there}
        for name in ("relay", "scheduler")
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


def _paused(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute("SELECT worker, since, who, reason FROM work.paused ORDER BY 1")
    return {
        worker: {"since": since, "who": who, "reason": reason}
        for worker, since, who, reason in rows
    }


def _saved_consumers(connection: psycopg.Connection) -> int:
    """How many consumers wait until the stream is made anew."""
    row = connection.execute("SELECT count(*) FROM work.saved_consumers").fetchone()
    return row[0] if row else 0


async def _bus(engines: Engines) -> dict[str, Any]:
    async with at_the_bus(engines) as client:
        server = client.connected_server_version
        told: dict[str, Any] = {"nats": f"{server.major}.{server.minor}.{server.patch}"}
        told["workers"] = {"commands": {"answers": await _door_answers(client)}}
        jetstream = client.jetstream()
        try:
            state = (await jetstream.stream_info(STREAM)).state
        except NotFoundError:
            return {**told, "stream": None}
        told["workers"] |= {name: await _consumer(jetstream, name) for name in CONSUMERS}
        told["stream"] = {
            "last": state.last_seq,
            "messages": state.messages,
            "bytes": state.bytes,
            "is_the_log": await _is_the_log(engines, jetstream, state.last_seq),
        }
        return told


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
        await client.request("$SRV.PING.commands", b"", timeout=1)
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
        row = connection.execute(
            "SELECT document FROM log.events WHERE position = %s", (position,)
        ).fetchone()
    return bytes(row[0]) if row else None
