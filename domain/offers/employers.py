"""How long an employer has to say that somebody can come, and what happens when they do not."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, PlaceStanding, held, whose
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.offers.days import AnswerDayIsOver, DayTooLate
from domain.rules_in_force import reminded_on
from events.applications import ApplicationStarted
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import ApplicationId
from events.offers import EmployerAwaited, EmployerReminderDue, EmployerSilent, PlaceConfirmed
from events.terms import ProgrammeDay, Role, Side


class NobodyAwaited(Refusal):
    """Nobody waits for an employer here: there is no yes, or the employer has answered."""

    code = "place.no-employer-awaited"


class EmployerHasTime(TooEarly):
    """The employer still has time to answer."""

    code = "place.employer-has-time"


def is_awaited(place: PlaceHeld) -> bool:
    """Whether a yes waits for an employer."""
    return place.standing is PlaceStanding.ACCEPTED and not place.employer_release


def awaited(
    act: Act, started: ApplicationStarted, answer_by: date, rules: CohortRules
) -> EmployerAwaited:
    """An employer has until the end of a day, and is asked again before it."""
    days = rules.numbers.employer_reminder_days
    remind_on = reminded_on(answer_by, days, act.asked_on)
    return EmployerAwaited(**whose(started), answer_by=answer_by, remind_on=remind_on)


def firm(
    act: Act, started: ApplicationStarted, place: PlaceHeld, rules: CohortRules
) -> Iterator[Event]:
    """What follows a yes: the place is firm, or the employer is asked for it."""
    if started.side is Side.PATIENT_LEADER or place.employer_release:
        yield PlaceConfirmed(**whose(started))
    else:
        days = timedelta(days=rules.numbers.employer_days)
        yield awaited(act, started, act.asked_on + days, rules)


class AwaitEmployer(Command, Decides[Application, PlaceHeld, CohortRules, Impartial]):
    """A coordinator who has asked an employer waits for their answer until another day."""

    name: ClassVar = "place.await-employer"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    answer_by: ProgrammeDay

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
        started, plan = application.known, rules.cohort.known
        if not is_awaited(place):
            raise NobodyAwaited
        if self.answer_by == place.employer_by and not place.employer_silent:
            return
        if self.answer_by < act.asked_on:
            raise AnswerDayIsOver
        if self.answer_by > plan.ends_on:
            raise DayTooLate
        yield awaited(act, started, self.answer_by, rules)


class RemindEmployer(Command, Decides[Application, PlaceHeld]):
    """An employer's day is near: the scheduler says so."""

    name: ClassVar = "place.remind-employer"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld]:
        return know(Application(self.application_id)), know(PlaceHeld(self.application_id))

    def decide(self, act: Act, application: Application, place: PlaceHeld) -> Iterator[Event]:
        started, remind_on = application.known, place.employer_remind_on
        if remind_on is None:
            raise NobodyAwaited
        if place.employer_reminded or place.employer_silent or not is_awaited(place):
            return
        if act.time < start_of(remind_on):
            raise EmployerHasTime
        yield EmployerReminderDue(**whose(started))


class NoteEmployerSilent(Command, Decides[Application, PlaceHeld]):
    """An employer's day is over without an answer: a coordinator must ask. The place is held until
    a person waits on or takes the offer back.
    """

    name: ClassVar = "place.note-employer-silent"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld]:
        return know(Application(self.application_id)), know(PlaceHeld(self.application_id))

    def decide(self, act: Act, application: Application, place: PlaceHeld) -> Iterator[Event]:
        started, answer_by = application.known, place.employer_by
        if answer_by is None:
            raise NobodyAwaited
        if place.employer_silent or not is_awaited(place):
            return
        if act.time < end_of(answer_by):
            raise EmployerHasTime
        yield EmployerSilent(**whose(started))
