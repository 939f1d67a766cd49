"""An e-mail as the standards have it read, by nothing of what wrote it: its headers by RFC 5322 and
RFC 2047, to the letter, and its parts by Python's older parser.

`fast_mail_parser` reads mail as well; it can't stand beside the bus, whose client takes it for the
headers of its own messages.
"""

import re
from base64 import b64decode
from binascii import a2b_qp
from email import message_from_bytes
from email.message import Message
from typing import Final

ENCODED: Final = re.compile(r"=\?([^?\s]+)\?([bqBQ])\?([!->@-~]*)\?=")
LONGEST_WORD, LONGEST_LINE = 75, 78  # RFC 2047, 2; RFC 5322, 2.1.1


class Mail:
    """One message; AssertionError where it is not as the standards have it."""

    def __init__(self, raw: bytes) -> None:
        text = raw.replace(b"\r\n", b"\n").decode("ascii")
        assert max(map(len, text.split("\n"))) <= LONGEST_LINE
        head, _, _ = text.partition("\n\n")
        self.headers: dict[str, str] = {}
        for line in re.sub(r"\n(?=[ \t])", "", head).split("\n"):
            name, colon, value = line.partition(":")
            assert colon, line
            assert name not in self.headers, name
            self.headers[name] = _decoded(value.strip(" \t"))
        parts = [one for one in message_from_bytes(raw).walk() if not one.is_multipart()]
        (self.text,) = [_content(one).decode() for one in parts if _kind(one) == "text/plain"]
        self.calendars = [one for one in parts if _kind(one) == "text/calendar"]
        assert len(parts) == 1 + len(self.calendars)

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.headers["Subject"]

    def calendar_files(self) -> list[bytes]:
        """What is attached for the calendar."""
        return [_content(one) for one in self.calendars]


def _decoded(value: str) -> str:
    """RFC 2047: blanks between two encoded words are nothing, and each has whole characters."""
    assert all(len(one[0]) <= LONGEST_WORD for one in ENCODED.finditer(value))
    joined = re.sub(r"(?<=\?=)[ \t]+(?==\?)", "", value)
    return ENCODED.sub(lambda found: _word(found[1], found[2], found[3]), joined)


def _word(charset: str, how: str, text: str) -> str:
    raw = b64decode(text, validate=True) if how in "bB" else a2b_qp(text, header=True)
    return raw.decode(charset)


def _kind(part: "Message[str, str]") -> str:
    return part.get_content_type()


def _content(part: "Message[str, str]") -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.replace(b"\r\n", b"\n") if _kind(part) == "text/plain" else content
