"""What people hear while they wait for a place on a workshop, or give one back."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, called, nhs_date, nhs_time, tells
from domain.workshops.bookings import BookingCancelReason
from domain.workshops.calendar_entries import CalendarEntries
from domain.workshops.notices import title_of
from domain.workshops.workshop import Workshop
from events.calendar import A_DAY, local_day
from events.catalogue import Recorded
from events.personal import plain
from events.workshops import (
    BookingCancelled,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
)

REASONS: Final[Mapping[str, str]] = {
    BookingCancelReason.CANNOT_COME: "You told us that you can't come.",
    BookingCancelReason.UNWELL: "You told us that you are not well. We hope you feel better soon.",
    BookingCancelReason.WORK: "You told us that you are needed at work.",
    BookingCancelReason.CARING: "You told us that somebody needs your care.",
    BookingCancelReason.TRAVEL: "You told us that the journey is too hard. We may be able to help.",
    BookingCancelReason.LEFT: "This is because you no longer take part in this cohort.",
    BookingCancelReason.ANOTHER_SESSION: "You have a place on another session of it.",
    BookingCancelReason.EMPLOYER: "Your line manager does not agree, for now, that you come.",
    BookingCancelReason.OTHER: "If this is not right, please ring or write to us.",
}


@tells(WaitingListJoined, to=Hearer.PERSON)
def waits(fact: Recorded[WaitingListJoined], know: Know) -> Iterator[Notice]:
    """A turn on the waiting list."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    together = (TOGETHER,) if fact.event.pairing_id else ()
    yield Notice(
        template="workshop.waiting-list-joined",
        to=fact.event.person_id,
        subject=f"You are on the waiting list for {title_of(plan)}",
        paragraphs=(
            (
                f"All places on our {called('workshop', plan.title)} are taken just now. "
                "You are on the waiting list."
            ),
            *together,
            "When a place comes free, we will hold it for you and write to you.",
        ),
    )


TOGETHER = "You and your partner wait for two places together."


@tells(WaitingListOffered, to=Hearer.PERSON)
def place_held(fact: Recorded[WaitingListOffered], know: Know) -> Iterator[Notice]:
    """A place that is held until a moment; the day before it is the last whole one to answer."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    until = fact.event.until
    known = {"workshop_id": plan.workshop_id, "person_id": fact.event.person_id}
    moment = f"{nhs_time(until)} on {nhs_date(local_day(until))}"
    yield Notice(
        template="workshop.place-held",
        to=fact.event.person_id,
        subject=f"There is a place for you on {title_of(plan)}",
        paragraphs=(
            (
                f"Good news: a place on our {called('workshop', plan.title)} has come free. "
                f"The workshop is on {nhs_date(local_day(plan.starts_at))}."
            ),
            f"We hold the place for you until {moment}.",
            "Please tell us before then that you want it. After that, it goes to the next person.",
        ),
        asks=Asks("workshop.take-held-place", known, local_day(until) - A_DAY),
    )


@tells(WaitingListLapsed, to=Hearer.PERSON)
def place_lapsed(fact: Recorded[WaitingListLapsed], know: Know) -> Iterator[Notice]:
    """A held place that was not taken in time."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.held-place-lapsed",
        to=fact.event.person_id,
        subject=f"Your held place on {title_of(plan)}",
        paragraphs=(
            (
                f"We held a place for you on our {called('workshop', plan.title)}, "
                "but did not hear from you. "
                "It has gone to the next person."
            ),
            "If you still want to come, please tell us. Then you are on the waiting list again.",
        ),
        asks=Asks(
            "workshop.join-waiting-list",
            {"workshop_id": plan.workshop_id, "person_id": fact.event.person_id},
        ),
    )


@tells(BookingCancelled, to=Hearer.PERSON)
def gave_back(fact: Recorded[BookingCancelled], know: Know) -> Iterator[Notice]:
    """A place, or a wait for one, that was given back."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.booking-cancelled",
        to=fact.event.person_id,
        subject=f"You are no longer on the list for {title_of(plan)}",
        paragraphs=(
            f"You are not on the list for our {called('workshop', plan.title)} any more.",
            f"It is on {nhs_date(local_day(plan.starts_at))}.",
            *because(REASONS, fact.event.reason),
            *(() if plain(fact.event.reason) in (None, BookingCancelReason.LEFT) else (ASK,)),
        ),
        appointment=know(CalendarEntries(plan.workshop_id)).of(plan, fact.event.person_id),
    )


ASK = "You can still catch up on this workshop. Please ask us how."
