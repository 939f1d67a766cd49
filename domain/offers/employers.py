"""How long an employer has to say that somebody can come, and what happens when they do not."""

from collections.abc import Iterator
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, PlaceStanding, whose
from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.offers.days import AnswerDayIsOver, DayTooLate
from domain.offers.offer import about
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import ApplicationId
from events.offers import EmployerAwaited, EmployerReminderDue, EmployerSilent
from events.terms import ProgrammeDay, Role
from events.times import EMPLOYER_REMINDER


class NobodyAwaited(Refusal):
    """Nobody waits for an employer here: there is no yes, or the employer has answered."""

    code = "place.no-employer-awaited"


class EmployerHasTime(TooEarly):
    """The employer still has time to answer."""

    code = "place.employer-has-time"


Awaiting = tuple[Application, PlaceHeld, Cohort]


def awaiting(know: Know, application_id: ApplicationId) -> Awaiting:
    """What must be known of somebody whose employer is to answer."""
    application = know(Application(application_id))
    return application, know(PlaceHeld(application_id)), know(Cohort(application.cohort_id))


def is_awaited(place: PlaceHeld) -> bool:
    """Whether a yes waits for an employer."""
    return place.standing is PlaceStanding.ACCEPTED and not place.employer_release


class AwaitEmployer(Command, Decides[Application, PlaceHeld, Cohort, Impartial]):
    """A coordinator who has asked an employer waits for their answer until another day."""

    name: ClassVar = "place.await-employer"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId
    answer_by: ProgrammeDay

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Cohort, Impartial]:
        known = awaiting(know, self.application_id)
        return *known, about(know, known[0])

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


class RemindEmployer(Command, Decides[Application, PlaceHeld, Cohort]):
    """An employer's day is near: the scheduler says so."""

    name: ClassVar = "place.remind-employer"
    application_id: ApplicationId

    def needs(self, know: Know) -> Awaiting:
        return awaiting(know, self.application_id)

    def decide(
        self, act: Act, application: Application, place: PlaceHeld, cohort: Cohort
    ) -> Iterator[Event]:
        started = application.known
        if cohort.known and place.employer_by is None:
            raise NobodyAwaited
        settled = place.employer_reminded or place.employer_silent or not is_awaited(place)
        if place.employer_by is None or settled:
            return
        if act.time < start_of(place.employer_by - EMPLOYER_REMINDER):
            raise EmployerHasTime
        yield EmployerReminderDue(**whose(started))


class NoteEmployerSilent(Command, Decides[Application, PlaceHeld, Cohort]):
    """An employer's day is over without an answer: a coordinator must ask. The place is held until
    a person waits on or takes the offer back.
    """

    name: ClassVar = "place.note-employer-silent"
    application_id: ApplicationId

    def needs(self, know: Know) -> Awaiting:
        return awaiting(know, self.application_id)

    def decide(
        self, act: Act, application: Application, place: PlaceHeld, cohort: Cohort
    ) -> Iterator[Event]:
        started = application.known
        if cohort.known and place.employer_by is None:
            raise NobodyAwaited
        if place.employer_by is None or place.employer_silent or not is_awaited(place):
            return
        if act.time < end_of(place.employer_by):
            raise EmployerHasTime
        yield EmployerSilent(**whose(started))
