"""A notice as an e-mail, or as a page for somebody to ring or post: words around opened values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any, Final

from domain.notice import Appointment, Notice
from domain.people.person import Reach
from events.people import Contact
from events.personal import Closed, Erased, Sealed
from events.terms import Channel

SIGNATURE: Final = "With kind regards\n\nThe Leading Together team"
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
Opening = Callable[[Sealed], Any]


@dataclass(frozen=True)
class Letter:
    """A notice in plain words for one person: `address` is an e-mail address or a number."""

    channel: Channel
    name: str
    address: str | None
    subject: str
    body: str
    appointment: Appointment | None


def write(notice: Notice, reach: Reach, opening: Opening) -> Letter | None:
    """The letter, or None if the person was erased or was never registered."""
    known = reach.registered
    if known is None or (name := _plain(known.full_name, opening)) is None:
        return None
    name = _in_one_line(name)
    email, phone = _ways(known.contact, opening)
    channel = reach.channel or Channel.EMAIL
    if channel is Channel.EMAIL and not _is_mailbox(email):
        channel = Channel.PHONE
    values = {key: _plain(value, opening) or "your partner" for key, value in notice.values.items()}
    paragraphs = [_filled(text, values) for text in notice.paragraphs]
    return Letter(
        channel=channel,
        name=name,
        address=email if channel is Channel.EMAIL else phone or email,
        subject=_in_one_line(_filled(notice.subject, values)),
        body="\n\n".join([f"Dear {name}", *paragraphs, SIGNATURE]) + "\n",
        appointment=notice.appointment,
    )


def as_email(letter: Letter, message_id: str, sender: str, now: datetime) -> EmailMessage:
    """The message as it goes out, with a calendar file if there is an appointment."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mailbox(letter.name, letter.address or "")
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    if letter.appointment:
        message.add_attachment(
            calendar(letter.appointment, now).encode(),
            maintype="text",
            subtype="calendar",
            filename="workshop.ics",
            params={"method": "PUBLISH", "charset": "utf-8"},
        )
    return message


def mailbox(name: str, address: str) -> Address:
    """One person's header value, quoted and encoded as needed. ValueError or MessageError if
    `address` is none to write to: read as a header, some texts would be several addresses.
    """
    local, _, domain = address.strip().rpartition("@")
    return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}")


def message_id(cause: str, person: str, template: str, sender: str) -> str:
    """Always the same for the same cause, person and template, so that mail systems see doubles."""
    digest = sha256(f"{cause}|{person}|{template}".encode()).hexdigest()[:32]
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def calendar(appointment: Appointment, now: datetime) -> str:
    """An iCalendar file (RFC 5545) with one event; lines are folded at 75 octets."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Leading Together//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{appointment.uid}@leading-together",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(appointment.starts_at)}",
        f"DTEND:{_utc(appointment.ends_at)}",
        f"SUMMARY:{_text(appointment.title)}",
        f"LOCATION:{_text(appointment.place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _plain(value: str | Sealed | Erased | None, opening: Opening) -> str | None:
    opened = opening(value) if isinstance(value, Sealed) else value
    return opened if isinstance(opened, str) else None


def _ways(value: Closed[Contact], opening: Opening) -> tuple[str | None, str | None]:
    """The address and the number."""
    opened = opening(value) if isinstance(value, Sealed) else value
    known = Contact() if isinstance(opened, Erased) else Contact.model_validate(opened)
    return known.email, known.phone


def _filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders; what people wrote is never read as a placeholder itself."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _in_one_line(words: str) -> str:
    """Line ends in a header would begin another header."""
    return " ".join(words.split())


def _is_mailbox(address: str | None) -> bool:
    try:
        return address is not None and bool(mailbox("", address))
    except (ValueError, MessageError):
        return False


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for sign in ("\\", ";", ","):
        words = words.replace(sign, f"\\{sign}")
    return "\\n".join(words.splitlines())


def _folded(line: str) -> str:
    """RFC 5545, 3.1: no line longer than 75 octets, and no character cut in two."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > 74:  # noqa: PLR2004 - one octet is the blank that continues a line
            parts.append("")
            size = 0
        parts[-1] += character
        size += width
    return "\r\n ".join(parts)
