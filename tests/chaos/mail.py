"""A mail server that keeps a record of all it has taken, and can be ill in several ways."""

import asyncio
from collections import Counter
from contextlib import suppress
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

WELL, NOT_NOW, SWALLOWS, TAKES_AND_GOES = "well", "not now", "swallows", "takes and goes"


class Mail:
    """`taken` counts each Message-ID; what was swallowed was never taken."""

    def __init__(self, port: int) -> None:
        self.port, self.mode = port, WELL
        self.taken: Counter[str] = Counter()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """At once, with all connections."""
        if self._controller:
            with suppress(AssertionError, RuntimeError):
                self._controller.stop()
        self._controller = None

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        named = str(message_from_bytes(envelope.content, policy=default)["Message-ID"])
        if self.mode == NOT_NOW:
            return "451 Please try again later"
        if self.mode != SWALLOWS:
            self.taken[named] += 1
        if self.mode in (SWALLOWS, TAKES_AND_GOES):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"
