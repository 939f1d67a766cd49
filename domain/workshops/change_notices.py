"""What people hear when something about a workshop, or its register, is put right or due."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, called, nhs_date, tells
from domain.roles.officers import holding_registers
from domain.workshops.attendance import Register
from domain.workshops.calendar_entries import CalendarEntries
from domain.workshops.changes import ReinstateReason
from domain.workshops.closing import RegisterReopenReason
from domain.workshops.notices import (
    KEPT_WAIT,
    is_near,
    title_of,
    to_give_back,
    when_and_where,
)
from domain.workshops.notices import REASONS as REASONS_FOR_A_CHANGE
from domain.workshops.workshop import Workshop
from events.calendar import local_day
from events.catalogue import Recorded
from events.workshops import (
    RegisterReminderDue,
    RegisterReopened,
    WorkshopAmended,
    WorkshopReinstated,
)

REASONS: Final[Mapping[str, str]] = {
    ReinstateReason.MISTAKE: "We cancelled it by mistake.",
    ReinstateReason.POSSIBLE: "We have found a way to hold it after all.",
    RegisterReopenReason.MISTAKE: "We had closed our register by mistake.",
    RegisterReopenReason.MORE_CAME: "We have heard of more people who were there.",
    RegisterReopenReason.OTHER: "If you want to know more about why, please ask us.",
}
KEPT_PLACE: Final = "Your place is still yours. If you can't come, please tell us soon."
HELD_ANEW: Final = "We hold your place once more, and write to you about it."


@tells(WorkshopAmended, to=Hearer.LISTED)
def amended(fact: Recorded[WorkshopAmended], know: Know) -> Iterator[Notice]:
    """Another title or venue, for everybody on the list; a number is nothing to them."""
    workshop = know(Workshop(fact.event.workshop_id))
    if workshop.scheduled is None or fact.event.title is fact.event.venue is None:
        return
    new = {"title": fact.event.title, "venue": fact.event.venue}
    said = {name: value for name, value in new.items() if value is not None}
    plan = workshop.scheduled.model_copy(update=said)
    day = nhs_date(local_day(plan.starts_at))
    calendars = know(CalendarEntries(plan.workshop_id))
    for person_id in workshop.listed:
        has_place = person_id in workshop.booked
        yield Notice(
            template="workshop.amended",
            to=person_id,
            subject=f"Something has changed: {title_of(plan)}, {day}",
            paragraphs=(
                f"Something has changed about our {called('workshop', plan.title)}.",
                *when_and_where(plan),
                *because(REASONS_FOR_A_CHANGE, fact.event.reason),
                KEPT_PLACE if has_place else KEPT_WAIT,
            ),
            appointment=calendars.of(plan, person_id) if has_place else None,
            asks=to_give_back(plan, person_id) if has_place else None,
            urgent=is_near(fact, plan.starts_at),
        )


@tells(WorkshopReinstated, to=Hearer.LISTED)
def reinstated(fact: Recorded[WorkshopReinstated], know: Know) -> Iterator[Notice]:
    """A workshop that takes place after all, for all who were told that it would not."""
    workshop = know(Workshop(fact.event.workshop_id))
    plan = workshop.scheduled
    if plan is None:
        return
    calendars = know(CalendarEntries(plan.workshop_id))
    for person_id in workshop.listed:
        has_place = person_id in workshop.booked
        held = HELD_ANEW if person_id in workshop.promised else KEPT_WAIT
        yield Notice(
            template="workshop.reinstated",
            to=person_id,
            subject=f"Good news: {title_of(plan)} takes place after all",
            paragraphs=(
                (
                    f"We told you that our {called('workshop', plan.title)} would not take place. "
                    "It will, and we are sorry for the trouble."
                ),
                *because(REASONS, fact.event.reason),
                *when_and_where(plan),
                KEPT_PLACE if has_place else held,
            ),
            appointment=calendars.of(plan, person_id) if has_place else None,
            asks=to_give_back(plan, person_id) if has_place else None,
        )


@tells(RegisterReopened, to=Hearer.ABSENT)
def looked_at_again(fact: Recorded[RegisterReopened], know: Know) -> Iterator[Notice]:
    """A register that is open again, for all who were told that they were missed."""
    workshop = know(Workshop(fact.event.workshop_id))
    if workshop.scheduled is None:
        return
    learned = know(Register(fact.event.workshop_id)).learned
    for person_id in sorted(workshop.booked - learned):
        yield Notice(
            template="workshop.register-reopened",
            to=person_id,
            subject=f"We look again at who was there: {title_of(workshop.scheduled)}",
            paragraphs=(
                (
                    f"We told you that you were not at our "
                    f"{called('workshop', workshop.scheduled.title)}. We look at that again."
                ),
                *because(REASONS, fact.event.reason),
                "If you were there, please ring or write to us. Nothing else is asked of you.",
            ),
        )


@tells(RegisterReminderDue, to=Hearer.HOLDING_THE_REGISTER)
def close_it_soon(fact: Recorded[RegisterReminderDue], know: Know) -> Iterator[Notice]:
    """By when a register is to be closed, for those who can close it."""
    event, plan = fact.event, know(Workshop(fact.event.workshop_id)).scheduled
    day, until = local_day(fact.envelope.time), nhs_date(event.close_by)
    people = holding_registers(know, event.cohort_id, day)
    if plan is None:
        return
    held_on = nhs_date(local_day(plan.starts_at))
    asks = Asks("workshop.close-register", {"workshop_id": event.workshop_id}, event.close_by)
    for who in sorted(people):
        yield Notice(
            template="workshop.register-reminder-due",
            to=who,
            subject=f"Please close the register: {title_of(plan)}",
            paragraphs=(
                f"Our {called('workshop', plan.title)} was on {held_on}.",
                "Its register is still open.",
                f"Please say who came, and close it by the end of {until}.",
                "Then whoever missed it hears how to make it up.",
            ),
            asks=asks,
        )
