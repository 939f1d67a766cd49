"""Workers at work on engines of the test's own: started, waited for, stopped; and a log to read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from inspect import isawaitable

import psycopg
from nats.aio.client import Client

from events.catalogue import Recorded
from events.envelope import HEAD_BYTES, encode, head_of
from events.event import Event
from services.crew import STREAM
from services.engines.addresses import BusAddress, Engines
from services.log.log import Stored, document_at, turn, write
from services.process.station import Serve, Station
from services.stream.connections import connected


@asynccontextmanager
async def at_work(serve: Serve, station: Station, *, waited: bool = True) -> AsyncIterator[None]:
    """A worker from when it takes work (if `waited` for) until it has stopped as on a signal."""
    ready, stop = asyncio.Event(), asyncio.Event()
    if not waited:
        ready.set()
    working = asyncio.ensure_future(serve(station, ready, stop))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    try:
        if working.done():
            working.result()
        yield
    finally:
        waiting.cancel()
        stop.set()
        await working


def named(address: BusAddress) -> dict[str, str]:
    """An address of the bus as it stands in the environment of a process."""
    found = {
        "LT_NATS_URL": address.url,
        "LT_NATS_SEED": address.seed,
        "LT_NATS_CA_FILE": address.authority and str(address.authority),
    }
    return {name: value for name, value in found.items() if value}


@asynccontextmanager
async def client_of(engines: Engines, user: str = "owner") -> AsyncIterator[Client]:
    client = await connected(user, engines.nats[user])
    try:
        yield client
    finally:
        await client.close()


async def eventually(
    condition: Callable[[], object | Awaitable[object]], seconds: float = 20
) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = condition()
        if await found if isawaitable(found) else found:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not come about"
        await asyncio.sleep(0.01)


async def last_in_stream(client: Client) -> int:
    return (await client.jetstream().stream_info(STREAM)).state.last_seq


def recorded_in(engines: Engines, rows: Iterable[Stored]) -> list[Stored]:
    """The log takes these rows at its head, whatever position they bear."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection, turn(connection) as my:
        placed, before = [], document_at(connection, my.head) or b""
        for position, row in enumerate(rows, my.head + 1):
            before = _not_before(row.document, before)
            placed.append(row._replace(position=position, document=before))
        write(my, placed)
    return placed


def _not_before(document: bytes, before: bytes) -> bytes:
    """The same, recorded when the one before it was if it was recorded earlier."""
    when = slice(HEAD_BYTES - 29, HEAD_BYTES - 2)
    if len(before) < HEAD_BYTES or document[when] >= before[when]:
        return document
    return document[: when.start] + before[when] + document[when.stop :]


def stored(answer: Recorded[Event]) -> Stored:
    """A recorded fact as a row of the log, in the bytes it had."""
    envelope = answer.envelope
    head = head_of(envelope.position, envelope.previous, envelope.recorded)
    return Stored(
        position=envelope.position,
        type=envelope.type,
        tags=[*answer.event.tags(), envelope.origin.command_id],
        document=head + encode(answer.event, envelope.id, envelope.origin),
    )


def end_connections(engines: Engines, role: str) -> None:
    """End the connections of a role to the test's database, as a restart of the server would."""
    with psycopg.connect(engines.programme[role], autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
