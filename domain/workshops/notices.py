"""What people hear about the workshops that they booked."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from domain.decision import Know
from domain.notice import (
    Asks,
    Hearer,
    Notice,
    because,
    called,
    nhs_date,
    nhs_time,
    said,
    tells,
)
from domain.workshops.calendar_entries import CalendarEntries
from domain.workshops.changes import COHORT_CANCELLED
from domain.workshops.schedule import WorkshopChangeReason
from domain.workshops.workshop import Workshop
from events.calendar import A_DAY, local_day
from events.catalogue import Recorded
from events.ids import PersonId
from events.workshops import (
    TrainingCompleted,
    TrainingReopened,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopMissed,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)

REASONS: Final[Mapping[str, str]] = {
    WorkshopChangeReason.VENUE: "We can't use the rooms on that day.",
    WorkshopChangeReason.FACILITATOR: "The person who leads the workshop can't come on that day.",
    WorkshopChangeReason.ACCESS: "The rooms were not right for everybody who wants to come.",
    WorkshopChangeReason.WEATHER: "The weather makes it unsafe to travel.",
    WorkshopChangeReason.TOO_FEW: "Too few people were able to come.",
    COHORT_CANCELLED: "The group does not take place.",
    WorkshopChangeReason.MISTAKE: "We made a mistake when we planned it, and we are sorry.",
    WorkshopChangeReason.OTHER: "If you want to know more about why, please ask us.",
}


def title_of(plan: WorkshopScheduled) -> str:
    """What a workshop is called."""
    return said(plan.title, "our workshop")


def venue_of(plan: WorkshopScheduled) -> str:
    """Where it takes place."""
    return said(plan.venue, "the venue")


def when_and_where(plan: WorkshopScheduled) -> tuple[str, str]:
    """Two sentences on a workshop's day, times and venue."""
    day, begins = nhs_date(local_day(plan.starts_at)), nhs_time(plan.starts_at)
    return (
        f"It is on {day}. It starts at {begins} and ends at {nhs_time(plan.ends_at)}.",
        f"Where: {venue_of(plan)}.",
    )


def is_near(fact: Recorded[Any], *begins: datetime | None) -> bool:
    """Whether somebody might go there in vain who hears of a fact only the next morning, since a
    workshop begins, or would have begun, soon.
    """
    since = fact.envelope.time
    return any(one is not None and since <= one < since + A_DAY for one in begins)


def to_give_back(plan: WorkshopScheduled, person_id: PersonId) -> Asks:
    """What somebody is asked to say who can't come."""
    known = {"workshop_id": plan.workshop_id, "person_id": person_id}
    return Asks("workshop.cancel-booking", known)


