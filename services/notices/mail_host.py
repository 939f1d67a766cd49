"""The mail server that letters are handed to: how it is named, and that it is that one we speak to.

A letter and a password go over an encrypted connection to a server whose certificate is its own, or
not at all. What somebody on the way leaves out of the server's greeting is missed, and not done
without. Only on this machine, or where it is asked for in so many words, may a letter go as it is.
"""

import smtplib
from dataclasses import dataclass, field
from ssl import SSLCertVerificationError, SSLContext, SSLError
from typing import Final, Self

from services.engines.wires import is_on_this_machine, what_is_wrong_with
from services.notices.bounded import Bound, Encrypted, Plain
from services.notices.servers import server_at
from services.settings import WrongSetting

IN_THE_CLEAR: Final = "smtp+unencrypted"
PORTS: Final = {"smtp": 25, "smtps": 465, IN_THE_CLEAR: 25}
FORM: Final = "LT_SMTP_URL must look like smtp://user:password@host:587 or smtps://host."
NEVER: Final = (
    f"LT_SMTP_URL: a password never goes over an unencrypted connection. Leave it out, or say"
    f" smtp:// or smtps:// for {IN_THE_CLEAR}://."
)
CA_FILE: Final = "LT_SMTP_CA_FILE"


class NoEncryption(smtplib.SMTPException):
    """The mail server offers no encryption, or somebody on the way has taken that away."""


SENTENCES: Final[tuple[tuple[type[OSError], str], ...]] = (
    (
        NoEncryption,
        (
            "the mail server offers no encryption (STARTTLS): name one in LT_SMTP_URL that does, or"
            f" say {IN_THE_CLEAR}:// there if nobody can listen on the way"
        ),
    ),
    (
        smtplib.SMTPAuthenticationError,
        "the mail server refused the user or the password: put them right in LT_SMTP_URL",
    ),
    (smtplib.SMTPResponseException, "the mail server does not let us in ({what})"),
    (smtplib.SMTPServerDisconnected, "the mail server does not let us in ({what})"),
    (
        smtplib.SMTPException,  # of who wants to log in, and can't
        (
            "the mail server takes no password that we could give: leave user and password out of"
            " LT_SMTP_URL, or name another port"
        ),
    ),
    (
        SSLError,
        (
            "the mail server does not speak TLS as LT_SMTP_URL has it: smtps:// is for port 465,"
            " smtp:// for 587 and 25"
        ),
    ),
    (OSError, "the mail server can't be reached ({what})"),
)
"""What each fault means, the first that it is one of; `what` is a reply's code, or its kind."""


@dataclass(frozen=True)
class MailHost:
    """A mail server as `LT_SMTP_URL` names it. `encrypted` without `from_the_start` is STARTTLS."""

    host: str
    port: int
    encrypted: bool
    from_the_start: bool
    user: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def at(cls, url: str) -> Self:
        """`smtp://…` (STARTTLS, but for this machine without a password), `smtps://…` (TLS from
        the start), `smtp+unencrypted://…`; WrongSetting, which does not repeat it, if it is none.
        """
        server = server_at(url, PORTS, FORM)
        known = bool(server.user or server.password)
        if server.scheme == IN_THE_CLEAR and known:
            raise WrongSetting(NEVER)
        on_this_machine = server.scheme == "smtp" and is_on_this_machine(server.host)
        return cls(
            host=server.host,
            port=server.port,
            encrypted=known or not (on_this_machine or server.scheme == IN_THE_CLEAR),
            from_the_start=server.scheme == "smtps",
            user=server.user,
            password=server.password,
        )

    def opened(self, trusted: SSLContext, timeout: float, bound: Bound) -> smtplib.SMTP:
        """A connection on which letters may go; `timeout` is for each read, `bound` for all.

        Raises OSError or smtplib.SMTPException.
        """
        server = (
            Encrypted(bound, self.host, self.port, timeout, trusted)
            if self.from_the_start
            else Plain(bound, self.host, self.port, timeout)
        )
        try:
            self._introduce(server, trusted)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, trusted: SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if self.encrypted and not self.from_the_start:
            if not server.has_extn("starttls"):
                raise NoEncryption
            server.starttls(context=trusted)  # all that was said before counts for nothing
            server.ehlo()
        if self.user:
            server.login(self.user, self.password)


def what_is_wrong(error: OSError) -> str:
    """Why no letter can be handed over, and what to do, in words that name nobody."""
    if isinstance(error, SSLCertVerificationError):
        whose = "the mail server's"
        return what_is_wrong_with(error, whose=whose, url="LT_SMTP_URL", file=CA_FILE)
    words = next(words for kind, words in SENTENCES if isinstance(error, kind))
    return words.format(what=getattr(error, "smtp_code", type(error).__name__))
