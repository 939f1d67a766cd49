"""Messages that say that one of ours could not be delivered (RFC 3464): by whom, nobody can tell.

Such a message is anybody's work. So nothing is taken from it but the id that we gave our message
ourselves, and digits that say what stood in the way; no address and no word in it is read. Who
makes one up, and knows the id of a message of ours, has that message looked after by somebody of
the team, and no more.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any, Final, NamedTuple

LARGEST: Final = 1024 * 1024  # bytes of a message that is read; ours, sent back whole, are less
MOST_PARTS: Final = 16  # words in a message that may begin parts of it
OURS: Final = re.compile(r"\s*<([0-9a-f]{32})@[A-Za-z0-9.-]{1,255}>\s*")
FOR_GOOD: Final = re.compile(r"\s*(5\.[0-9]{1,3}\.[0-9]{1,3})(\s|$)")
"""A status after which nothing is tried any more (RFC 3463)."""
FAILED: Final = "failed"
REPORT, STATUS = "multipart/report", "message/delivery-status"
WHOLE, HEADERS = "message/rfc822", "text/rfc822-headers"
BETWEEN: Final = re.compile(rb"(?:\A|\n\r?\n)From [^\n]*\n")
"""The line before each message of several in one file (RFC 4155)."""


class Bounce(NamedTuple):
    """One of our messages, by what its id begins with, and the status with which it came back."""

    message: str
    status: str

    @property
    def problem(self) -> str:
        """The same in words."""
        return f"it came back: it could not be delivered ({self.status})"


def messages_in(raw: bytes) -> Iterator[bytes]:
    """The messages of a file: one, or several with a line `From …` before each."""
    yield from (one for one in BETWEEN.split(raw) if one.strip())


def bounce_in(raw: bytes) -> Bounce | None:
    """What a message says of one of ours, if it says that it could not be delivered, for good."""
    if len(raw) > LARGEST or raw.lower().count(b"boundary") > MOST_PARTS:
        return None
    try:
        return _read(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - whatever it is that Python's reader can't read, it is none
        return None


def _read(message: Message) -> Bounce | None:
    kind = message.get_param("report-type")
    if message.get_content_type() != REPORT or str(kind).lower() != "delivery-status":
        return None
    parts = _parts(message)
    status = next((one for part in parts for one in _statuses(part)), None)
    ours = next((one for part in parts for one in _ids(part)), None)
    return Bounce(ours, status) if ours and status else None


def _parts(message: Message) -> list[Message]:
    payload: Any = message.get_payload()
    return payload if isinstance(payload, list) else []


def _statuses(part: Message) -> Iterator[str]:
    """The status of each recipient that a part says was given up."""
    if part.get_content_type() == STATUS:
        for block in _parts(part):
            found = FOR_GOOD.match(str(block.get("Status", "")))
            if found and str(block.get("Action", "")).strip().lower() == FAILED:
                yield found[1]


def _ids(part: Message) -> Iterator[str]:
    """The id of the message of which a part holds the whole, or the headers, if it is ours."""
    headers: list[Message] = []
    if part.get_content_type() == WHOLE:
        headers = _parts(part)[:1]
    elif part.get_content_type() == HEADERS:
        text: Any = part.get_payload(decode=True)
        headers = [message_from_bytes(text)]
    for one in headers:
        if found := OURS.fullmatch(str(one.get("Message-ID", ""))):
            yield found[1]
