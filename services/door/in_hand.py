"""Requests that are seen to at one time, each in a task of its own, so that nobody waits behind
another one.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


class InHand:
    """Those that are seen to at this moment, and how many bytes they have together."""

    def __init__(self, many: int, room: int) -> None:
        """`many` requests of `room` bytes together are the most."""
        self._many, self._room = many, room
        self._tasks = set[asyncio.Task[None]]()
        self.bytes = 0
        """Of the requests, with their headers."""

    def has_room(self, size: int) -> bool:
        """Whether one of `size` bytes may come."""
        return len(self._tasks) < self._many and self.bytes + size <= self._room

    def see_to(self, work: Coroutine[Any, Any, None], size: int) -> None:
        """Begin with a request of `size` bytes, and wait for nothing."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self.bytes += size
        task.add_done_callback(partial(self._done, size))

    def _done(self, size: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.bytes -= size

    async def empty(self) -> None:
        """Return when all of them are done with."""
        if self._tasks:
            await asyncio.wait(self._tasks)


class OfEach:
    """How much of each one is in hand at this moment, and of all together."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def of(self, who: str) -> int:
        """How much of one."""
        return self._counts[who]

    def of_all(self) -> int:
        """How much of all together."""
        return self._counts.total()

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """One more of somebody, as long as this lasts; nothing is kept of whoever has none."""
        self._counts[who] += 1
        try:
            yield
        finally:
            self._counts[who] -= 1
            if not self._counts[who]:
                del self._counts[who]
