"""A stream that is filled from a log, held against it, spoiled and made anew."""

import asyncio
from typing import Any

from nats.aio.client import Client
from nats.js.api import StreamInfo

from services.crew import STREAM
from services.engines.addresses import Engines
from services.log.log import Log, Stored
from services.process.station import Station
from services.stream.comparing import Verified, verify
from services.stream.rebuilding import Rebuilt, StreamRebuild
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream, recorded_in
from tests.scenes.credentials import PORTAL


def rows(number: int, first: int = 0) -> list[Stored]:
    """Events that tell each other apart by a number."""
    return [
        Stored(0, "workshop.booked.v1", ["a"], b'{"n":%d}' % n)
        for n in range(first, first + number)
    ]


async def verified(engines: Engines) -> Verified:
    log = Log(engines.programme["operator"], connections=1)
    try:
        async with client_of(engines, "operator") as client:
            return await verify(client, log)
    finally:
        await asyncio.to_thread(log.close)


async def rebuilt(engines: Engines, *, log_is_right: bool = False) -> Rebuilt:
    async with client_of(engines) as owner, client_of(engines, "relay") as filler:
        one = StreamRebuild(owner, filler, engines.programme["owner"], replicas=1)
        return await one.carry_out(log_is_right=log_is_right)


async def stray(engines: Engines, text: bytes = b"{}") -> None:
    async with client_of(engines, "relay") as client:
        await client.jetstream().publish("lt.event.workshop.booked", text)


async def copied(engines: Engines, here: Station, number: int) -> None:
    """The log and the stream have `number` events more."""
    async with client_of(engines) as client, at_work(relay.serve, here):
        before = await last_in_stream(client)
        recorded_in(engines, rows(number, before))
        await eventually(lambda: has(client, before + number))


async def has(client: Client, last: int) -> bool:
    return await last_in_stream(client) == last


async def stream_of(client: Client) -> StreamInfo:
    return await client.jetstream().stream_info(STREAM)


async def taken(subscriber: Client, number: int) -> list[tuple[int, Any]]:
    """What a subscriber takes from its consumer and acknowledges, one by one: sequence, bytes."""
    subscription = await subscriber.jetstream().pull_subscribe_bind(PORTAL, stream=STREAM)
    found = list[tuple[int, Any]]()
    while len(found) < number:
        for message in await subscription.fetch(number - len(found), 5):
            found.append((message.metadata.sequence.stream, message.data))
            await message.ack_sync()
    await subscription.unsubscribe()
    return found
