"""What may happen to an offer of a place, from its making to its answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from domain.applications.application import Application
from domain.applications.standing import (
    TAKEN,
    NoOpenOffer,
    PlaceHeld,
    PlaceStanding,
    held,
    whose,
)
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from domain.offers.employers import firm
from domain.reasons import SaidOfApplication
from events.applications import ApplicationWithdrawn
from events.calendar import end_of
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    OfferAccepted,
    OfferDeclined,
    OfferLapsed,
    OfferWithdrawn,
    PlaceConfirmed,
    PlaceGivenUp,
    PlaceUnconfirmed,
)
from events.terms import Role, Side

HeldAndSaid = tuple[Application, PlaceHeld, Impartial, SaidOfApplication]
OWN: Final = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.COORDINATOR})


@dataclass
class Membership(Knowledge):
    """Whether somebody is on a cohort, and from which side; or would be, if their employer released
    them again (`unreleased`).
    """

    unopened: ClassVar = True
    cohort_id: CohortId | None
    person_id: PersonId | None
    side: Side | None = None
    confirmed: bool = False
    unreleased: bool = False
    application_id: ApplicationId | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    def must_be_confirmed(self) -> None:
        """Refuses somebody who has no confirmed place on the cohort."""
        if not self.confirmed:
            raise NotOnTheCohort

    @learns(OfferAccepted)
    def said_yes(self, event: OfferAccepted) -> None:
        self.application_id = event.application_id

    @learns(PlaceConfirmed)
    def came(self, event: PlaceConfirmed) -> None:
        self.side, self.confirmed, self.unreleased = event.side, True, False
        self.application_id = event.application_id

    @learns(PlaceUnconfirmed)
    def waits_for_the_employer(self, event: PlaceUnconfirmed) -> None:
        self.confirmed, self.unreleased = False, True

    @learns(PlaceGivenUp, ApplicationWithdrawn, OfferWithdrawn)
    def left(self, event: PlaceGivenUp | ApplicationWithdrawn | OfferWithdrawn) -> None:
        if event.application_id == self.application_id:
            self.confirmed = self.unreleased = False


class NotOnTheCohort(Refusal):
    """Only people with a confirmed place on the cohort can take part in this."""

    code = "place.not-on-the-cohort"


class OfferOver(Refusal):
    """The time to accept this offer is over. Ask us if there may still be a place for you."""

    code = "offer.over"


class OfferStillOpen(TooEarly):
    """The person still has time to answer this offer."""

    code = "offer.still-open"


class OfferDeclineReason(StrEnum):
    """Why somebody does not take the place."""

    DATES = "offer.dates-do-not-fit"
    HEALTH = "offer.health"
    CARING = "offer.caring-for-someone"
    WORK = "offer.work"
    EMPLOYER = "offer.employer-does-not-release"
    CHANGED_MIND = "offer.changed-mind"
    NOT_SAID = "offer.reason-not-said"


class OfferWithdrawReason(StrEnum):
    """Why the programme takes an offer back; the person is shown the sentence of it."""

    MADE_BY_MISTAKE = "offer.made-by-mistake"
    EMPLOYER_DOES_NOT_RELEASE = "offer.no-employer-release"
    DETAILS_NOT_RIGHT = "offer.details-not-right"
    NO_LONGER_IN_TOUCH = "offer.no-longer-in-touch"


class AcceptOffer(Command, Decides[Application, PlaceHeld, CohortRules, Impartial]):
    """Somebody takes the place; a patient leader is on the cohort with it (rules 9 and 10). The
    employer of a healthcare leader has so many days to say that they can come.
    """

    name: ClassVar = "offer.accept"
    roles: ClassVar = OWN
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, CohortRules, Impartial]:
        application, place, judging = held(know, self.application_id)
        return application, place, cohort_rules(know, application.cohort_id), judging

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        rules: CohortRules,
        _: Impartial,
    ) -> Iterator[Event]:
        started = application.known
        act.must_speak_for(started.person_id)
        if place.standing in TAKEN:
            return
        if act.time >= end_of(place.open_offer().accept_by):
            raise OfferOver
        yield OfferAccepted(**whose(started))
        yield from firm(act, started, place, rules)


class DeclineOffer(Command, Decides[Application, PlaceHeld, Impartial, SaidOfApplication]):
    """Somebody does not take the place that they were offered; or says another reason why."""

    name: ClassVar = "offer.decline"
    roles: ClassVar = OWN
    application_id: ApplicationId
    reason: OfferDeclineReason = OfferDeclineReason.NOT_SAID

    def needs(self, know: Know) -> HeldAndSaid:
        return *held(know, self.application_id), know(SaidOfApplication(self.application_id))

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        started = application.known
        act.must_speak_for(started.person_id)
        if place.standing is PlaceStanding.TURNED_DOWN:
            yield from said.otherwise(OfferDeclined, self.given(self.reason))
            return
        yield OfferDeclined(**whose(place.open_offer()), reason=self.reason.value)


class LapseOffer(Command, Decides[Application, PlaceHeld, Cohort]):
    """Nobody answered in time: the scheduler says so after the last day (rule 9)."""

    name: ClassVar = "offer.lapse"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Cohort]:
        application = know(Application(self.application_id))
        return (
            application,
            know(PlaceHeld(self.application_id)),
            know(Cohort(application.cohort_id)),
        )

    def decide(
        self, act: Act, application: Application, place: PlaceHeld, cohort: Cohort
    ) -> Iterator[Event]:
        started = application.known
        if place.offer is None:
            raise NoOpenOffer
        if cohort.cancelled or place.standing is not PlaceStanding.OFFERED:
            return
        if act.time < end_of(place.offer.accept_by):
            raise OfferStillOpen
        yield OfferLapsed(**whose(started))


class WithdrawOffer(Command, Decides[Application, PlaceHeld, Impartial, SaidOfApplication]):
    """A coordinator takes an offer back while the place is not confirmed, for a reason."""

    name: ClassVar = "offer.withdraw"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    reason: OfferWithdrawReason

    def needs(self, know: Know) -> HeldAndSaid:
        return *held(know, self.application_id), know(SaidOfApplication(self.application_id))

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        started = application.known
        if place.standing is PlaceStanding.TAKEN_BACK:
            yield from said.otherwise(OfferWithdrawn, self.reason)
            return
        if place.standing not in (PlaceStanding.OFFERED, PlaceStanding.ACCEPTED):
            raise NoOpenOffer
        yield OfferWithdrawn(**whose(started), reason=self.reason.value)
