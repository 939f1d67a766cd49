"""Whether a worker can work, looked at again and again; an engine that is frozen says nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog
from nats.aio.client import Client

from services.patience import stopped

LOOK: Final = 1.0  # seconds between two looks
PATIENCE: Final = 10.0  # seconds for an answer, until the database counts as away
logger = structlog.get_logger()


@contextmanager
def cleared_if_late(ready: asyncio.Event) -> Iterator[None]:
    """`ready` is cleared if this lasts longer than the database may take for an answer."""
    late = asyncio.get_running_loop().call_later(PATIENCE, ready.clear)
    try:
        yield
    finally:
        late.cancel()


async def kept_ready(
    worker: str,
    client: Client,
    works: Callable[[], Awaitable[bool]],
    ready: asyncio.Event,
    stop: asyncio.Event,
) -> None:
    """Until `stop`, keep `ready` set while both engines are there, and `works` says so: it looks at
    the database, and raises psycopg.Error if that is away.

    Raises ConnectionError if the connection to the bus was closed for good.
    """
    while not stop.is_set():
        try:
            with cleared_if_late(ready):
                there = await works() and client.is_connected
        except psycopg.Error:
            there = False
        if client.is_closed:  # for good, as after a refused seed
            raise ConnectionError(f"the connection of {worker} to the bus was closed")
        if there is not ready.is_set():
            logger.info("worker.ready" if there else "worker.waiting", worker=worker)
        ready.set() if there else ready.clear()
        await stopped(stop, LOOK)
