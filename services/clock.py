"""The one place where time comes from, so that a demonstration or a test can set it."""

from datetime import UTC, datetime
from threading import Lock
from typing import Protocol


class Clock(Protocol):
    """Tells the time: aware, in UTC."""

    def now(self) -> datetime:
        """The moment."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, by the machine."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved; it moves forward only."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = Lock()

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment`, unless that is in the past."""
        with self._lock:
            self._now = max(self._now, moment)
