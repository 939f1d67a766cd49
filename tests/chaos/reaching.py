"""How the fault run's clients reach the bus while it is frozen, cut or killed: again and again."""

import asyncio

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.engines.addresses import BusAddress
from services.stream.connections import connected

A_MOMENT = 0.2  # seconds


async def reached(url: BusAddress) -> Client:
    """A connection as a client, as soon as there is one to be had."""
    while True:
        try:
            return await connected("client", url)
        except (NatsError, OSError):
            await asyncio.sleep(A_MOMENT)
