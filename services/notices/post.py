"""Where letters go: to a mail server, or as files into a folder; those to ring or post always to
the folder, for somebody of the team.
"""

import re
import smtplib
from collections.abc import Callable
from contextlib import closing
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol

from events.terms import Channel
from services.engines.wires import trusting
from services.files import UntrustedFile, private_folder, write_whole
from services.notices.bounded import Bound
from services.notices.mail_host import CA_FILE, MailHost, what_is_wrong
from services.notices.office import mailbox_in
from services.settings import Settings

TIMEOUT: Final = 20.0  # seconds for each answer
LONGEST: Final = 30.0  # seconds for the whole conversation about one message
WENT_AWAY: Final = "the mail server went away before the message"
NO_ANSWER: Final = "no answer after the message was handed over"
TOO_SLOW: Final = "the mail server took longer than {seconds:g} seconds to come to the message"
NOT_FROM_US: Final = "the mail server takes no letters from {setting} ({code})"
GO_ON: Final = 354  # the answer to DATA (RFC 5321, 4.2.3)
END: Final = b".\r\n"  # with which a message is handed over (RFC 5321, 4.1.1.4)
DONE, NOT_DONE, FOR_GOOD = 200, 300, 500  # reply codes, from that on (RFC 5321, 4.2.1)


class Unsent(RuntimeError):
    """The mail server did not take a message, and says so: it can be tried again."""


class Away(Unsent):
    """There is no mail server to take any message now."""


class Undeliverable(RuntimeError):
    """The mail server will never take this message, for this address say."""


class Unconfirmed(RuntimeError):
    """A message was handed over and no answer came: it may have been sent."""


def nobody_asks() -> None:
    """Of a message of which nobody keeps whether it was handed over."""


class Post(Protocol):
    """Takes e-mails."""

    def send(
        self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks, /
    ) -> None:
        """Raises Unsent, Away, Undeliverable or Unconfirmed.

        `handing_over` is called right before the last byte without which nobody has the message: if
        it was not called, or has raised something, nobody can have it.
        """


class EmlFiles:
    """E-mails as `.eml` files that any mail program opens; the same message is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(
        self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks, /
    ) -> None:
        """Written whole or not at all."""
        name = stem(str(message["Message-ID"]))
        handing_over()
        _keep(
            self._folder / f"{name}.eml",
            message.as_bytes(policy=message.policy.clone(linesep="\n")),
        )


class Smtp:
    """E-mails to a mail server, one connection each, encrypted unless `MailHost` allows it."""

    def __init__(
        self, url: str, authority: Path | None = None, returns: Address | None = None
    ) -> None:
        """`url` as `MailHost` reads it; `authority` is a file with the certificates to trust, those
        that the system trusts if None. What can't be delivered goes back to `returns`, or to who a
        message is from. Raises WrongSetting if one of the first two is wrong.
        """
        self._host, self._trusted = MailHost.at(url), trusting(authority, CA_FILE)
        self._returns = returns

    def send(
        self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks, /
    ) -> None:
        """Raises as `Post`: Unconfirmed only if the whole message was handed over."""
        with Bound(LONGEST) as bound, closing(self._connected(bound)) as server:
            try:
                _say(server, message, self._returns)
            except (OSError, Unsent, Undeliverable) as error:
                if bound.is_over or isinstance(error, OSError):
                    raise _gone(bound, WENT_AWAY) from error
                raise
            if bound.is_over:  # the last answer was cut off
                raise _gone(bound, WENT_AWAY)
            handing_over()
            try:
                server.send(END)
                code, said = server.getreply()
            except OSError as error:
                raise Unconfirmed(NO_ANSWER) from error
            if code < DONE or bound.is_over:
                raise Unconfirmed(NO_ANSWER)
            _must_take(code, said)

    def _connected(self, bound: Bound) -> smtplib.SMTP:
        try:
            return self._host.opened(self._trusted, TIMEOUT, bound)
        except OSError as error:
            raise _gone(bound, what_is_wrong(error)) from error
        except ValueError as error:  # what was said to a password can't be read
            raise Away("the mail server says what is no SMTP") from error


def post_for(settings: Settings, outbox: Path) -> Post:
    """Where e-mails go; WrongSetting if what is said of it is wrong."""
    return smtp_for(settings) or EmlFiles(outbox)


def smtp_for(settings: Settings) -> Smtp | None:
    """The mail server, if one is named; WrongSetting if what is said of it is wrong."""
    if not settings.smtp_url:
        return None
    returns = mailbox_in("returns_to", settings.returns_to) if settings.returns_to else None
    return Smtp(settings.smtp_url, settings.smtp_ca_file, returns)


def _gone(bound: Bound, otherwise: str) -> Away:
    return Away(TOO_SLOW.format(seconds=bound.seconds) if bound.is_over else otherwise)


def _say(server: smtplib.SMTP, message: EmailMessage, returns: Address | None) -> None:
    """All of a message but its end, without which the server does not have it."""
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    code, _ = server.mail((returns or sender).addr_spec)
    if code >= FOR_GOOD:  # it does not want us, whoever the message is for
        setting = "LT_RETURNS_TO" if returns else "LT_SENDER"
        raise Away(NOT_FROM_US.format(setting=setting, code=code))
    _must_take(code, b"")
    _must_take(*server.rcpt(recipient.addr_spec))
    code, _ = server.docmd("DATA")
    if code != GO_ON:
        raise _refusal(code)
    text = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    server.send(text if text.endswith(b"\r\n") else text + b"\r\n")


def _must_take(code: int, _said: bytes) -> None:
    """What a reply says beside its code may name people, so it is not kept."""
    if not DONE <= code < NOT_DONE:
        raise _refusal(code)


def _refusal(code: int) -> Unsent | Undeliverable:
    if code < DONE:
        return Away("the mail server says what is no SMTP")
    if code >= FOR_GOOD:
        return Undeliverable(f"the mail server refused it for good ({code})")
    return Unsent(f"the mail server refused it for now ({code})")


def for_staff(folder: Path, channel: Channel, named: str, page: str) -> None:
    """A page for somebody of the team, who rings the person or sends them a letter; `named` is as a
    message's id.
    """
    _keep(folder / channel.value / f"{stem(named)}.txt", page.encode())


def stem(message_id: str) -> str:
    """What a message's id begins with, by which it is known here."""
    return message_id.strip("<>").partition("@")[0]


def _keep(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all, for its owner alone; Away if it can't be."""
    try:
        write_whole(private_folder(path.parent) / path.name, content)
    except OSError as error:
        raise Away(f"the folder {path.parent.name} can't be written ({error.strerror})") from error
    except UntrustedFile as problem:
        raise Away(str(problem)) from problem
