"""Conversations with a mail server that end in time, whatever it says.

A time-out of a socket counts each read anew, so whoever says a little now and then is never late.
"""

import smtplib
from contextlib import suppress
from socket import SHUT_RDWR, socket
from ssl import SSLContext
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self


class Bound:
    """For how long a conversation may last, in seconds, from the beginning of the block on.

    When that time is over the connection is ended, and whoever reads or writes on it gets an
    OSError at once.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.is_over = seconds, False
        self._timer = Timer(seconds, self.end)
        self._timer.daemon = True
        self._lock = Lock()
        self._line: socket | None = None

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line:
                self._line.close()

    def holds(self, line: socket) -> None:
        """Of this connection, whatever it is wrapped in later."""
        with self._lock:
            self._line = line.dup()
            if self.is_over:
                self._hang_up()

    def end(self) -> None:
        """End the conversation now, as if its time were over."""
        with self._lock:
            self.is_over = True
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line:
            with suppress(OSError):  # it has ended by itself
                self._line.shutdown(SHUT_RDWR)


class _Bounded(smtplib.SMTP):
    bound: Bound

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        line = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # smtplib's own
        self.bound.holds(line)
        return line


class Plain(_Bounded):
    """A conversation that begins in the clear."""

    def __init__(self, bound: Bound, host: str, port: int, timeout: float) -> None:
        self.bound = bound
        super().__init__(host, port, timeout=timeout)


class Encrypted(smtplib.SMTP_SSL, _Bounded):  # in this order: its handshake is bounded as well
    """A conversation that is encrypted from the start."""

    def __init__(
        self, bound: Bound, host: str, port: int, timeout: float, trusted: SSLContext
    ) -> None:
        self.bound = bound
        super().__init__(host, port, timeout=timeout, context=trusted)
