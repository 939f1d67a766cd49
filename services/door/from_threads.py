"""How a worker asks the door from its threads, while its event loop talks to the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import BusAddress
from services.stream.connections import connected

Ask = Callable[[str, dict[str, Any]], Reply]
"""Asks for a command by its name, with its body; called from a thread."""


@asynccontextmanager
async def asking(worker: str, url: BusAddress) -> AsyncIterator[Ask]:
    """How a worker asks, as long as this lasts; connected at the first question, and anew if the
    bus has closed for good, as it does after a refused password.
    """
    client, loop = None, asyncio.get_running_loop()

    async def asked(name: str, body: dict[str, Any]) -> Reply:
        nonlocal client
        if client is None or client.is_closed:
            client = await connected(worker, url)
        return await ask(client, name, body, worker=worker)

    def from_a_thread(name: str, body: dict[str, Any]) -> Reply:
        return asyncio.run_coroutine_threadsafe(asked(name, body), loop).result()

    try:
        yield from_a_thread
    finally:
        if client is not None:
            await client.close()
