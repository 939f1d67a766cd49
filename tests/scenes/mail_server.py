"""A mail server of the test's own, that takes messages, refuses them or goes away."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

TAKEN = "250 OK"
FOR_NOW = "451 Please try again later"
FOR_GOOD = "550 Nobody is known here by this name: ada@example.org"
GONE = "gone"
PASSWORD = "the right one"


class MailServer:
    """`answers` are given one after the other, at the text of each message; then TAKEN.

    `at_sender` and `at_recipient` are the answers to who it is from and for. `passwords` are all
    that anybody has said, and `PASSWORD` is right. One of `seven_bits` offers no 8BITMIME, and
    takes no more.
    """

    def __init__(
        self,
        *answers: str,
        at_recipient: str = TAKEN,
        at_sender: str = TAKEN,
        seven_bits: bool = False,
    ) -> None:
        self._answers, self._at_recipient = list(answers), at_recipient
        self._at_sender = at_sender
        self._seven_bits = seven_bits
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []
        self.bytes: list[bytes] = []
        self.seen = 0
        self.port = 0
        self.encrypted: list[bool] = []
        self.passwords: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def knows(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: LoginPassword
    ) -> AuthResult:
        """Whether whoever wants to log in knows the password."""
        self.passwords.append(said.password)
        return AuthResult(success=said.password == PASSWORD.encode(), handled=False)

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd looks for
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [one for one in responses if not (self._seven_bits and "8BITMIME" in one)]

    async def handle_MAIL(  # noqa: N802 - as above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.senders.append(address)
        envelope.mail_options.extend(options)
        return self._at_sender

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._at_recipient

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.seen += 1
        self.encrypted.append(session.ssl is not None or _is_encrypted(server))
        answer = self._answers.pop(0) if self._answers else TAKEN
        if answer == GONE:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return TAKEN  # nobody hears it any more
        if answer == TAKEN:
            assert isinstance(envelope.content, bytes)
            assert not self._seven_bits or envelope.content.isascii()
            self.bytes.append(envelope.content)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            assert envelope.rcpt_tos == [message["To"].addresses[0].addr_spec]
            self.taken.append(message)
        return answer


def _is_encrypted(server: SMTP) -> bool:
    transport = server.transport
    return transport is not None and transport.get_extra_info("ssl_object") is not None


@contextmanager
def mail_server(
    server: MailServer,
    *,
    starttls: ssl.SSLContext | None = None,
    from_the_start: ssl.SSLContext | None = None,
    takes_passwords: bool = True,
) -> Iterator[MailServer]:
    """It runs, and encrypts in one of the two ways if it is given what that needs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = probe.getsockname()[1]
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        tls_context=starttls,
        ssl_context=from_the_start,
        authenticator=server.knows,
        auth_require_tls=starttls is not None,
        auth_exclude_mechanism=() if takes_passwords else ("LOGIN", "PLAIN"),
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
