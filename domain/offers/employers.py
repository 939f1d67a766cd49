"""How long an employer has to say that somebody can come, and what happens when they do not say so,
or take it back.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, PlaceStanding, held, whose
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.offers.days import AnswerDayIsOver, DayTooLate
from domain.offers.places import NoReleaseNeeded
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import ApplicationId
from events.offers import (
    EmployerAwaited,
    EmployerReleaseLost,
    EmployerReminderDue,
    EmployerSilent,
    PlaceUnconfirmed,
)
from events.terms import ProgrammeDay, Role, Side
from events.times import EMPLOYER_ANSWERS, EMPLOYER_REMINDER


class ReleaseLossReason(StrEnum):
    """Why an employer's release counts no more."""

    EMPLOYER = "place.employer-takes-back"
    MISTAKE = "place.release-noted-by-mistake"


class NotReleased(Refusal):
    """No employer has agreed that this person can come, so there is nothing to take back."""

    code = "place.not-released"


class NobodyAwaited(Refusal):
    """Nobody waits for an employer here: there is no yes, or the employer has answered."""

    code = "place.no-employer-awaited"


class EmployerHasTime(TooEarly):
    """The employer still has time to answer."""

    code = "place.employer-has-time"


def is_awaited(place: PlaceHeld) -> bool:
    """Whether a yes waits for an employer."""
    return place.standing is PlaceStanding.ACCEPTED and not place.employer_release


def day_of(place: PlaceHeld) -> date:
    """By the end of which day an employer is to answer; refuses if none was ever asked."""
    if place.employer_by is None:
        raise NobodyAwaited
    return place.employer_by


class AwaitEmployer(Command, Decides[Application, PlaceHeld, Cohort, Impartial]):
    """A coordinator who has asked an employer waits for their answer until another day."""

    name: ClassVar = "place.await-employer"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    answer_by: ProgrammeDay

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Cohort, Impartial]:
        application, place, judging = held(know, self.application_id)
        return application, place, know(Cohort(application.cohort_id)), judging

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        cohort: Cohort,
        _: Impartial,
    ) -> Iterator[Event]:
        started, plan = application.known, cohort.known
        if not is_awaited(place):
            raise NobodyAwaited
        if self.answer_by == place.employer_by and not place.employer_silent:
            return
        if self.answer_by < act.asked_on:
            raise AnswerDayIsOver
        if self.answer_by > plan.ends_on:
            raise DayTooLate
        yield EmployerAwaited(**whose(started), answer_by=self.answer_by)


class RemindEmployer(Command, Decides[Application, PlaceHeld]):
    """An employer's day is near: the scheduler says so."""

    name: ClassVar = "place.remind-employer"
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld]:
        return know(Application(self.application_id)), know(PlaceHeld(self.application_id))

    def decide(self, act: Act, application: Application, place: PlaceHeld) -> Iterator[Event]:
        started = application.known
        answer_by = day_of(place)
        if place.employer_reminded or place.employer_silent or not is_awaited(place):
            return
        if act.time < start_of(answer_by - EMPLOYER_REMINDER):
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
        started = application.known
        answer_by = day_of(place)
        if place.employer_silent or not is_awaited(place):
            return
        if act.time < end_of(answer_by):
            raise EmployerHasTime
        yield EmployerSilent(**whose(started))


class NoteReleaseLost(Command, Decides[Application, PlaceHeld, Cohort, Impartial]):
    """An employer takes back that somebody can come. Whoever has a confirmed place is not on the
    cohort until it is said again; the place is kept, and the employer has as many days as after the
    yes. A coordinator must ask.
    """

    name: ClassVar = "place.note-release-lost"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    reason: ReleaseLossReason

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Cohort, Impartial]:
        application, place, judging = held(know, self.application_id)
        return application, place, know(Cohort(application.cohort_id)), judging

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        cohort: Cohort,
        _: Impartial,
    ) -> Iterator[Event]:
        started, plan = application.known, cohort.known
        if started.side is not Side.HEALTHCARE_LEADER:
            raise NoReleaseNeeded
        if place.employer_release_lost:
            return
        if not place.employer_release:
            raise NotReleased
        yield EmployerReleaseLost(**whose(started), reason=self.reason.value)
        if place.standing is PlaceStanding.CONFIRMED:
            yield PlaceUnconfirmed(**whose(started))
            until = min(act.asked_on + EMPLOYER_ANSWERS, plan.ends_on)
            yield EmployerAwaited(**whose(started), answer_by=max(act.asked_on, until))
