"""Deadlines, reminders and check-ins: which command is due when, once a fact has happened."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import JsonValue

from events.assessments import AssessmentsAwaited, AssessorDayChanged
from events.calendar import at, end_of, months_after
from events.cohorts import CohortPlanAmended, CohortPlanned
from events.contacts import ContactKept
from events.event import Event
from events.offers import EmployerAwaited, OfferDayChanged, OfferMade, ReserveOpened
from events.pairings import PairingCompleted, PairingProposed, ProposalExtended
from events.projects import MilestonePlanned, MilestoneRescheduled, MilestoneUnconfirmed
from events.workshops import (
    RegisterReopened,
    WaitingListOffered,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from projections.projection import Part

MORNING: Final = 9
"""The hour in London at which letters begin to be asked for. No decision goes by it: any hour of
the day that the programme's rules name is right."""
COMMANDS: Final = frozenset(
    {
        "assessment.note-late",
        "assessment.remind",
        "cohort.close-applications",
        "cohort.mark-release-overdue",
        "offer.lapse",
        "offer.remind",
        "place.remind-employer",
        "place.note-employer-silent",
        "reserve.close",
        "pairing.lapse",
        "pairing.remind",
        "workshop.remind",
        "workshop.remind-register",
        "workshop.lapse-held-place",
        "workshop.mark-register-overdue",
        "workshop.offer-kept-places",
        "milestone.remind",
        "milestone.mark-overdue",
        "continuation.check-in",
        "contact.lapse",
        "contact.mark-unanswered",
    }
)


class Due(Part):
    """A command to be sent at a moment (in UTC), with its data."""

    at: datetime
    command: str
    data: dict[str, JsonValue]

    def concerns(self, event: Event) -> bool:
        """Whether a fact is about the same things, as far as it names them."""
        mine = self.data.items()
        return all(str(getattr(event, name, value)) == str(value) for name, value in mine)


def _applications(event: CohortPlanned) -> tuple[Due, ...]:
    this, late = {"cohort_id": event.cohort_id}, "cohort.mark-release-overdue"
    return (
        _due(end_of(event.closes_on), "cohort.close-applications", **this),
        _due(end_of(event.decisions_on), late, **this),
    )


def _other_days(event: CohortPlanAmended) -> tuple[Due, ...]:
    this = {"cohort_id": event.cohort_id}
    days = (
        ("cohort.close-applications", event.closes_on),
        ("cohort.mark-release-overdue", event.decisions_on),
    )
    return tuple(_due(end_of(day), command, **this) for command, day in days if day)


def _offer(event: OfferMade | OfferDayChanged) -> tuple[Due, ...]:
    this = {"application_id": event.application_id}
    over = _due(end_of(event.accept_by), "offer.lapse", **this)
    return (*_reminder(event.remind_on, "offer.remind", **this), over)


def _employer(event: EmployerAwaited) -> tuple[Due, ...]:
    reminding = at(event.remind_on, MORNING)
    application_id, over = event.application_id, end_of(event.answer_by)
    return (
        _due(reminding, "place.remind-employer", application_id=application_id),
        _due(over, "place.note-employer-silent", application_id=application_id),
    )


def _scores(event: AssessmentsAwaited | AssessorDayChanged) -> tuple[Due, ...]:
    this, near, last = event.cohort_id, event.remind_on, event.score_by
    remind, late = "assessment.remind", "assessment.note-late"
    return (
        _due(at(near, MORNING), remind, cohort_id=this, remind_on=near.isoformat()),
        _due(end_of(last), late, cohort_id=this, score_by=last.isoformat()),
    )


def _reserve(event: ReserveOpened) -> tuple[Due, ...]:
    return (_due(end_of(event.closes_on), "reserve.close", cohort_id=event.cohort_id),)


def _proposal(event: PairingProposed | ProposalExtended) -> tuple[Due, ...]:
    this = {"pairing_id": event.pairing_id}
    over = _due(end_of(event.accept_by), "pairing.lapse", **this)
    return (*_reminder(event.remind_on, "pairing.remind", **this), over)


def _check_ins(event: PairingCompleted) -> tuple[Due, ...]:
    def check_in(months: int) -> Due:
        day = months_after(event.completed_on, months)
        pairing_id = event.pairing_id
        return _due(at(day, MORNING), "continuation.check-in", pairing_id=pairing_id, months=months)

    return tuple(check_in(months) for months in event.check_in_months)


def _workshop(event: WorkshopScheduled | WorkshopRescheduled) -> tuple[Due, ...]:
    this = {"workshop_id": event.workshop_id}
    return (
        _due(at(event.remind_on, MORNING), "workshop.remind", **this),
        _due(event.kept_until, "workshop.offer-kept-places", **this),
        *_reminder(event.register_remind_on, "workshop.remind-register", **this),
        _due(end_of(event.close_by), "workshop.mark-register-overdue", **this),
    )


def _register(event: RegisterReopened) -> tuple[Due, ...]:
    this = {"workshop_id": event.workshop_id}
    return (
        *_reminder(event.register_remind_on, "workshop.remind-register", **this),
        _due(end_of(event.close_by), "workshop.mark-register-overdue", **this),
    )


def _held_place(event: WaitingListOffered) -> tuple[Due, ...]:
    lapse = "workshop.lapse-held-place"
    workshop_id, person_id = event.workshop_id, event.person_id
    return (_due(event.until, lapse, workshop_id=workshop_id, person_id=person_id),)


def _milestone(
    event: MilestonePlanned | MilestoneRescheduled | MilestoneUnconfirmed,
) -> tuple[Due, ...]:
    reminding = at(event.remind_on, MORNING)
    milestone_id, over = event.milestone_id, end_of(event.due_on)
    return (
        _due(reminding, "milestone.remind", milestone_id=milestone_id),
        _due(over, "milestone.mark-overdue", milestone_id=milestone_id),
    )


def _contact(event: ContactKept) -> tuple[Due, ...]:
    this = {"contact_id": event.contact_id}
    return (
        _due(end_of(event.answer_by), "contact.mark-unanswered", **this),
        _due(end_of(event.until), "contact.lapse", **this),
    )


def _reminder(day: date | None, command: str, **data: JsonValue) -> tuple[Due, ...]:
    """What is due on the morning of a day; nothing, if the fact is older than such days."""
    return (_due(at(day, MORNING), command, **data),) if day else ()


def _due(moment: datetime, command: str, **data: JsonValue) -> Due:
    return Due(at=moment, command=command, data=data)


OPENS: Final[Mapping[type[Event], Callable[[Any], tuple[Due, ...]]]] = MappingProxyType(
    {
        CohortPlanned: _applications,
        CohortPlanAmended: _other_days,
        AssessmentsAwaited: _scores,
        AssessorDayChanged: _scores,
        OfferMade: _offer,
        OfferDayChanged: _offer,
        EmployerAwaited: _employer,
        ReserveOpened: _reserve,
        PairingProposed: _proposal,
        ProposalExtended: _proposal,
        PairingCompleted: _check_ins,
        WorkshopScheduled: _workshop,
        WorkshopRescheduled: _workshop,
        RegisterReopened: _register,
        WaitingListOffered: _held_place,
        MilestonePlanned: _milestone,
        MilestoneRescheduled: _milestone,
        MilestoneUnconfirmed: _milestone,
        ContactKept: _contact,
    }
)
