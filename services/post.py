"""Where letters go: to a mail server, or as files into a folder; those to ring or post always to
the folder, for somebody of the team.
"""

import os
import smtplib
import ssl
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from services.letters import Letter

TIMEOUT = 20.0


class Unsent(RuntimeError):
    """The mail server did not take a message, and says so: it can be tried again."""


class Unconfirmed(RuntimeError):
    """A message was handed over and no answer came: it may have been sent."""


class Post(Protocol):
    """Takes e-mails."""

    def send(self, message: EmailMessage) -> None:
        """Raises Unsent or Unconfirmed."""


class Folder:
    """E-mails as `.eml` files that any mail program opens; the same message is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Written whole or not at all."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        write_whole(self._folder / f"{name}.eml", message.as_bytes())


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
        """Raises Unsent before the message is handed over, Unconfirmed if the answer is lost."""
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise Unsent(f"the mail server can't be reached ({type(error).__name__})") from error
        with closing(server):
            try:
                server.send_message(message)
            except (smtplib.SMTPServerDisconnected, TimeoutError) as error:
                raise Unconfirmed("no answer after the message was handed over") from error
            except smtplib.SMTPException as error:
                raise Unsent(f"the mail server refused it ({type(error).__name__})") from error

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self._user:
            server.login(self._user, self._password)
        return server


def for_staff(folder: Path, letter: Letter, name: str) -> None:
    """A page for somebody of the team, who rings the person or sends them a letter."""
    target = folder / str(letter.channel)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    head = f"{letter.channel.value}: {letter.name}, {letter.address or 'no number given'}"
    write_whole(target / f"{name}.txt", f"{head}\n{letter.subject}\n\n{letter.body}".encode())


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all, for its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    part.replace(path)
