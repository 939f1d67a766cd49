"""What people hear about their workshops."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Appointment, Notice, nhs_date, nhs_time, tells
from domain.workshops import Workshop
from events.calendar import local_day
from events.catalogue import Recorded
from events.workshops import WorkshopBooked


@tells(WorkshopBooked)
def booked(told: Recorded[WorkshopBooked], know: Know) -> Iterator[Notice]:
    """A booking, with a file for the calendar."""
    plan = know(Workshop(told.event.workshop_id)).scheduled
    if plan is None:
        return
    day, begins = nhs_date(local_day(plan.starts_at)), nhs_time(plan.starts_at)
    yield Notice(
        template="workshop.booked",
        to=told.event.person_id,
        subject=f"Your place on {plan.title}, {day}",
        paragraphs=(
            f"You have a place on our workshop “{plan.title}”.",
            f"It is on {day}. It starts at {begins} and ends at {nhs_time(plan.ends_at)}.",
            f"It takes place at {plan.venue}. Lunch and drinks are there for you.",
            "If you can't come, please tell us soon, so that someone else can have your place.",
        ),
        appointment=Appointment(
            uid=plan.workshop_id,
            title=plan.title,
            place=plan.venue,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
        ),
    )
