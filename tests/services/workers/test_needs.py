"""What people need, on real engines: their form and language, their supporter, their calendar."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from services.engines.addresses import Engines
from services.process.station import Station
from tests.scenes.outbox import about, ledger, letters, notifying, opened, scene_on
from tests.scenes.played import Scene

TIMES = {"starts_at": "2025-01-15T09:30:00Z", "ends_at": "2025-01-15T16:00:00Z"}
LATER = {"starts_at": "2025-01-22T09:30:00Z", "ends_at": "2025-01-22T16:00:00Z"}
SUE = {"full_name": "Sue Kerr", "email": "sue@example.org"}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"format": "easy-read"}, "What to do: send it by e-mail, in Easy Read"),
        ({"format": "large-print"}, "What to do: send it by e-mail, in large print"),
        ({"language": "cy"}, "Language: cy, translated"),
    ],
)
def test_who_needs_more_than_an_e_mail_gets_it_by_hand(
    fresh: Engines, tmp_path: Path, wish: dict[str, str], said: str
) -> None:
    async def play() -> Station:
        async with scene_on(fresh, tmp_path) as scene:
            ada = await scene.meets("Ada Tregenza")
            stated = {"person_id": ada, "channel": "email", **wish}
            await scene.do("person.state-contact-preference", stated)
            await scene.hands_in(ada)
            return scene.station

    here = asyncio.run(play())
    with notifying(here):
        assert ledger(fresh) == [("for-staff", "email", 1)]
    assert letters(here) == []
    (page,) = letters(here, "email/*.txt")
    assert said in page.read_text()
    assert "E-mail: ada@example.org" in page.read_text()


async def booked(scene: Scene) -> tuple[str, str]:
    """Ada, whom Sue helps, has a place on a workshop: who Ada is, and which workshop."""
    ada = await scene.meets("Ada Tregenza")
    application = await scene.hands_in(ada)
    helps = {"cohort_id": scene.cohort, "person_id": ada, "purpose": "supporter"}
    reply = await scene.do("contact.name", {**helps, **SUE}, by=ada)
    await scene.do("contact.agree", {"contact_id": (reply.events or ())[0].subject})
    await scene.decides({application: "offer"})
    await scene.releases()
    await scene.do("offer.accept", {"application_id": application}, by=ada)
    plan = {"cohort_id": scene.cohort, "number": 1, "title": "Trying out skills"}
    where = {"venue": "The Guildhall, Exeter", "capacity": 20}
    scheduled = await scene.do("workshop.schedule", {**plan, **TIMES, **where})
    workshop = (scheduled.events or ())[0].subject
    await scene.do("workshop.book", {"workshop_id": workshop, "person_id": ada})
    return ada, workshop


def entries(here: Station, address: str) -> dict[int, tuple[Any, ...]]:
    """What comes for somebody's calendar, by how often the entry was changed before."""
    found = {}
    for message in map(opened, letters(here)):
        for part in message.iter_attachments():
            if address in str(message["To"]):
                whole = Calendar.from_ical(part.get_content())
                (entry,) = whole.events
                day = f"{entry.decoded('DTSTART'):%d %b}"
                found[int(str(entry["SEQUENCE"]))] = str(whole["METHOD"]), day
    return found


def test_a_workshop_moves_in_the_calendars_of_who_comes_and_who_comes_along(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> Station:
        async with scene_on(fresh, tmp_path) as scene:
            ada, workshop = await booked(scene)
            this = {"workshop_id": workshop}
            why = {"reason": "workshop.venue-not-available"}
            await scene.do("workshop.reschedule", {**this, **LATER, **why})
            gives_back = {**this, "person_id": ada, "reason": "booking.unwell"}
            await scene.do("workshop.cancel-booking", gives_back)
            return scene.station

    here = asyncio.run(play())
    with notifying(here):
        pass
    life = {0: ("REQUEST", "15 Jan"), 1: ("REQUEST", "22 Jan"), 2: ("CANCEL", "22 Jan")}
    assert entries(here, "ada@example.org") == life
    assert entries(here, "sue@example.org") == life
    to_sue = [one for one in map(opened, letters(here)) if "sue@" in str(one["To"])]
    assert sorted(about(one).partition(":")[0] for one in to_sue) == [
        "May we write to you as a supporter?",
        "New date for Trying out skills",
        "Thank you for being a supporter",
        "You are no longer on the list for Trying out skills",
        "Your place on Trying out skills, Wednesday 15 January 2025",
    ]
    (copy,) = [one for one in to_sue if str(one["Subject"]).startswith("New date")]
    text = copy.get_body()
    assert text
    assert "You come along to help Ada Tregenza. This is what we wrote to them:\n\n> Our" in (
        text.get_content()
    )
