"""What people hear about the workshops that they booked."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Appointment, Notice, nhs_date, nhs_time, tells
from domain.schedule import ChangeReason
from domain.workshops import Workshop
from events.calendar import local_day
from events.catalogue import Recorded
from events.ids import PersonId
from events.workshops import (
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)

REASONS = {
    ChangeReason.VENUE: "We can't use the rooms on that day.",
    ChangeReason.FACILITATOR: "The person who leads the workshop can't come on that day.",
    ChangeReason.ACCESS: "The rooms were not right for everybody who wants to come.",
    ChangeReason.WEATHER: "The weather makes it unsafe to travel.",
    ChangeReason.TOO_FEW: "Too few people were able to come.",
    ChangeReason.OTHER: "If you want to know more about why, please ask us.",
}


def when_and_where(plan: WorkshopScheduled) -> tuple[str, str]:
    """Two sentences on a workshop's day, times and venue."""
    day, begins = nhs_date(local_day(plan.starts_at)), nhs_time(plan.starts_at)
    return (
        f"It is on {day}. It starts at {begins} and ends at {nhs_time(plan.ends_at)}.",
        f"It takes place at {plan.venue}. Lunch and drinks are there for you.",
    )


def appointment(plan: WorkshopScheduled) -> Appointment:
    """The calendar's entry; its id stays when the workshop moves."""
    return Appointment(
        uid=plan.workshop_id,
        title=plan.title,
        place=plan.venue,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )


def listed(workshop: Workshop) -> list[PersonId]:
    """Everybody who has a place on a workshop, is promised one or waits for one."""
    return sorted({*workshop.booked, *workshop.promised, *workshop.waiting})


@tells(WorkshopBooked)
def booked(told: Recorded[WorkshopBooked], know: Know) -> Iterator[Notice]:
    """A booking, with a file for the calendar."""
    plan = know(Workshop(told.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.booked",
        to=told.event.person_id,
        subject=f"Your place on {plan.title}, {nhs_date(local_day(plan.starts_at))}",
        paragraphs=(
            f"You have a place on our workshop “{plan.title}”.",
            *when_and_where(plan),
            "If you can't come, please tell us soon, so that someone else can have your place.",
        ),
        appointment=appointment(plan),
    )


@tells(WorkshopRescheduled)
def moved(told: Recorded[WorkshopRescheduled], know: Know) -> Iterator[Notice]:
    """A new time, for everybody on the list; who has a place gets a new file for the calendar."""
    workshop = know(Workshop(told.event.workshop_id))
    if workshop.scheduled is None:
        return
    when = {"starts_at": told.event.starts_at, "ends_at": told.event.ends_at}
    plan = workshop.scheduled.model_copy(update=when)
    for person_id in listed(workshop):
        has_place = person_id in workshop.booked
        yield Notice(
            template="workshop.rescheduled",
            to=person_id,
            subject=f"New date for {plan.title}: {nhs_date(local_day(plan.starts_at))}",
            paragraphs=(
                f"Our workshop “{plan.title}” has moved.",
                REASONS[ChangeReason(told.event.reason)],
                *when_and_where(plan),
                KEPT_PLACE if has_place else KEPT_WAIT,
            ),
            appointment=appointment(plan) if has_place else None,
        )


KEPT_PLACE = "Your place is still yours. If you can't come on the new day, please tell us soon."
KEPT_WAIT = "You have kept your turn on the waiting list."


@tells(WorkshopCancelled)
def cancelled(told: Recorded[WorkshopCancelled], know: Know) -> Iterator[Notice]:
    """A workshop that does not take place, for everybody on its list."""
    workshop = know(Workshop(told.event.workshop_id))
    plan = workshop.scheduled
    if plan is None:
        return
    for person_id in listed(workshop):
        yield Notice(
            template="workshop.cancelled",
            to=person_id,
            subject=f"{plan.title} will not take place",
            paragraphs=(
                (
                    f"We are sorry. Our workshop “{plan.title}” on "
                    f"{nhs_date(local_day(plan.starts_at))} will not take place."
                ),
                REASONS[ChangeReason(told.event.reason)],
                "You don't need to do anything. We will write to you about a new date.",
            ),
        )


@tells(WorkshopReminderDue)
def reminder(told: Recorded[WorkshopReminderDue], know: Know) -> Iterator[Notice]:
    """A reminder, some days before."""
    plan = know(Workshop(told.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.reminder",
        to=told.event.person_id,
        subject=f"See you soon: {plan.title}, {nhs_date(local_day(plan.starts_at))}",
        paragraphs=(
            f"Our workshop “{plan.title}” is only a few days away.",
            *when_and_where(plan),
            "If you need anything to take part, or can't come, please tell us today.",
        ),
    )
