"""Looks out, beside what somebody does at the bus, for whether it answers and lets them.

A bus that is frozen takes whatever is sent to it, and one that refuses a right says so beside the
request, which then waits for its time-out. Whoever is in haste hears of either at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoServersError

from services.engines.faults import kind_of

LOOK: Final = 1.0  # seconds between two looks
PATIENCE: Final = 4  # seconds until a bus that does not answer counts as away


class Lookout:
    """Ends what goes on at the bus when that is of no use any more."""

    def __init__(self) -> None:
        self._fault: Exception | None = None
        self._limit: asyncio.Timeout | None = None

    async def hear(self, complaint: Exception) -> None:
        """What a client complains of beside its answers."""
        if kind_of(complaint).kind in ("refused", "unsafe"):
            self._end(complaint)

    @asynccontextmanager
    async def over(self, client: Client) -> AsyncIterator[None]:
        """As long as this lasts. Raises what is the matter, in the place of what it interrupted."""
        looking = asyncio.create_task(self._look(client))
        try:
            async with asyncio.timeout(None if self._fault is None else 0) as self._limit:
                yield
        except (TimeoutError, NatsError):
            if self._fault:
                raise self._fault from None
            raise
        finally:
            self._limit = None
            looking.cancel()

    async def _look(self, client: Client) -> None:
        try:
            while True:
                await asyncio.sleep(LOOK)
                await client.flush(PATIENCE)
        except (NatsError, OSError):
            self._end(NoServersError())

    def _end(self, fault: Exception) -> None:
        if self._fault is None:
            self._fault = fault
            if self._limit:
                self._limit.reschedule(0)
