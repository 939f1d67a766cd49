"""Engines that outlived their supervisor for a moment: known by proof, never by a pid alone."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

logger = structlog.get_logger()

LEAVING = 30.0  # seconds a stray has to end by itself, and again after it was told to


def mark(folder: Path) -> str:
    """What stands in the command line of every engine that works in `folder`, and of no other.

    The folder's inode rather than its path, which may be renamed, long or relative.
    """
    status = folder.stat()
    return f"leading-together-{status.st_dev:x}-{status.st_ino:x}"


@dataclass(frozen=True)
class Strays:
    """The processes of one kind of engine (`binary`: its file's name) that bear a mark."""

    binary: str
    mark: str

    def pids(self) -> list[int]:
        """Those now alive; somebody who only searches for the mark is not among them."""
        return [pid for pid in _pids() if self._is_one(pid)]

    def wake(self) -> None:
        """Let those go on that somebody has frozen: only then do they hear that they are to end."""
        self._tell(signal.SIGCONT, self.pids())

    def clear(self, farewell: signal.Signals, patience: float = LEAVING) -> None:
        """Return when there is none any more.

        A dead supervisor's engines have been told to stop by the kernel, so they get time first,
        then their orderly `farewell`, and only then the signal that can't be refused.
        """
        self.wake()
        if self._gone(patience):
            return
        self._tell(farewell, [pid for pid in self.pids() if self._leads(pid)])
        if not self._gone(patience):
            self._tell(signal.SIGKILL, self.pids())
            self._gone(patience)

    def _gone(self, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while pids := self.pids():
            if time.monotonic() > deadline:
                logger.warning("engine.stray", engine=self.binary, pids=pids)
                return False
            time.sleep(0.02)
        return True

    def _is_one(self, pid: int) -> bool:
        return self.mark in _read(pid, "cmdline") and _read(pid, "comm").strip() == self.binary

    def _leads(self, pid: int) -> bool:
        """Whether it is the engine itself: PostgreSQL's parts call themselves `postgres: …`."""
        return Path(_read(pid, "cmdline").split("\0")[0]).name == self.binary

    def _tell(self, what: signal.Signals, pids: list[int]) -> None:
        """Signal them through handles, which can't come to mean another process meanwhile."""
        for pid in pids:
            try:
                handle = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            try:
                if self._is_one(pid):
                    signal.pidfd_send_signal(handle, what)
            except ProcessLookupError:
                continue
            finally:
                os.close(handle)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())


def _read(pid: int, name: str) -> str:
    """A file of /proc about a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""
