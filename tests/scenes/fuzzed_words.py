"""Words by chance, most of them hostile, on every way out; whoever finds something says with what.

`fuzz(seed, seconds=60)` goes on for a minute; it raises AssertionError with the words that did it.
"""

import csv
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import compat32, default
from itertools import count
from random import Random
from typing import Final

from domain.notice import Appointment, Notice, called, in_quotes
from domain.people.person import Reach
from events.characters import hidden, says_something, spelt_out, unfit, without_hidden
from events.people import Contact, PersonRegistered
from events.personal import Sealed
from services.escaping import FORMULA, NUMBER, comma_separated, line, quotation, tab_separated
from services.importing import words as cleaned
from services.notices.calendars import calendar
from services.notices.emails import WIRE, as_email, message_id
from services.notices.letters import write
from services.notices.mailboxes import mailbox
from services.notices.pages import page
from tests.scenes.cast import ADA
from tests.scenes.office import OFFICE
from tests.scenes.world import NOON

HEADERS: Final = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
    "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip
ENTRY: Final = {
    "BEGIN", "VERSION", "PRODID", "METHOD", "UID", "SEQUENCE", "STATUS", "DTSTAMP", "DTSTART",
    "DTEND", "SUMMARY", "LOCATION", "ORGANIZER", "ATTENDEE", "END",
}  # fmt: skip
PIECES: Final = (
    *("Ada", "Tregenza", "Ní Bhriain", "محمد", "王小明", "Анна", "👩🏽\u200d⚕\ufe0f"),
    *("علی\u200cرضا", "\r\n", "\n", "\r", "\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"),
    *("\x00", " ", "  ", "\x1b[2J", "\x1b]0;x\x07", "\x9b1m", "\u202e", "\u2066", "\u200b"),
    *("\u2029", "\u200d", "\u200c", "\ufe0f", "\U000e0041", "\ud800", "\udfff", "\u0301" * 9),
    *("\u034f", "\xad", "\u3164", "\u061c", "\ufeff", "Bcc: evil@evil.example", "Subject:"),
    *("\r\nBcc: evil@evil.example", "--==", "\r\n\r\n<html>"),
    *("=?utf-8?q?Ada=0D=0ABcc=3A_evil=40evil.example?=", "=?utf-8?b?QQ0KQmNjOiB4QHk=?=", "=?"),
    *("?=", "=?us-ascii?q?=00?=", "=?utf-8?q?=E2=80=AE?=", "=?x?q?y?=", "==?", "?q?", "=0D=0A"),
    *("=", "?", "<", ">", "<evil@evil.example>", "@", ",", ";", ":", '"', "\\", "(", ")", "[", "]"),
    *("'", "”", "“", "=cmd|' /C calc'!A0", "+1", "-2", "@x", "\uff1d1", "12", "{partner}"),
    *("{title}", "http://e.x", "BEGIN:VEVENT", "\nEND:VCALENDAR", "\\n", "\\;", "x" * 80),
    *("é" * 40, "> ", "Dear", "[bold]"),
)  # fmt: skip


def fuzz(seed: int, *, cases: int | None = None, seconds: float | None = None) -> int:
    """How many were tried, until there were so many or the time was over."""
    chance, end = Random(seed), time.monotonic() + (seconds or float("inf"))
    for number in count() if cases is None else range(cases):
        words = words_by(chance)
        for check in CHECKS if number % FIFTH else (*CHECKS, *SLOW):
            try:
                check(words, chance)
            except Exception as error:
                raise AssertionError(f"{check.__name__} of {words!a} (seed {seed})") from error
        if time.monotonic() > end:
            return number + 1
    return cases or 0


def words_by(chance: Random) -> str:
    """Pieces that are known to do harm, and characters of all kinds between them."""
    parts = (
        chance.choice(PIECES) if chance.random() < 0.8 else _characters(chance)
        for _ in range(chance.randint(1, 9))
    )
    return chance.choice(("", " ")).join(parts)[:200]


def _characters(chance: Random) -> str:
    most = chance.choice((0x7F, 0xFF, 0xFFFF, 0x10FFFF))
    return "".join(chr(chance.randint(0, most)) for _ in range(chance.randint(1, 5)))


def characters(words: str, _chance: Random) -> None:
    for lines in (False, True):
        for safe in (spelt_out(words, lines=lines), without_hidden(words, lines=lines)):
            assert not list(hidden(safe, lines=lines))
            assert spelt_out(safe, lines=lines) == safe
        if unfit(words, lines=lines) is None:
            assert spelt_out(words, lines=lines) == words
            assert says_something(words)


