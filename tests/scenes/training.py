"""Scenes on and around the workshops: three days, who has a place, who waits, who came."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from events.calendar import local_day
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.rules import FIRST
from events.workshops import (
    BookingCancelled,
    WaitingListJoined,
    WaitingListOffered,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopScheduled,
)
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    confirmed,
    planned,
)
from tests.scenes.given import NOON

MEETING_DAY = WorkshopId.derived(NOON, "meeting")
SKILLS_DAY = WorkshopId.derived(NOON, "skills")
REFLECTION_DAY = WorkshopId.derived(NOON, "reflection")
UNKNOWN = WorkshopId.derived(NOON, "nobody has planned this one")
DAYS = (MEETING_DAY, SKILLS_DAY, REFLECTION_DAY)

SKILLS_AT = datetime(2025, 1, 15, 10, tzinfo=UTC)
DURING = SKILLS_AT + timedelta(hours=1)
AFTERWARDS = SKILLS_AT + timedelta(hours=7)
UNTIL = NOON + timedelta(days=2)


def by_the_rules(starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """What follows from a workshop's time by the first rules."""
    return {
        "remind_on": local_day(starts_at) - timedelta(days=FIRST.workshop_reminder_days),
        "doors_open_at": starts_at - timedelta(hours=FIRST.doors_open_hours),
        "kept_until": starts_at - timedelta(days=FIRST.kept_place_days),
        "close_by": local_day(ends_at) + timedelta(days=FIRST.register_days),
        "register_remind_on": local_day(ends_at) + timedelta(days=FIRST.register_days - 1),
    }


def skills_day(capacity: int = 20, cohort: CohortId = AUTUMN) -> WorkshopScheduled:
    return day(SKILLS_DAY, 2, SKILLS_AT, capacity, cohort)


def day(
    workshop: WorkshopId,
    number: int,
    starts_at: datetime,
    capacity: int = 20,
    cohort: CohortId = AUTUMN,
) -> WorkshopScheduled:
    ends_at = starts_at + timedelta(hours=6)
    return WorkshopScheduled(
        workshop_id=workshop,
        cohort_id=cohort,
        number=number,
        title="Trying out skills",
        starts_at=starts_at,
        ends_at=ends_at,
        venue="The Guildhall, Exeter",
        capacity=capacity,
        **by_the_rules(starts_at, ends_at),
    )


def three_days() -> Iterator[Event]:
    """The cohort's plan, and its three required workshops."""
    yield planned()
    yield day(MEETING_DAY, 1, SKILLS_AT - timedelta(days=42))
    yield skills_day()
    yield day(REFLECTION_DAY, 3, SKILLS_AT + timedelta(days=42))


def four_people() -> Iterator[Event]:
    yield from confirmed(ADA, PATIENT)
    yield from confirmed(AMINA, PATIENT)
    yield from confirmed(BEN, HEALTHCARE)
    yield from confirmed(BOLA, HEALTHCARE)


def booking(who: PersonId, pairing: PairingId | None = None) -> WorkshopBooked:
    return WorkshopBooked(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who, pairing_id=pairing
    )


def waits(who: PersonId, pairing: PairingId | None = None) -> WaitingListJoined:
    return WaitingListJoined(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who, pairing_id=pairing
    )


def promised(
    who: PersonId, pairing: PairingId | None = None, until: datetime = UNTIL
) -> WaitingListOffered:
    return WaitingListOffered(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who, until=until, pairing_id=pairing
    )


def gave_back(who: PersonId, reason: str = "booking.unwell") -> BookingCancelled:
    return BookingCancelled(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who, reason=reason)


def came(who: PersonId, workshop: WorkshopId = SKILLS_DAY, scan: str = "") -> WorkshopAttended:
    return WorkshopAttended(
        workshop_id=workshop,
        cohort_id=AUTUMN,
        person_id=who,
        scan_id=scan or f"scan.{who[-6:]}.{DAYS.index(workshop) if workshop in DAYS else workshop}",
        scanned_at=DURING,
    )
