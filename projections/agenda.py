"""What waits for its time, so that the scheduler asks for it then and not for what was settled."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from events.applications import ApplicationWithdrawn
from events.assessments import AssessorLate, AssessorReminderDue
from events.catalogue import Recorded
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortPlanAmended,
    CohortPlanned,
    DecisionsReleased,
    ReleaseOverdue,
)
from events.contacts import ContactAgreed, ContactEnded, ContactUnanswered
from events.continuation import CheckInDue, ContinuationEnded
from events.event import Event
from events.offers import (
    EmployerReleaseConfirmed,
    EmployerReminderDue,
    EmployerSilent,
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferReminderDue,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveClosed,
)
from events.pairings import (
    PairingActivated,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingStepTakenBack,
    PairingTakenBack,
    ProposalReminderDue,
)
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestoneReported,
    MilestoneReturned,
    MilestoneUnconfirmed,
    ProjectCompleted,
    ProjectStopped,
    ProjectTakenUpAgain,
)
from events.terms import PairingStep
from events.workshops import (
    BookingCancelled,
    RegisterOverdue,
    RegisterReminderDue,
    WaitingListLapsed,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopReinstated,
    WorkshopReminderDue,
)
from projections.dues import COMMANDS, OPENS, Due
from projections.projection import Projection, Row

OF_A_MILESTONE: Final = frozenset({"milestone.remind", "milestone.mark-overdue"})
HELD_PLACE: Final = frozenset({"workshop.lapse-held-place"})
OFFER: Final = frozenset({"offer.remind", "offer.lapse"})
REMINDER: Final = frozenset({"place.remind-employer"})
EMPLOYER: Final = frozenset({"place.remind-employer", "place.note-employer-silent"})
RESERVE: Final = frozenset({"reserve.close"})
PROPOSAL: Final = frozenset({"pairing.remind", "pairing.lapse"})
CHECK_INS: Final = frozenset({"continuation.check-in"})
UNANSWERED: Final = frozenset({"contact.mark-unanswered"})
SCORES: Final = frozenset({"assessment.remind", "assessment.note-late"})
APPLICATIONS: Final = frozenset({"cohort.close-applications"})
RELEASE: Final = frozenset({"cohort.mark-release-overdue"})

CLOSES: Final[Mapping[type[Event], frozenset[str]]] = MappingProxyType(
    {
        ApplicationsClosed: APPLICATIONS,
        CohortCancelled: APPLICATIONS | RELEASE | RESERVE | SCORES,
        ReserveClosed: RESERVE,
        DecisionsReleased: APPLICATIONS | RELEASE | SCORES,
        ReleaseOverdue: RELEASE,
        AssessorReminderDue: frozenset({"assessment.remind"}),
        AssessorLate: frozenset({"assessment.note-late"}),
        OfferReminderDue: frozenset({"offer.remind"}),
        OfferAccepted: OFFER,
        OfferDeclined: OFFER,
        OfferLapsed: OFFER,
        OfferWithdrawn: OFFER | EMPLOYER,
        ApplicationWithdrawn: OFFER | EMPLOYER,
        PlaceGivenUp: EMPLOYER,
        EmployerReleaseConfirmed: EMPLOYER,
        EmployerReminderDue: REMINDER,
        EmployerSilent: EMPLOYER,
        ProposalReminderDue: frozenset({"pairing.remind"}),
        PairingActivated: PROPOSAL,
        PairingDeclined: PROPOSAL,
        PairingTakenBack: PROPOSAL,
        PairingLapsed: PROPOSAL,
        PairingEnded: COMMANDS,
        CheckInDue: CHECK_INS,
        WorkshopReminderDue: frozenset({"workshop.remind"}),
        WorkshopBooked: HELD_PLACE,
        WaitingListLapsed: HELD_PLACE,
        BookingCancelled: HELD_PLACE,
        WorkshopHeld: COMMANDS,
        RegisterReminderDue: frozenset({"workshop.remind-register"}),
        RegisterOverdue: frozenset({"workshop.remind-register", "workshop.mark-register-overdue"}),
        MilestoneFellDue: frozenset({"milestone.remind"}),
        MilestoneOverdue: OF_A_MILESTONE,
        MilestoneConfirmed: OF_A_MILESTONE,
        MilestoneDropped: OF_A_MILESTONE,
        ContactAgreed: UNANSWERED,
        ContactUnanswered: UNANSWERED,
        ContactEnded: frozenset({"contact.lapse", *UNANSWERED}),
    }
)
# Applications that were never opened need not be closed, and a report awaits the other partner.
# What will not be reached, does not go on, or was noted by mistake, may go on after all.
SETS_ASIDE: Final = (
    CohortPlanned,
    WorkshopCancelled,
    MilestoneReported,
    MilestoneMissed,
    MilestoneUnconfirmed,
    ProjectCompleted,
    ProjectStopped,
    ContinuationEnded,
)
BRINGS_BACK: Final = (
    ApplicationsOpened,
    WorkshopReinstated,
    MilestoneReturned,
    ProjectTakenUpAgain,
    PairingStepTakenBack,
)
OF_CONCERN: Final[frozenset[type[Event]]] = frozenset({*OPENS, *CLOSES, *SETS_ASIDE, *BRINGS_BACK})
THINGS: Final = (
    "contact_id",
    "application_id",
    "workshop_id",
    "project_id",
    "pairing_id",
    "cohort_id",
)
ABOUT: Final[Mapping[type[Event], str]] = MappingProxyType(
    {kind: next(name for name in THINGS if name in kind.model_fields) for kind in OF_CONCERN}
)


class AgendaRow(Row):
    """What waits about one thing, the earliest first; `next_at` is the first moment.

    `set_aside` is not due now, and may come back: the end of applications that are not open yet,
    what there is about a milestone while the report on it awaits the other partner, and what there
    is about something that was called off, or is over, also of two who said that they do not go on.
    """

    about: str
    due: tuple[Due, ...] = ()
    set_aside: tuple[Due, ...] = ()
    next_at: datetime | None = None


def keys(event: Event) -> Iterable[str]:
    """The thing that a fact is about: a milestone waits with its project."""
    name = ABOUT.get(type(event))
    return (getattr(event, name),) if name else ()


def agenda(row: AgendaRow | None, fact: Recorded[Any], key: str) -> AgendaRow | None:
    """What waits about the thing after one more fact; no row, if nothing does."""
    event = fact.event
    row = row or AgendaRow(position=fact.envelope.position, about=key)
    due = (*_still(row.due, event), *_opened(event))
    aside = _still(row.set_aside, event)
    if isinstance(event, SETS_ASIDE) or _waits_to_be_opened(row, event):
        due, aside = _without(due, event), (*aside, *_about(due, event))
    if isinstance(event, BRINGS_BACK):
        due, aside = (*due, *_about(aside, event)), _without(aside, event)
    if not due and not aside:
        return None
    in_order = tuple(sorted(due, key=lambda one: (one.at, one.command, str(one.data))))
    next_at = in_order[0].at if in_order else None
    return row.after(fact, due=in_order, set_aside=aside, next_at=next_at)


def _waits_to_be_opened(row: AgendaRow, event: Event) -> bool:
    """Whether another closing day is planned while nobody can apply yet."""
    return isinstance(event, CohortPlanAmended) and bool(_about(row.set_aside, event))


def _opened(event: Event) -> tuple[Due, ...]:
    opens = OPENS.get(type(event))
    return opens(event) if opens else ()


def _still(waiting: tuple[Due, ...], event: Event) -> tuple[Due, ...]:
    """What a fact neither settles nor sets anew."""
    settled = _closed(event) or frozenset(one.command for one in _opened(event))
    return tuple(one for one in waiting if one.command not in settled or not one.concerns(event))


def _closed(event: Event) -> frozenset[str] | None:
    """What a fact settles; without their completion two are not asked how they go on."""
    if isinstance(event, PairingStepTakenBack) and event.step is PairingStep.COMPLETION:
        return CHECK_INS
    return CLOSES.get(type(event))


def _about(waiting: tuple[Due, ...], event: Event) -> tuple[Due, ...]:
    return tuple(one for one in waiting if one.concerns(event))


def _without(waiting: tuple[Due, ...], event: Event) -> tuple[Due, ...]:
    return tuple(one for one in waiting if not one.concerns(event))


AGENDA: Final = Projection(
    name="agenda",
    version=6,
    question="What has to be asked for, and when?",
    row=AgendaRow,
    keys=keys,
    fold=agenda,
)
