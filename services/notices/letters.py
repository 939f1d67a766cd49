"""A notice as an e-mail, or as a page for somebody to ring or post: words around opened values.

Whatever people wrote comes in on one line, or as a quotation: nobody writes a paragraph of ours.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any, Final
from unicodedata import category

from domain.contacts.reaching import Reached
from domain.notice import Appointment, Notice, in_quotes
from domain.people.person import Reach
from events.people import Contact, ContactChange
from events.personal import Erased, Sealed
from events.terms import Channel
from services.escaping import calendar_text, header, one_line, quotation

SIGNATURE: Final = "With kind regards\n\nThe Leading Together team"
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
MOST_WORDS, LONGEST_TITLE = 6, 4  # words of a name; letters of one that ends in a full stop
ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS: Final = re.compile(rf"{ATOM}(\.{ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""What every mail server takes (RFC 5321, 4.1.2); others would be quoted, or in other letters."""
LONGEST_QUOTED: Final = 30
SPECIALS: Final = frozenset('()<>[]:;@\\,."')  # of RFC 5322, 3.2.3
IN_NAMES: Final = "'`\u2018\u2019\u02bc-\u2010\u00b7\u200c\u200d,()"
Opening = Callable[[Sealed], Any]


@dataclass(frozen=True)
class Letter:
    """A notice in plain words for one person: `address` is where."""

    channel: Channel
    name: str
    address: str | None
    subject: str
    body: str
    appointment: Appointment | None


def write(notice: Notice, reach: Reached, opening: Opening) -> Letter | None:
    """The letter, or None if the person was erased or was never registered, or a contact ended; or
    if it is for where they were reached before a change, and they are reached there still.
    """
    if (name := _plain(reach.full_name, opening)) is None:
        return None
    name = one_line(name)
    channel, address = _where(reach, opening)
    if notice.formerly is not None and isinstance(reach, Reach):
        now = channel, address
        channel, address = _where(reach.before(notice.formerly), opening)
        if (channel, address) == now:
            return None
    said = {key: _plain(value, opening) or "your partner" for key, value in notice.values.items()}
    values = {key: _framed(words, notice.values[key]) for key, words in said.items()}
    paragraphs = [_quoted(text, said) or _worded(text, values) for text in notice.paragraphs]
    return Letter(
        channel=channel,
        name=name,
        address=address,
        subject=_worded(notice.subject, values),
        body="\n\n".join([f"Dear {named(name)}", *paragraphs, SIGNATURE]) + "\n",
        appointment=notice.appointment,
    )


def _where(reach: Reached, opening: Opening) -> tuple[Channel, str | None]:
    """How and where: as they wish, if there is an address or number for it."""
    known = _ways(reach, opening)
    ways = {
        Channel.EMAIL: known.email if _is_mailbox(known.email) else None,
        Channel.PHONE: known.phone,
        Channel.POST: known.postal_address,
    }
    wished = reach.channel or Channel.EMAIL
    if wished is Channel.EMAIL and not ways[wished]:
        wished = Channel.POST if known.postal_address and not known.phone else Channel.PHONE
    return wished, ways[wished] or known.phone or known.email


def as_email(letter: Letter, message_id: str, sender: str, now: datetime) -> EmailMessage:
    """The message as it goes out, with a calendar file if there is an appointment."""
    message = EmailMessage()
    message["From"] = mailbox(*parseaddr(sender))
    message["To"] = mailbox(letter.name, letter.address or "")
    message["Subject"] = header(letter.subject)
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
    """One person's header value, quoted and encoded as needed. ValueError if `address` is none to
    write to: read as a header, some texts would be several addresses, or more than an address.
    """
    local, _, domain = address.strip().rpartition("@")
    spec = f"{local}@{domain.encode('idna').decode()}"
    if not ADDRESS.fullmatch(spec) or header(spec) != spec:
        raise ValueError("this is no address that mail servers take")
    return Address(_displayed(name), addr_spec=spec)


def _displayed(name: str) -> str:
    """A name as a header can show it. A long one with signs of a header's own is left out: Python
    loses its quotation marks where it folds the line, and a comma would part two recipients.
    """
    safe = header(name)
    return "" if len(safe) > LONGEST_QUOTED and SPECIALS & set(safe) else safe


def named(name: str) -> str:
    """A name within our own words: as it is, or as a quotation if it says more than names do."""
    words = name.split()
    is_name = len(words) <= MOST_WORDS and all(map(_is_of_a_name, words))
    return name if is_name else in_quotes(name)


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
        f"SUMMARY:{calendar_text(appointment.title)}",
        f"LOCATION:{calendar_text(appointment.place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _plain(value: str | Sealed | Erased | None, opening: Opening) -> str | None:
    opened = opening(value) if isinstance(value, Sealed) else value
    return opened if isinstance(opened, str) else None


def _ways(reach: Reached, opening: Opening) -> Contact:
    """Where somebody is reached, after all that has changed."""
    known = Contact.model_validate(_opened(reach.contact, opening) or {})
    for one in reach.changes if isinstance(reach, Reach) else ():
        if change := _opened(one, opening):
            known = ContactChange.model_validate(change).after(known)
    return known


def _opened(value: Any, opening: Opening) -> Any:
    """A value as it can be read; None if it was erased."""
    opened = opening(value) if isinstance(value, Sealed) else value
    return None if isinstance(opened, Erased) else opened


def _framed(words: str, came: str | Sealed | Erased | None) -> str:
    """What stands for a placeholder: what came sealed is a name, and the rest is worded already."""
    return named(one_line(words)) if isinstance(came, Sealed) else words


def _worded(text: str, values: Mapping[str, str]) -> str:
    """One line of ours with its placeholders filled; what people wrote is never read as one."""
    return one_line(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text))


def _quoted(text: str, said: Mapping[str, str]) -> str | None:
    """Several lines of somebody's, if they are all there is to a paragraph."""
    alone = PLACEHOLDER.fullmatch(text)
    words = said.get(alone[1], "") if alone else ""
    return "\n".join(quotation(words)) if len(words.strip().splitlines()) > 1 else None


def _is_of_a_name(word: str) -> bool:
    """Whether a word has only what words of names have; in titles and initials a full stop too."""
    bare = word.removesuffix(".")
    title = bare == word or len(bare) <= LONGEST_TITLE
    return title and all(category(one)[0] in "LM" or one in IN_NAMES for one in bare)


def _is_mailbox(address: str | None) -> bool:
    try:
        return address is not None and bool(mailbox("", address))
    except ValueError:
        return False


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


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
