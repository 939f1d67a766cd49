"""How long to wait, and how: pauses that grow, waits that a stop ends, progress on long work."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from random import random
from time import monotonic
from typing import Final

NO_END: Final = inf
Progress = Callable[[int, int], None]  # is called with how much of how much is done


def unseen(_done: int, _total: int) -> None:
    """The progress of what nobody looks on at."""


class _Haste:
    """Whether this process is in haste."""

    is_on = False


@contextmanager
def in_haste(*, wanted: bool = True) -> Iterator[None]:
    """As long as this lasts, nobody in this process waits more than seconds for an engine that
    gives no sign of life: people at the command line are told. Workers wait until it is back.
    """
    before, _Haste.is_on = _Haste.is_on, wanted
    try:
        yield
    finally:
        _Haste.is_on = before


def is_in_haste() -> bool:
    """Whether an engine that gives no sign of life is to be given up."""
    return _Haste.is_on


class Backoff:
    """Pauses between tries, each up to twice as long as the one before."""

    def __init__(self, first: float, longest: float, *, jitter: float = 0.0) -> None:
        """`first` and `longest` in seconds; `jitter` is the share of a pause that is left to
        chance, from 0 (none) to 1 (all of it), so that many who failed together part.
        """
        self._first, self._longest, self._jitter = first, longest, jitter
        self._next = first

    def pause(self) -> float:
        """Seconds to wait before the next try."""
        pause, self._next = self._next, min(2 * self._next, self._longest)
        return pause * (1 - self._jitter * random())  # noqa: S311 - not a secret

    def reset(self) -> None:
        """It went well: the next fault counts as the first."""
        self._next = self._first


def must_be_before(until: float) -> None:
    """TimeoutError once it is later than `until`, in seconds of the monotonic clock."""
    if monotonic() > until:
        raise TimeoutError("it took longer than anybody waits for it")


async def stopped(stop: asyncio.Event, seconds: float, wake: asyncio.Event | None = None) -> bool:
    """Wait for a stop, or until somebody wakes us, so many seconds at most; whether it has come."""
    waiting = [asyncio.create_task(one.wait()) for one in (stop, wake) if one]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
    return stop.is_set()
