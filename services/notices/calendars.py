"""Appointments as files that calendars take in, move and cancel (RFC 5545, RFC 5546)."""

from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Final

from icalendar import Calendar, Event, vCalAddress

from domain.notice import Appointment
from services.escaping import calendar_words
from services.notices.office import Office

PRODUCT: Final = "-//Leading Together//EN"


def calendar(appointment: Appointment, now: datetime, office: Office, to: Address) -> bytes:
    """One entry in somebody's own calendar, or its end. A later one of the same `uid` has a higher
    `sequence`, by which calendars know which of two counts, in whatever order they come.
    """
    event = Event()
    event.add("uid", f"{appointment.uid}@leading-together")
    event.add("sequence", appointment.sequence)
    event.add("status", "CANCELLED" if appointment.cancelled else "CONFIRMED")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", calendar_words(appointment.title))
    event.add("location", calendar_words(appointment.place))
    event.add("organizer", _address(office.replies, office.name))
    attendee = _address(to, to.display_name)
    attendee.params["PARTSTAT"] = "ACCEPTED"  # they have a place: nobody asks again
    attendee.params["RSVP"] = "FALSE"
    event.add("attendee", attendee)
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", PRODUCT)
    whole.add("method", method_of(appointment))
    whole.add_component(event)
    return bytes(whole.to_ical())


def method_of(appointment: Appointment) -> str:
    """What a calendar is to do with it, as the file says and the part of the e-mail it is in."""
    return "CANCEL" if appointment.cancelled else "REQUEST"


def _address(who: Address, name: str) -> vCalAddress:
    """A calendar's user; a name within quotation marks has none of its own (RFC 5545, 3.2)."""
    found = vCalAddress(f"mailto:{who.addr_spec}")
    if shown := calendar_words(name).replace('"', "'").replace("\n", " "):
        found.params["CN"] = shown
    return found
