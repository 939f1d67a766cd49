"""Notices that the event loop is stuck, from a thread of its own, and ends the process.

A frozen loop answers nobody and heals nothing, and what it holds can't be trusted; a supervisor,
or whoever starts us, begins anew, and nothing that was answered is lost.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from traceback import extract_stack
from types import FrameType
from typing import Final, Self

import structlog

EVERY: Final = 1.0  # seconds between two signs of life
PATIENCE: Final = 60  # signs in a row that fail to come until the loop counts as stuck
LATE: Final = 5  # signs in a row that fail to come until it is said
STUCK: Final = 70  # the exit code (EX_SOFTWARE)
logger = structlog.get_logger()


def _end() -> None:
    os._exit(STUCK)


class Watchdog:
    """Asks the running loop for a sign of life every second, as long as the `with` lasts.

    It counts its own waits and not the clock, so a process or machine that was suspended is not
    taken for a stuck one.
    """

    def __init__(
        self, *, every: float = EVERY, patience: int = PATIENCE, end: Callable[[], None] = _end
    ) -> None:
        self._every, self._patience, self._end = every, patience, end
        self._over = threading.Event()
        self._alive = threading.Event()
        self._missed = 0

    def __enter__(self) -> Self:
        loop, watched = asyncio.get_running_loop(), threading.get_ident()
        threading.Thread(
            target=self._watch, args=(loop, watched), name="watchdog", daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def alive(self) -> bool:
        """Whether the loop has given a sign of life of late."""
        return self._missed < LATE

    def _watch(self, loop: asyncio.AbstractEventLoop, watched: int) -> None:
        while not self._over.is_set() and not loop.is_closed():
            self._alive.clear()
            loop.call_soon_threadsafe(self._alive.set)
            self._over.wait(self._every)
            self._missed = 0 if self._alive.is_set() else self._missed + 1
            if self._missed >= self._patience:
                frame = sys._current_frames().get(watched)  # noqa: SLF001 - the documented way
                logger.critical("watchdog.stuck", where=_where(frame))
                self._end()
                return


def end_within(seconds: float, end: Callable[[], None] = _end) -> None:
    """See to it that this process ends though a thread of it never comes back, whose work is
    rolled back then.
    """

    def ending() -> None:
        logger.critical("watchdog.not-stopped", threads=[one.name for one in threading.enumerate()])
        end()

    timer = threading.Timer(seconds, ending)
    timer.daemon = True
    timer.start()


def _where(frame: FrameType | None) -> list[str]:
    """What the loop's thread is doing: places in the code, without a value."""
    if frame is None:
        return []
    return [f"{Path(one.filename).name}:{one.lineno}" for one in extract_stack(frame)[-12:]]