def terminals(words: str, _chance: Random) -> None:
    said = line(words)
    assert said.splitlines() in ([said], [])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", said)
    assert all(one.startswith(">") and one == line(one) for one in quotation(words))
    text = json.dumps({"name": words}, ensure_ascii=False)
    assert json.loads(line(text)) == json.loads(json.dumps({"name": words}))


def tables(words: str, chance: Random) -> None:
    cells = [words, "Truro", chance.randint(-9, 9), words]
    separated = tab_separated(cells)
    (read,) = csv.reader([comma_separated(cells)])
    (tabbed,) = csv.reader([separated], delimiter="\t")
    assert tabbed == separated.split("\t")
    assert [one.removeprefix("'") for one in read] == [one.removeprefix("'") for one in tabbed]
    assert len(read) == len(cells)
    for one in read:
        assert one.startswith("'") or not FORMULA.match(one) or NUMBER.fullmatch(one)


def imports(words: str, _chance: Random) -> None:
    """What the import leaves of a cell, the door takes."""
    assert unfit(cleaned.line(words)) in (None, unfit(" "))
    assert unfit(cleaned.words(words), lines=True) in (None, unfit(" "))


def letters(words: str, chance: Random) -> None:
    other = words_by(chance)
    known = PersonRegistered.model_construct(
        person_id=ADA, full_name=words, contact=Contact(email="ada@example.org")
    )
    notice = Notice(
        "test",
        ADA,
        f"News of {other} and {{partner}}",
        ("Hello {partner}, {project} begins.", called("milestone", other), f"At {other}."),
        {"partner": NAME, "project": called("project", words)},
    )
    letter = write([notice], Reach(ADA, known, None), lambda _: other, OFFICE)
    assert letter
    assert all(one == line(one) for one in letter.body.split("\n"))
    greeting, *paragraphs, _, _ = letter.body.split("\n\n")
    assert (greeting[:5], len(paragraphs)) == ("Dear ", 4)
    assert all(one == line(one) for one in page(letter, ["done"]).split("\n"))
    named = message_id([("cause", ADA, "test", 0)], OFFICE)
    _must_be_whole(as_email(letter, named, OFFICE, NOON), "ada@example.org")


def calendars(words: str, chance: Random) -> None:
    later = NOON + timedelta(hours=1)
    told = Appointment("workshop_1", words, words_by(chance), NOON, later)
    text = calendar(told, NOON, OFFICE, mailbox(words, "ada@example.org")).decode()
    names = [re.split("[:;]", one)[0] for one in _unfolded(text)]
    assert set(names) == ENTRY
    assert (len(names), names.count("BEGIN"), names.count("END")) == (17, 2, 2)
    assert all(len(one.encode()) <= 75 for one in text.split("\r\n"))


NAME: Final = Sealed(audience=ADA, key="1", event="e", field="full_name", sealed="c2VhbGVk")


def quotes(words: str, _chance: Random) -> None:
    quoted = in_quotes(words)
    assert (quoted[0], quoted[-1]) == ("“", "”")
    assert not re.search('[“”„‟«»"]', quoted[1:-1])
    assert not re.search(r"://\S|\w\.[a-z]", quoted)


def addresses(words: str, chance: Random) -> None:
    """One address, or none."""
    address = chance.choice((f"{words}@example.org", f"ada@{words}", f"ada@example.{words}"))
    try:
        taken = mailbox(words, address)
    except ValueError:
        return
    message = EmailMessage(WIRE)
    message["From"], message["To"] = mailbox("", "noreply@leading-together.example"), taken
    message["Subject"] = "News"
    message.set_content("Hello.\n")
    assert taken.addr_spec.isascii()
    _must_be_whole(message, taken.addr_spec)


def _must_be_whole(message: EmailMessage, recipient: str) -> None:
    """No header but ours, and one recipient, however it is written and read."""
    written = message.as_bytes()
    head, end, _ = written.partition(b"\r\n\r\n")
    assert end
    for one in re.split(rb"[\r\n]+", head):
        assert one[:1] in (b" ", b"\t") or one.split(b":")[0].decode() in HEADERS, one
    for policy in (default, compat32):
        assert set(BytesHeaderParser(policy=policy).parsebytes(head).keys()) <= HEADERS
    again = BytesHeaderParser(policy=default).parsebytes(head)
    assert [one.addr_spec for one in again["To"].addresses] == [recipient]
    assert len(again["From"].addresses) == 1


def _unfolded(text: str) -> Iterator[str]:
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines.pop() == ""
    for one in lines:
        assert one == line(one)
        yield one


CHECKS: Final[tuple[Callable[[str, Random], None], ...]] = (
    characters,
    terminals,
    tables,
    imports,
    calendars,
    quotes,
)
SLOW: Final = (letters, addresses)
FIFTH: Final = 5  # Python takes its time for a mail
