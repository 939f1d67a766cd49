"""What an application holds once decisions are released: an offer, a place, a turn, or nothing."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final

from domain.applications.application import Application
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Know, Knowledge, Refusal, learns
from events.applications import ApplicationReinstated, ApplicationWithdrawn
from events.event import Event
from events.ids import ApplicationId
from events.offers import (
    ApplicationDeclined,
    EmployerAwaited,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerReminderDue,
    EmployerSilent,
    OfferAccepted,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferReminderDue,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
    ReserveEnded,
    ReserveListed,
)


class PlaceStanding(StrEnum):
    """What an application holds once decisions are released."""

    NOTHING = "nothing"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    RESERVE = "reserve"
    DECLINED = "declined"
    TURNED_DOWN = "turned-down"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken-back"
    GIVEN_UP = "given-up"
    NOT_REACHED = "not-reached"


AFTER: Final[dict[type[Event], PlaceStanding]] = {
    OfferMade: PlaceStanding.OFFERED,
    OfferAccepted: PlaceStanding.ACCEPTED,
    PlaceConfirmed: PlaceStanding.CONFIRMED,
    PlaceUnconfirmed: PlaceStanding.ACCEPTED,
    ReserveListed: PlaceStanding.RESERVE,
    ApplicationDeclined: PlaceStanding.DECLINED,
    OfferDeclined: PlaceStanding.TURNED_DOWN,
    OfferLapsed: PlaceStanding.LAPSED,
    OfferWithdrawn: PlaceStanding.TAKEN_BACK,
    PlaceGivenUp: PlaceStanding.GIVEN_UP,
    PlaceGivenBack: PlaceStanding.ACCEPTED,
    ReserveEnded: PlaceStanding.NOT_REACHED,
    ApplicationWithdrawn: PlaceStanding.NOTHING,
    ApplicationReinstated: PlaceStanding.NOTHING,
}
TAKEN: Final = (PlaceStanding.ACCEPTED, PlaceStanding.CONFIRMED)
CHOSEN: Final = (OfferMade, ReserveListed)
WHOSE: Final = ("application_id", "cohort_id", "person_id", "side")


@dataclass
class PlaceHeld(Knowledge):
    """What one application holds, its last offer, and whether the employer releases; if not yet,
    until when their answer is awaited, and whether they did before. `was_confirmed` is whether a
    place that waits for them, or is confirmed once more, was confirmed before.
    """

    unopened: ClassVar = True
    application_id: ApplicationId | None
    standing: PlaceStanding = PlaceStanding.NOTHING
    offer: OfferMade | None = None
    offer_reminded: bool = False
    chosen: bool = False
    employer_release: bool = False
    employer_release_lost: bool = False
    was_confirmed: bool = False
    employer_by: date | None = None
    employer_remind_on: date | None = None
    employer_reminded: bool = False
    employer_silent: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.application_id,)

    def open_offer(self) -> OfferMade:
        """The offer that waits for an answer; refuses if there is none."""
        if self.offer is None or self.standing is not PlaceStanding.OFFERED:
            raise NoOpenOffer
        return self.offer

    @learns(*AFTER)
    def came_further(self, event: Event) -> None:
        self.standing = AFTER[type(event)]
        self.chosen |= isinstance(event, CHOSEN)
        if isinstance(event, OfferMade):
            self.offer, self.offer_reminded = event, False
        if not isinstance(event, PlaceConfirmed):
            self.was_confirmed = isinstance(event, PlaceUnconfirmed)

    @learns(OfferDayChanged)
    def has_another_day(self, event: OfferDayChanged) -> None:
        if self.offer is not None:
            days = event.model_dump(include={"accept_by", "remind_on"})
            self.offer, self.offer_reminded = self.offer.model_copy(update=days), False

    @learns(OfferReminderDue)
    def is_reminded(self, event: OfferReminderDue) -> None:
        self.offer_reminded = True

    @learns(EmployerAwaited)
    def employer_is_asked(self, event: EmployerAwaited) -> None:
        self.employer_by, self.employer_remind_on = event.answer_by, event.remind_on
        self.employer_reminded = self.employer_silent = False

    @learns(EmployerReminderDue)
    def employer_is_reminded(self, event: EmployerReminderDue) -> None:
        self.employer_reminded = True

    @learns(EmployerSilent)
    def employer_says_nothing(self, event: EmployerSilent) -> None:
        self.employer_silent = True

    @learns(EmployerReleaseConfirmed)
    def employer_agrees(self, event: EmployerReleaseConfirmed) -> None:
        self.employer_release, self.employer_release_lost = True, False

    @learns(EmployerReleaseLost)
    def employer_disagrees(self, event: EmployerReleaseLost) -> None:
        self.employer_release, self.employer_release_lost = False, True


class NoOpenOffer(Refusal):
    """There is no offer of a place that waits for an answer. Ask us if you expected one."""

    code = "offer.none-open"


Held = tuple[Application, PlaceHeld, Impartial]


def held(know: Know, application_id: ApplicationId | None) -> Held:
    """What must be known of an application, of what it holds, and of who may act on it."""
    application = know(Application(application_id))
    return application, know(PlaceHeld(application_id)), about(know, application)


def about(know: Know, application: Application) -> Impartial:
    """What must be known so that nobody of the team acts on an application of their own, or beside
    which their own stands, or of somebody close.
    """
    return impartial(know, application.cohort_id, [application.person_id])


def whose(fact: Event) -> dict[str, Any]:
    """The four fields that every fact on the way to a place shares, taken from another one."""
    return {name: getattr(fact, name) for name in WHOSE}
