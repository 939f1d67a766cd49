"""Threads in which many have work done, and none so much at once that others find none free."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")
AT_ONCE: Final = 2  # threads that work for one person


class _Part:
    """The part of one person: so many places, and how many have one or wait for one."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self.users = 0


class FairThreads:
    """So many threads, of which only some work for one person at once. For one event loop."""

    def __init__(self, many: int) -> None:
        self._threads = ThreadPoolExecutor(many, thread_name_prefix="reading")
        self._parts: dict[str, _Part] = {}

    async def work(self, whose: str, what: Callable[..., T], *given: Any) -> T:
        """What comes of some work for a person, when one of their places is free.

        It is free again when its thread has ended, whether or not anybody waited so long.
        """
        part = self._parts.setdefault(whose, _Part())
        part.users += 1
        try:
            await part.places.acquire()
        except BaseException:
            self._leave(whose, part)
            raise
        loop = asyncio.get_running_loop()

        def ended(_: object) -> None:
            with suppress(RuntimeError):  # the loop may be closed before
                loop.call_soon_threadsafe(self._free, whose, part)

        try:
            working = self._threads.submit(what, *given)
        except BaseException:
            self._free(whose, part)
            raise
        working.add_done_callback(ended)
        return await asyncio.wrap_future(working)

    def _free(self, whose: str, part: _Part) -> None:
        part.places.release()
        self._leave(whose, part)

    def _leave(self, whose: str, part: _Part) -> None:
        part.users -= 1
        if not part.users:
            del self._parts[whose]

    def close(self) -> None:
        """Begin nothing more; what has begun comes to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
