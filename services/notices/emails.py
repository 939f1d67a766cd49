"""A letter as an e-mail: seven bits wide, so that every mail server passes it on as it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from textwrap import wrap
from typing import Final

from domain.notice import Appointment
from services.escaping import header
from services.notices.calendars import calendar, method_of
from services.notices.letters import Letter
from services.notices.mailboxes import mailbox
from services.notices.office import Office

IN_A_LINE: Final = 76  # characters
SHORT: Final = 30  # characters of a word, or of a name, that fit into any line


class SevenBits(EmailPolicy):
    """Writes subjects and names of any length in any letters. Python's own folding of long ones
    drops blanks between encoded words, and quotation marks; and it may cut a character in two.
    """

    def fold(self, name: str, value: str) -> str:
        """One header, in lines of at most 76 characters."""
        people: Sequence[Address] = getattr(value, "addresses", ())
        words = people[0].display_name if len(people) == 1 else str(value)
        plain = words.isascii() and max(map(len, words.split()), default=0) <= SHORT
        if name == "Subject" and plain:
            lines = wrap(words, IN_A_LINE - len("Subject: "), break_on_hyphens=False)
        elif people and not (plain and len(words) <= SHORT):
            lines = [self._encoded(name, words), f"<{people[0].addr_spec}>"]
        elif name == "Subject":
            lines = [self._encoded(name, words)]
        else:
            return str(super().fold(name, value))
        return f"{name}: {f'{self.linesep} '.join(lines)}{self.linesep}"

    def _encoded(self, name: str, words: str) -> str:
        """As words of RFC 2047, each of whole characters."""
        return Header(words, "utf-8", IN_A_LINE, name).encode(linesep=self.linesep)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same, as it goes out."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


WIRE: Final = SevenBits(
    message_factory=EmailMessage, cte_type="7bit", linesep="\r\n", max_line_length=IN_A_LINE
)
"""Nothing in it needs 8BITMIME (RFC 6152)."""


def as_email(letter: Letter, message_id: str, office: Office, now: datetime) -> EmailMessage:
    """The message as it goes out, with a calendar file for each appointment."""
    to = mailbox(letter.name, letter.address or "")
    message = EmailMessage(WIRE)
    message["From"] = office.sender
    message["To"] = to
    message["Reply-To"] = office.replies
    message["Subject"] = header(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="quoted-printable")
    for number, one in enumerate(_last_of_each(letter), 1):
        message.add_attachment(
            calendar(one, now, office, to),
            maintype="text",
            subtype="calendar",
            filename=f"workshop{'' if number == 1 else f'-{number}'}.ics",
            params={"method": method_of(one), "charset": "utf-8"},
        )
    return message


def message_id(said: Iterable[tuple[str, str, str, int]], office: Office) -> str:
    """Always the same for the same causes, people and templates, so that mail systems see doubles;
    another one each time that somebody has it sent again.
    """
    digest = sha256(repr(list(said)).encode()).hexdigest()[:32]
    return f"<{digest}@{office.sender.domain}>"


def _last_of_each(letter: Letter) -> Iterable[Appointment]:
    """Of one entry of the calendar only what is last said of it: programs take in one file each."""
    return {one.uid: one for one in letter.appointments}.values()
