"""The server of the mailbox into which letters come back: how it is named, and that it is that one
we speak to (IMAP, RFC 9051).

A user and a password go over an encrypted connection to a server whose certificate is its own, or
not at all. A conversation ends in time, whatever the server says.
"""

import imaplib
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from socket import socket
from typing import Final, Self

from services.engines.wires import what_is_wrong_with
from services.notices.bounces import LARGEST
from services.notices.bounded import Bound
from services.notices.servers import server_at
from services.settings import WrongSetting

PORTS: Final = {"imap": 143, "imaps": 993}
FORM: Final = (
    "LT_IMAP_URL must look like imaps://user:password@host/Folder (TLS from the start) or"
    " imap://user:password@host (STARTTLS); without a folder it is INBOX. What is no letter or"
    " digit is written as in every URL: %40 for @, %2F for /."
)
CA_FILE: Final = "LT_IMAP_CA_FILE"
FOLDER: Final = re.compile(r"[A-Za-z0-9 ._/&+,-]{1,200}")
WORD: Final = re.compile(r"[!-~]{1,500}")
"""A user or a password: what goes to every server as it is."""
TIMEOUT: Final = 10.0  # seconds for each answer


class _InTime:
    """A conversation that ends in time, in which no answer is longer than what is asked for."""

    bound: Bound

    def read(self, size: int) -> bytes:
        """So many bytes, which the server says will come."""
        if size > 2 * LARGEST:
            raise imaplib.IMAP4.abort("it says more than was asked for")
        found: bytes = super().read(size)  # type: ignore[misc]  # imaplib's own
        return found


class PlainMailbox(_InTime, imaplib.IMAP4):
    """A conversation that begins in the clear."""

    def __init__(self, host: str, port: int, bound: Bound) -> None:
        self.bound = bound
        super().__init__(host, port, TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket:
        line: socket = super()._create_socket(timeout)  # type: ignore[misc]  # imaplib's own
        self.bound.holds(line)
        return line


class TlsMailbox(_InTime, imaplib.IMAP4_SSL):
    """A conversation that is encrypted from the start."""

    def __init__(self, host: str, port: int, trusted: ssl.SSLContext, bound: Bound) -> None:
        self.bound, self._trusted = bound, trusted
        super().__init__(host, port, ssl_context=trusted, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket:
        line: socket = imaplib.IMAP4._create_socket(self, timeout)  # type: ignore[attr-defined]  # noqa: SLF001 - as IMAP4_SSL does
        self.bound.holds(line)  # its handshake is bounded as well
        return self._trusted.wrap_socket(line, server_hostname=self.host)


@dataclass(frozen=True)
class MailboxHost:
    """A mailbox as `LT_IMAP_URL` names it."""

    host: str
    port: int
    from_the_start: bool
    folder: str
    user: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def at(cls, url: str) -> Self:
        """`imaps://user:password@host/Folder` or `imap://…`; WrongSetting, which does not repeat
        it, if it is neither.
        """
        server = server_at(url, PORTS, FORM)
        folder = server.path or "INBOX"
        known = WORD.fullmatch(server.user) and WORD.fullmatch(server.password)
        if not (known and FOLDER.fullmatch(folder)):
            raise WrongSetting(FORM)
        return cls(
            host=server.host,
            port=server.port,
            from_the_start=server.scheme == "imaps",
            folder=folder,
            user=server.user,
            password=server.password,
        )

    def opened(self, trusted: ssl.SSLContext, bound: Bound) -> imaplib.IMAP4:
        """A conversation with the mailbox, encrypted. Raises OSError or imaplib.IMAP4.error."""
        server = (
            TlsMailbox(self.host, self.port, trusted, bound)
            if self.from_the_start
            else PlainMailbox(self.host, self.port, bound)
        )
        try:
            self._introduce(server, trusted)
        except BaseException:
            with suppress(OSError):  # its line may be closed by now
                server.shutdown()
            raise
        return server

    def _introduce(self, server: imaplib.IMAP4, trusted: ssl.SSLContext) -> None:
        if not self.from_the_start:
            if "STARTTLS" not in server.capabilities:
                raise imaplib.IMAP4.error("it offers no encryption")
            server.starttls(trusted)
        server.login(_quoted(self.user), self.password)  # which it quotes itself


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def what_is_wrong(error: Exception) -> str:
    """Why the mailbox can't be read, and what to do. What a server says may name people, so nothing
    of it is repeated.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return what_is_wrong_with(
            error, whose="the mailbox server's", url="LT_IMAP_URL", file=CA_FILE
        )
    if isinstance(error, imaplib.IMAP4.abort):
        return "the mailbox server went away"
    if isinstance(error, imaplib.IMAP4.error):
        return (
            "the mailbox server refuses the user, the password, the folder or encryption: put them"
            " right in LT_IMAP_URL"
        )
    return f"the mailbox can't be reached ({type(error).__name__})"
