"""How long somebody has to answer an offer, and when they are reminded of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import NoOpenOffer, PlaceHeld, PlaceStanding, whose
from domain.cohorts.going_by import CohortRules
from domain.decision import Act, Command, Decides, Know
from domain.offers.offer import OfferStillOpen
from domain.rules_in_force import AnswerDays, answered_by
from events.calendar import start_of
from events.event import Event
from events.ids import ApplicationId
from events.offers import OfferReminderDue


def time_to_answer(act: Act, rules: CohortRules) -> AnswerDays:
    """As many days from today as the plan of the cohort gives."""
    last = act.asked_on + timedelta(days=rules.cohort.known.accept_within_days)
    return answered_by(last, rules.numbers.offer_reminder_days, act)


class RemindOfOffer(Command, Decides[Application, PlaceHeld]):
    """The last day to answer an offer is near: whoever has not answered is reminded."""

    name: ClassVar = "offer.remind"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld]:
        return know(Application(self.application_id)), know(PlaceHeld(self.application_id))

    def decide(self, act: Act, application: Application, place: PlaceHeld) -> Iterator[Event]:
        started, offer = application.known, place.offer
        if offer is None:
            raise NoOpenOffer
        answered = place.standing is not PlaceStanding.OFFERED
        if answered or place.offer_reminded or offer.remind_on is None:
            return
        if act.time < start_of(offer.remind_on):
            raise OfferStillOpen
        yield OfferReminderDue(**whose(started))
