"""Letters as people read them: by a parser that did not write them, and by their words."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from icalendar import Calendar, Event

from events.calendar import LONDON
from services.notices.letters import MORE, MOST_IN_SHORT
from tests.scenes.mail_reader import Mail
from tests.scenes.reading_age import reading_age

OLDEST: Final = 9  # somebody of that age reads a letter with ease
THEIRS: Final = re.compile(r"“[^”]*”|^> .*$", re.MULTILINE)
"""What people wrote: titles, names, quotations."""
ANSWER_BY: Final = re.compile(r"Please answer by \w+ (\d+ \w+ \d{4})$")
CONTACTS: Final = "@trust.example"  # of whom one may be named, and asked, by several
PROMISES: Final = re.compile(r"(?i)\b(lunch|drinks?|coffee|tea|food|meal|parking|hotel)\b")
"""What nobody has told us of a workshop."""


@dataclass(frozen=True)
class Read:
    """One e-mail."""

    mail: Mail
    sent_at: datetime
    to: str
    text: str

    @property
    def own_words(self) -> str:
        """Between greeting and signature, without what people wrote."""
        body = self.text.partition("\n\n")[2].partition("\n\nWith kind regards")[0]
        return THEIRS.sub("it", body)

    def entries(self) -> Iterator[tuple[str, Event]]:
        """The entries for the calendar, each with what is to be done with it."""
        for content in self.mail.calendar_files():
            whole = Calendar.from_ical(content)
            assert not whole.errors
            (entry,) = whole.events
            assert not entry.errors
            yield str(whole["METHOD"]), entry


def read_letters(outbox: Path) -> list[Read]:
    """All e-mails, in the order in which they were sent."""
    return sorted(map(_read, outbox.glob("*.eml")), key=lambda one: one.sent_at)


def _read(file: Path) -> Read:
    mail = Mail(file.read_bytes())
    sent_at = parsedate_to_datetime(mail.headers["Date"])
    return Read(mail, sent_at, mail.headers["To"], mail.text)


def must_be_understood(letters: list[Read]) -> None:
    """Each is from the office, in words of a child of nine, and promises what is true."""
    for one in letters:
        assert "office@" in one.mail.headers["Reply-To"]
        assert "\nTelephone: 01632 960123 (Monday to Friday, 9am to 5pm)\n" in one.text
        assert one.text.startswith("Dear ")
        assert int(reading_age(one.own_words)) <= OLDEST, one.text
        assert not PROMISES.search(one.own_words), one.text
        assert not re.search(r"\{\w+\}", one.text)
        if found := ANSWER_BY.search(one.mail.subject):
            day = datetime.strptime(found[1], "%d %B %Y").replace(tzinfo=LONDON)
            assert day.date() >= one.sent_at.date()
            assert "\nTo answer, reply to this e-mail, or ring us on 01632 960123." in one.text


def must_be_considerate(letters: list[Read]) -> None:
    """None comes in the night, and nobody gets two in one quarter of an hour."""
    assert all(8 <= one.sent_at.astimezone(LONDON).hour < 20 for one in letters)
    of_people = [(one.to, one.sent_at) for one in letters if CONTACTS not in one.to]
    assert len(set(of_people)) == len(of_people)


def must_fit_the_calendar(letters: list[Read]) -> dict[str, int]:
    """Each entry is what its letter says, and later than what was said of it before; how many come,
    change and go.
    """
    last: dict[tuple[str, str], int] = {}
    number: defaultdict[str, int] = defaultdict(int)
    for one in letters:
        for method, entry in one.entries():
            begins = datetime.astimezone(entry.decoded("DTSTART"), LONDON)
            assert f"{begins:%A} {begins.day} {begins:%B %Y}" in one.text
            assert "mailto:office@" in str(entry["ORGANIZER"])
            assert str(entry["ATTENDEE"]).removeprefix("mailto:") in one.to
            assert (method == "CANCEL") == (entry["STATUS"] == "CANCELLED")
            if method == "REQUEST":
                assert str(entry["LOCATION"]) in one.text
            who = one.to, str(entry["UID"])
            sequence = int(str(entry["SEQUENCE"]))
            assert sequence > last.get(who, -1)
            number[method if method == "CANCEL" or who not in last else "changed"] += 1
            last[who] = sequence
    return number


def must_be_short(outbox: Path) -> int:
    """What is said on the telephone, or made Easy Read of; how many pages there are."""
    pages = [one.read_text() for one in outbox.glob("*/*.txt")]
    for one in pages:
        short = one.partition("In short:\n")[2].partition("\n\n")[0]
        things = one.count("leading-together do notice.done ")
        assert len(short.split()) <= things * (MOST_IN_SHORT + 30) + 30
        assert int(reading_age(THEIRS.sub("it", short).replace(MORE, ""))) <= OLDEST, short
    return len(pages)
