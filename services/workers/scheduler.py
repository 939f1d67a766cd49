"""The worker `scheduler`: asks at the door for what has fallen due, each thing once.

Here stands all SQL on `work.asked`.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from json import dumps
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from nats.aio.client import Client
from psycopg.sql import SQL

from events.ids import CommandId
from projections.agenda import AGENDA
from services.door.asking import as_system, ask
from services.engines.connections import KeptConnection
from services.process.rest import Rest
from services.process.station import Station
from services.read_models.builds import serving, view
from services.stream.connections import connection_of

WORKER: Final = "scheduler"
EVERY: Final = 1.0  # seconds between looks at the agenda
logger = structlog.get_logger()


class DueRequest(NamedTuple):
    """One thing that has fallen due: which command, for what, and when it was due."""

    key: str
    command: str
    at: datetime
    data: dict[str, Any]

    @property
    def target(self) -> str:
        """What it is about, as canonical JSON."""
        return dumps(self.data, sort_keys=True, separators=(",", ":"))


def due(connection: psycopg.Connection, now: datetime) -> list[DueRequest]:
    """What is due at `now` and was not asked for yet, the oldest first."""
    if not serving(connection, (AGENDA,)):
        return []  # the agenda is being built for this version
    found = list(_agenda(connection, now))
    asked = set(
        connection.execute(
            "SELECT agenda_key, command, due_at, target FROM work.asked WHERE agenda_key = ANY(%s)",
            ([one.key for one in found],),
        )
    )
    still = [one for one in found if _name(one) not in asked]
    return sorted(still, key=lambda one: (one.at, one.key))


def _agenda(connection: psycopg.Connection, now: datetime) -> Iterator[DueRequest]:
    query = SQL("SELECT key, row::text FROM {} WHERE (row->>'next_at')::timestamptz <= %s").format(
        view(AGENDA.name)
    )
    for key, text in connection.execute(query, (now,)):
        for entry in AGENDA.row.model_validate_json(text).due:
            if entry.at <= now:
                yield DueRequest(key, entry.command, entry.at, dict(entry.data))


def _name(one: DueRequest) -> tuple[str, str, datetime, str]:
    return one.key, one.command, one.at, one.target


def remember(connection: psycopg.Connection, one: DueRequest, answer: str, now: datetime) -> None:
    """It was asked for and answered; it is not asked for again."""
    connection.execute(
        "INSERT INTO work.asked (agenda_key, command, due_at, target, answer, asked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (*_name(one), answer, now),
    )


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Look at the agenda again and again, until `stop`."""
    own = station.engines.programme[WORKER]
    agenda, rest = KeptConnection(own), Rest(own, WORKER)
    try:
        async with connection_of(WORKER, station.engines.nats[WORKER]) as client:
            while not stop.is_set():
                resting = await asyncio.to_thread(rest.must_rest)
                ready.set() if client.is_connected else ready.clear()
                station.wake.clear()  # before the look: a clock that moves meanwhile wakes again
                if not resting:
                    await _look(agenda, client, station.clock.now())
                await _wait(stop, station.wake)
    finally:
        await asyncio.to_thread(agenda.close)
        await asyncio.to_thread(rest.close)


async def _look(agenda: KeptConnection, client: Client, now: datetime) -> None:
    """Ask for all that is due. What is not answered is asked for again at the next look: all the
    rest if the door is busy, one alone if it fails.
    """
    for one in await asyncio.to_thread(_due, agenda, now):
        named = CommandId.derived(one.at, WORKER, one.key, one.command, one.target)
        reply = await ask(client, one.command, as_system(WORKER, named, one.data))
        if reply.status in ("busy", "failed"):
            logger.warning("scheduler.postponed", command=one.command, status=reply.status)
            if reply.status == "busy":
                return
            continue
        answer = reply.code or reply.status
        logger.info("scheduler.asked", command=one.command, answer=answer)
        await asyncio.to_thread(_remember, agenda, one, answer, now)


def _due(agenda: KeptConnection, now: datetime) -> list[DueRequest]:
    with agenda.used() as connection:
        return due(connection, now)


def _remember(agenda: KeptConnection, one: DueRequest, answer: str, now: datetime) -> None:
    with agenda.used() as connection:
        remember(connection, one, answer, now)


async def _wait(stop: asyncio.Event, wake: asyncio.Event) -> None:
    """Until it is time to look again, or somebody moved the clock, or we are to stop."""
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(wake.wait())]
    await asyncio.wait(waiting, timeout=EVERY, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
