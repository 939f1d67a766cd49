"""How the day by which an offer is to be answered becomes another one, for a named person."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, held, whose
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial
from domain.decision import Act, AnotherDay, Command, Decides, Know, Refusal
from domain.reasons import SaidOfApplication
from domain.rules_in_force import answered_by
from events.event import Event
from events.ids import ApplicationId
from events.offers import OfferDayChanged
from events.terms import ProgrammeDay, Role


class OfferDayReason(StrEnum):
    """Why an offer's day is another one; the person is shown the sentence of it."""

    MORE_TIME = "offer.more-time"
    ACCESS_NEEDS = "offer.time-for-access-needs"
    EXTENSION_WITHDRAWN = "offer.extension-withdrawn"
    MISTAKE = "offer.day-mistake"


class DayTooSoon(AnotherDay):
    """Somebody who was told of a later day must have some more days. Choose a later one."""

    code = "offer.day-too-soon"
    names = "The first is"


class AnswerDayIsOver(Refusal):
    """The day that you chose is over already. Choose a later one."""

    code = "offer.day-is-over"


class DayTooLate(Refusal):
    """The cohort ends before that day. Choose an earlier one."""

    code = "offer.day-too-late"


class ChangeOfferDay(
    Command, Decides[Application, PlaceHeld, CohortRules, Impartial, SaidOfApplication]
):
    """A coordinator gives somebody longer to answer an offer, takes that back, or asks for an
    answer sooner; they are told.
    """

    name: ClassVar = "offer.change-day"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    accept_by: ProgrammeDay
    reason: OfferDayReason

    def needs(
        self, know: Know
    ) -> tuple[Application, PlaceHeld, CohortRules, Impartial, SaidOfApplication]:
        application, place, judging = held(know, self.application_id)
        said = know(SaidOfApplication(self.application_id))
        return application, place, cohort_rules(know, application.cohort_id), judging, said

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        rules: CohortRules,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        started, plan = application.known, rules.cohort.known
        now = place.open_offer().accept_by
        if self.accept_by == now:
            yield from said.otherwise(OfferDayChanged, self.reason, accept_by=now)
            return
        if self.accept_by < act.asked_on:
            raise AnswerDayIsOver
        first = min(now, act.asked_on + timedelta(days=rules.numbers.days_left))
        if self.accept_by < first:
            raise DayTooSoon(first)
        if self.accept_by > max(plan.ends_on, now):
            raise DayTooLate
        yield OfferDayChanged(
            **whose(started),
            **answered_by(self.accept_by, rules.numbers.offer_reminder_days, act)._asdict(),
            reason=self.reason.value,
        )
