"""A mail server of the test's own, that takes messages, refuses them or goes away."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"
FOR_NOW = "451 Please try again later"
FOR_GOOD = "550 Nobody is known here by this name: ada@example.org"
GONE = "gone"


class MailServer:
    """`answers` are given one after the other, at the text of each message; then TAKEN.

    `at_recipient` is the answer to who the message is for.
    """

    def __init__(self, *answers: str, at_recipient: str = TAKEN) -> None:
        self._answers, self._at_recipient = list(answers), at_recipient
        self.taken: list[EmailMessage] = []
        self.seen = 0
        self.url = ""

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._at_recipient

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.seen += 1
        answer = self._answers.pop(0) if self._answers else TAKEN
        if answer == GONE:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return TAKEN  # nobody hears it any more
        if answer == TAKEN:
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            assert envelope.rcpt_tos == [message["To"].addresses[0].addr_spec]
            self.taken.append(message)
        return answer


@contextmanager
def mail_server(server: MailServer) -> Iterator[MailServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    server.url = f"smtp://127.0.0.1:{port}"
    try:
        yield server
    finally:
        controller.stop()
