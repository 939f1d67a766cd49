"""`status`: what is away, behind or waiting."""

import asyncio
from pathlib import Path
from typing import Any

import click
import psycopg
from nats.js.errors import NotFoundError

from services.bus import STREAM
from services.cli.console import (
    Place,
    at_the_bus,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
)
from services.cli.leaving import UNREACHABLE, guarded
from services.engines import Engines

AWAY = "does not answer: start it or correct its URL, and the workers go on by themselves"
CONSUMERS = ("projector", "policies", "notifier")


@click.command()
@json_option
@data_option
@guarded
def status(as_json: bool, data: Path | None) -> None:
    """Engines, workers, head of the log and stream, the place of each worker.

    Exit codes: 0 both engines answer, 3 one of them does not.
    """
    told = run(look(Place(data).engines()))
    if as_json:
        print_json(told)
    else:
        for line in in_words(told):
            print_out(line)
    if not told["postgresql"] or not told["nats"]:
        raise SystemExit(UNREACHABLE)


async def look(engines: Engines) -> dict[str, Any]:
    """Everything that `status` tells; an engine that is away is None."""
    told: dict[str, Any] = {"postgresql": None, "nats": None}
    try:
        told |= await asyncio.to_thread(_log, engines)
    except psycopg.Error as error:
        told["postgresql_problem"] = type(error).__name__
    try:
        told |= await _bus(engines)
    except Exception as error:  # noqa: BLE001 - whatever keeps us from the bus is told
        told["nats_problem"] = type(error).__name__
    return told


def _log(engines: Engines) -> dict[str, Any]:
    with psycopg.connect(engines.programme["reader"], connect_timeout=5) as connection:
        version = connection.execute("SHOW server_version").fetchone()
        head = connection.execute("SELECT max(position) FROM log.events").fetchone()
        projections = connection.execute(
            "SELECT projection, version, position FROM read.places ORDER BY 1, 2"
        ).fetchall()
        places = connection.execute("SELECT worker, position FROM work.places").fetchall()
        notices = connection.execute("SELECT state, count(*) FROM work.notices GROUP BY 1")
        return {
            "postgresql": version and version[0],
            "log": {"head": (head and head[0]) or 0},
            "projections": [
                {"name": name, "version": number, "position": position}
                for name, number, position in projections
            ],
            "places": dict(places),
            "notices": dict(notices.fetchall()),
        }


async def _bus(engines: Engines) -> dict[str, Any]:
    async with at_the_bus(engines) as client:
        server = client.connected_server_version
        told = {"nats": f"{server.major}.{server.minor}.{server.patch}"}
        jetstream = client.jetstream()
        try:
            state = (await jetstream.stream_info(STREAM)).state
        except NotFoundError:
            return {**told, "stream": None}
        workers = {name: await _consumer(jetstream, name) for name in CONSUMERS}
        workers["commands"] = {"answers": await _door_answers(client)}
        stream = {"last": state.last_seq, "messages": state.messages, "bytes": state.bytes}
        return {**told, "stream": stream, "workers": workers}


async def _consumer(jetstream: Any, name: str) -> dict[str, Any]:
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


async def _door_answers(client: Any) -> bool:
    try:
        await client.request("$SRV.PING.commands", b"", timeout=1)
    except Exception:  # noqa: BLE001 - no answer is the answer
        return False
    return True


def in_words(told: dict[str, Any]) -> list[str]:
    """The same for people."""
    lines = [
        f"PostgreSQL  {told['postgresql'] or AWAY}",
        f"NATS        {told['nats'] or AWAY}",
    ]
    if "log" in told:
        lines.append(f"Log         head {told['log']['head']}")
    if told.get("stream"):
        lines.append(f"Stream      last {told['stream']['last']}")
    for name, worker in told.get("workers", {}).items():
        running = "running" if worker["answers"] else "not running"
        waiting = f", {worker['waiting']} waiting" if worker.get("waiting") else ""
        place = told.get("places", {}).get(name)
        lines.append(f"{name:<12}{running}{waiting}" + (f", place {place}" if place else ""))
    lines += [
        f"  {one['name']} v{one['version']}: place {one['position']}"
        for one in told.get("projections", ())
    ]
    if told.get("notices"):
        counts = ", ".join(f"{number} {state}" for state, number in told["notices"].items())
        lines.append(f"Notices     {counts}")
    return lines
