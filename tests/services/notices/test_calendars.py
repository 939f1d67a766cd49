"""Calendar files, read by the library's own parser, as a calendar takes them in."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Final

import pytest
from icalendar import Calendar, Component

from domain.notice import Appointment
from events.terms import Channel
from services.notices.calendars import calendar
from services.notices.emails import as_email
from services.notices.letters import Letter
from services.notices.mailboxes import mailbox
from tests.scenes.office import OFFICE
from tests.scenes.world import NOON

ADA: Final = mailbox("Ada Tregenza", "ada@example.org")
SKILLS_DAY: Final = Appointment(
    uid="workshop_1",
    title="Trying out skills; with others, and more",
    place="The Guildhall\nHigh Street, Exeter " + "é" * 60,
    starts_at=datetime(2025, 1, 15, 9, 30, tzinfo=UTC),
    ends_at=datetime(2025, 1, 15, 16, 0, tzinfo=UTC),
)


def taken_in(text: bytes) -> tuple[Calendar, Component]:
    """What a calendar reads, and the one entry in it, without a fault."""
    whole = Calendar.from_ical(text)
    (entry,) = whole.walk("VEVENT")
    assert not whole.errors
    assert not entry.errors
    return whole, entry


def test_an_appointment_is_an_entry_that_a_calendar_takes_in() -> None:
    text = calendar(SKILLS_DAY, NOON, OFFICE, ADA)
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")
    whole, entry = taken_in(text)
    assert (whole["METHOD"], entry["STATUS"], entry["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 0)
    assert entry["UID"] == "workshop_1@leading-together"
    assert (entry.decoded("DTSTART"), entry.decoded("DTEND")) == (
        SKILLS_DAY.starts_at,
        SKILLS_DAY.ends_at,
    )
    assert (entry["SUMMARY"], entry["LOCATION"]) == (SKILLS_DAY.title, SKILLS_DAY.place)
    assert entry["ORGANIZER"] == "mailto:office@leading-together.example"
    assert (entry["ATTENDEE"], entry["ATTENDEE"].params["CN"]) == (
        "mailto:ada@example.org",
        "Ada Tregenza",
    )


def test_what_is_called_off_is_taken_out_of_the_calendar() -> None:
    over = replace(SKILLS_DAY, sequence=2, cancelled=True)
    whole, entry = taken_in(calendar(over, NOON, OFFICE, ADA))
    assert (whole["METHOD"], entry["STATUS"], entry["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)
    assert entry["UID"] == "workshop_1@leading-together"


@pytest.mark.parametrize(
    "hostile",
    [
        "x\r\nATTENDEE:mailto:evil@evil.example\x1b\u2028END:VCALENDAR",
        'Ada";ROLE=CHAIR:mailto:x@example.org',
    ],
)
def test_no_title_or_name_is_a_line_of_the_calendar(hostile: str) -> None:
    told = replace(SKILLS_DAY, title=hostile, place=hostile)
    text = calendar(told, NOON, OFFICE, mailbox(hostile, "ada@example.org"))
    _, entry = taken_in(text)
    assert entry["ATTENDEE"] == "mailto:ada@example.org"
    assert set(entry["ATTENDEE"].params) <= {"CN", "PARTSTAT", "RSVP"}
    assert text.count(b"\nEND:") == 2
    assert "\x1b" not in str(entry["SUMMARY"])


def test_each_entry_is_a_file_of_its_own_and_only_what_is_last_said_of_it() -> None:
    other = replace(SKILLS_DAY, uid="workshop_2")
    moved = replace(SKILLS_DAY, sequence=1, cancelled=True)
    several = (SKILLS_DAY, other, moved)
    letter = Letter(
        Channel.EMAIL, "Ada", "ada@example.org", "News", "Dear Ada\n", "", appointments=several
    )
    message = message_from_bytes(as_email(letter, "<a@b>", OFFICE, NOON).as_bytes(), policy=default)
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_filename() for part in parts] == ["workshop.ics", "workshop-2.ics"]
    assert [part.get_param("method") for part in parts] == ["CANCEL", "REQUEST"]
    entries = [taken_in(bytes(part.get_payload(decode=True) or b""))[1] for part in parts]
    assert [(str(one["UID"]).partition("@")[0], one["SEQUENCE"]) for one in entries] == [
        ("workshop_1", 1),
        ("workshop_2", 0),
    ]