@tells(WorkshopBooked, to=Hearer.PERSON)
def booked(fact: Recorded[WorkshopBooked], know: Know) -> Iterator[Notice]:
    """A booking, with a file for the calendar."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.booked",
        to=fact.event.person_id,
        subject=f"Your place on {title_of(plan)}, {nhs_date(local_day(plan.starts_at))}",
        paragraphs=(
            f"You have a place on our {called('workshop', plan.title)}.",
            *when_and_where(plan),
            "If you can't come, please tell us soon, so that someone else can have your place.",
        ),
        appointment=know(CalendarEntries(plan.workshop_id)).of(plan, fact.event.person_id),
        asks=to_give_back(plan, fact.event.person_id),
    )


@tells(WorkshopRescheduled, to=Hearer.LISTED)
def moved(fact: Recorded[WorkshopRescheduled], know: Know) -> Iterator[Notice]:
    """A new time, for everybody on the list; who has a place gets a new file for the calendar."""
    workshop = know(Workshop(fact.event.workshop_id))
    if workshop.scheduled is None:
        return
    when = {"starts_at": fact.event.starts_at, "ends_at": fact.event.ends_at}
    plan = workshop.scheduled.model_copy(update=when)
    calendars = know(CalendarEntries(plan.workshop_id))
    for person_id in workshop.listed:
        has_place = person_id in workshop.booked
        yield Notice(
            template="workshop.rescheduled",
            to=person_id,
            subject=f"New date for {title_of(plan)}: {nhs_date(local_day(plan.starts_at))}",
            paragraphs=(
                f"Our {called('workshop', plan.title)} has moved.",
                *because(REASONS, fact.event.reason),
                *when_and_where(plan),
                KEPT_PLACE if has_place else KEPT_WAIT,
            ),
            appointment=calendars.of(plan, person_id) if has_place else None,
            asks=to_give_back(plan, person_id) if has_place else None,
            urgent=is_near(fact, workshop.moved_from, plan.starts_at),
        )


KEPT_PLACE = "Your place is still yours. If you can't come on the new day, please tell us soon."
KEPT_WAIT = "You have kept your turn on the waiting list."


@tells(WorkshopCancelled, to=Hearer.LISTED)
def cancelled(fact: Recorded[WorkshopCancelled], know: Know) -> Iterator[Notice]:
    """A workshop that does not take place, for everybody on its list."""
    workshop = know(Workshop(fact.event.workshop_id))
    plan = workshop.scheduled
    if plan is None:
        return
    calendars = know(CalendarEntries(plan.workshop_id))
    for person_id in workshop.listed:
        yield Notice(
            template="workshop.cancelled",
            to=person_id,
            subject=f"Sorry: {title_of(plan)} will not take place",
            paragraphs=(
                (
                    f"We are sorry. Our {called('workshop', plan.title)} on "
                    f"{nhs_date(local_day(plan.starts_at))} will not take place."
                ),
                *because(REASONS, fact.event.reason),
                "You don't need to do anything. If there is a new date, we will write to you.",
            ),
            appointment=calendars.called_off(plan, person_id),
            urgent=is_near(fact, plan.starts_at),
        )


@tells(WorkshopReminderDue, to=Hearer.PERSON)
def reminder(fact: Recorded[WorkshopReminderDue], know: Know) -> Iterator[Notice]:
    """A reminder, some days before."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.reminder",
        to=fact.event.person_id,
        subject=f"See you soon: {title_of(plan)}, {nhs_date(local_day(plan.starts_at))}",
        paragraphs=(
            f"Our {called('workshop', plan.title)} is only a few days away.",
            *when_and_where(plan),
            "If you can't come, please tell us today.",
            "If you need anything to take part, please ring or write to us today.",
        ),
        asks=to_give_back(plan, fact.event.person_id),
    )


@tells(WorkshopMissed, to=Hearer.PERSON)
def missed(fact: Recorded[WorkshopMissed], know: Know) -> Iterator[Notice]:
    """A missed workshop, and how to make it up."""
    plan = know(Workshop(fact.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.missed",
        to=fact.event.person_id,
        subject=f"We missed you at {title_of(plan)}",
        paragraphs=(
            (
                f"We are sorry that you were not at our {called('workshop', plan.title)} on "
                f"{nhs_date(local_day(plan.starts_at))}. We hope that you are well."
            ),
            (
                "You can make it up: with another cohort, with one of us, with your partner, "
                "or online. Please ring or write to us about what suits you."
            ),
            "If you were there, ring or write to us too, and we will put it right.",
        ),
    )


@tells(TrainingCompleted, to=Hearer.PERSON)
def completed(fact: Recorded[TrainingCompleted], know: Know) -> Iterator[Notice]:
    """The end of the training."""
    yield Notice(
        template="training.completed",
        to=fact.event.person_id,
        subject="You have completed your training",
        paragraphs=(
            "Well done! You have taken part in all the workshops of your training.",
            "Now you and your partner can put what you learned into action, in your project.",
            "We are here for you. Please ask if you need anything.",
        ),
    )


@tells(TrainingReopened, to=Hearer.PERSON)
def reopened(fact: Recorded[TrainingReopened], know: Know) -> Iterator[Notice]:
    """A mistake in the register that means there is something left to make up."""
    yield Notice(
        template="training.reopened",
        to=fact.event.person_id,
        subject="One workshop of your training is still open",
        paragraphs=(
            (
                "We told you that your training was complete. We have now found a mistake in our "
                "register, and we are sorry. One workshop is still open."
            ),
            "You can make it up. Please ring or write to us about what suits you.",
            "If you think that you were there, ring or write to us, and we will look again.",
        ),
    )
