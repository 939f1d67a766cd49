"""Where letters go: to a mail server, or as files into a folder; those to ring or post always to
the folder, for somebody of the team.
"""

import smtplib
import ssl
from contextlib import closing
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from services.files import private_folder, write_whole
from services.notices.letters import Letter

TIMEOUT = 20.0
NOT_DONE, FOR_GOOD = 300, 500  # reply codes from which a server refuses (RFC 5321, 4.2.1)


class Unsent(RuntimeError):
    """The mail server did not take a message, and says so: it can be tried again."""


class Away(Unsent):
    """There is no mail server to take any message now."""


class Undeliverable(RuntimeError):
    """The mail server will never take this message, for this address say."""


class Unconfirmed(RuntimeError):
    """A message was handed over and no answer came: it may have been sent."""


class Post(Protocol):
    """Takes e-mails."""

    def send(self, message: EmailMessage) -> None:
        """Raises Unsent, Away, Undeliverable or Unconfirmed."""


class EmlFiles:
    """E-mails as `.eml` files that any mail program opens; the same message is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Written whole or not at all."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        _keep(self._folder / f"{name}.eml", message.as_bytes())


class Smtp:
    """E-mails to a mail server, one connection each, encrypted if the server offers it."""

    def __init__(self, url: str) -> None:
        """`smtp://user:password@host:port` or `smtps://…`; user and password may be left out."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("LT_SMTP_URL must look like smtp://user:password@host:587")
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        """Raises as `Post`: Unconfirmed only if the connection was lost once the text had begun."""
        (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
        with closing(self._connected()) as server:
            try:
                _must_take(*server.mail(sender.addr_spec))
                _must_take(*server.rcpt(recipient.addr_spec))
            except (OSError, smtplib.SMTPServerDisconnected) as error:
                raise Away("the mail server went away before the message") from error
            try:
                _must_take(*server.data(message.as_bytes(policy=SMTP)))
            except smtplib.SMTPDataError as error:
                raise _refusal(error.smtp_code) from error
            except (OSError, smtplib.SMTPServerDisconnected) as error:
                raise Unconfirmed("no answer after the message was handed over") from error

    def _connected(self) -> smtplib.SMTP:
        try:
            server = self._opened()
        except (OSError, smtplib.SMTPException) as error:
            raise Away(f"the mail server can't be reached ({type(error).__name__})") from error
        try:
            self._introduce(server)
        except (OSError, smtplib.SMTPException) as error:
            server.close()
            raise Away(f"the mail server does not let us in ({type(error).__name__})") from error
        return server

    def _opened(self) -> smtplib.SMTP:
        if self._secure:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)

    def _introduce(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if self._user:
            server.login(self._user, self._password)


def _must_take(code: int, _said: bytes) -> None:
    """What a reply says beside its code may name people, so it is not kept."""
    if code >= NOT_DONE:
        raise _refusal(code)


def _refusal(code: int) -> Unsent | Undeliverable:
    if code >= FOR_GOOD:
        return Undeliverable(f"the mail server refused it for good ({code})")
    return Unsent(f"the mail server refused it for now ({code})")


def for_staff(folder: Path, letter: Letter, name: str) -> None:
    """A page for somebody of the team, who rings the person or sends them a letter."""
    target = folder / str(letter.channel)
    head = f"{letter.channel.value}: {letter.name}, {letter.address or 'no number given'}"
    _keep(target / f"{name}.txt", f"{head}\n{letter.subject}\n\n{letter.body}".encode())


def _keep(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all, for its owner alone; Away if it can't be."""
    try:
        write_whole(private_folder(path.parent) / path.name, content)
    except OSError as error:
        raise Away(f"the folder {path.parent.name} can't be written ({error.strerror})") from error
