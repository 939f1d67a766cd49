"""The days of those who assess: asked again, given others, reminded, and late."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.applications.application import Application
from domain.assessments.evenness import PanelActs
from domain.assessments.to_score import Awaiting, DaysSaid, ToScore, awaiting, day_to_score
from domain.cohorts.cohort import Cohort
from domain.cohorts.going_by import CohortRules, cohort_rules
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, AnotherDay, Command, Decides, Know, NotForYou, Refusal, TooEarly
from domain.people.person import Person
from domain.reasons import SaidOfCohort
from domain.rules_in_force import reminded_on
from events.assessments import (
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
)
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import ProgrammeDay, Role


class AssessorDayReason(StrEnum):
    """Why an assessor has another day."""

    MORE_TIME = "assessment.more-time"
    ACCESS_NEEDS = "assessment.time-for-access-needs"
    NEEDED_SOONER = "assessment.needed-sooner"
    MISTAKE = "assessment.day-mistake"


class AssessorHasTime(TooEarly):
    """Assessors still have time to score until that day."""

    code = "assessment.has-time"


class NothingToScore(Refusal):
    """They have nothing to score for this cohort now. Assign an application to them first."""

    code = "assessment.nothing-to-score"


class OwnDay(NotForYou):
    """Nobody gives another day to themselves. Ask another coordinator."""

    code = "assessment.own-day"


class ScoringDayIsOver(Refusal):
    """The day that you chose is over already. Choose a later one."""

    code = "assessment.day-is-over"


class ScoringDayTooSoon(AnotherDay):
    """Somebody who was told of a later day must have some more days. Choose a later one."""

    code = "assessment.day-too-soon"
    names = "The first is"


class ScoringDayTooLate(Refusal):
    """The cohort starts before that day. Choose an earlier one."""

    code = "assessment.day-too-late"


class ChangeAssessorDay(Command, Decides[CohortRules, Person, ToScore, Impartial, SaidOfCohort]):
    """A coordinator gives an assessor longer for all that they have yet to score, takes that back,
    or asks for it sooner; they are told.
    """

    name: ClassVar = "assessment.change-day"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    cohort_id: CohortId
    assessor_id: PersonId
    score_by: ProgrammeDay
    reason: AssessorDayReason

    def needs(self, know: Know) -> tuple[CohortRules, Person, ToScore, Impartial, SaidOfCohort]:
        this, person = self.cohort_id, know(Person(self.assessor_id))
        judging, said = impartial(know, this), know(SaidOfCohort(this))
        return cohort_rules(know, this), person, know(ToScore(this)), judging, said

    def decide(
        self,
        act: Act,
        rules: CohortRules,
        person: Person,
        to_score: ToScore,
        _: Impartial,
        said: SaidOfCohort,
    ) -> Iterator[Event]:
        numbers, plan = rules.numbers, rules.cohort.known
        person.must_be_known()
        if act.actor == self.assessor_id:
            raise OwnDay
        days = to_score.by_assessor().get(self.assessor_id)
        if not days:
            raise NothingToScore
        told = [day.score_by for day in days if day]
        so = {"assessor_id": self.assessor_id, "score_by": self.score_by}
        the_same = told == [self.score_by] * len(days)
        if the_same and not said.differs(AssessorDayChanged, self.reason, **so):
            return
        self._must_be_in_time(act, numbers.days_left, told, plan.starts_on)
        yield AssessorDayChanged(
            cohort_id=self.cohort_id,
            assessor_id=self.assessor_id,
            score_by=self.score_by,
            remind_on=reminded_on(self.score_by, numbers.assessment_reminder_days, act.asked_on),
            reason=self.reason.value,
        )

    def _must_be_in_time(self, act: Act, left: int, told: list[date], starts_on: date) -> None:
        """Refuses a day that is over, that leaves too little of what they were told, or after which
        nobody needs scores.
        """
        if self.score_by < act.asked_on:
            raise ScoringDayIsOver
        some_more = act.asked_on + timedelta(days=left)
        first = min(some_more, max(told, default=act.asked_on))
        if self.score_by < first:
            raise ScoringDayTooSoon(first)
        if self.score_by > max(starts_on, *told, some_more):
            raise ScoringDayTooLate


class Days(NamedTuple):
    """What is to be scored in a cohort, and the days for it as far as the scheduler knows them."""

    awaiting: Awaiting
    said: DaysSaid


class AwaitAgain(Command, Decides[Application, CohortRules, PanelActs, Days]):
    """An application has changed, or goes on after all: whoever has yet to score it has as many
    days as if it were given to them now.
    """

    name: ClassVar = "assessment.await-again"
    roles: ClassVar = frozenset({Role.SYSTEM})
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, CohortRules, PanelActs, Days]:
        application = know(Application(self.application_id))
        this = application.cohort_id
        days = Days(awaiting(know, this), know(DaysSaid(this)))
        return application, cohort_rules(know, this), know(PanelActs(this)), days

    def decide(
        self,
        act: Act,
        application: Application,
        rules: CohortRules,
        acts: PanelActs,
        days: Days,
    ) -> Iterator[Event]:
        started, to_hear = application.known, days.awaiting.to_score.to_hear(self.application_id)
        again = [who for who in days.awaiting.here if who in to_hear]
        if not again or rules.cohort.released:
            return
        day = day_to_score(act, rules)
        for who in again:
            yield from acts.alike(
                AssessorAwaitedAgain(
                    application_id=self.application_id,
                    cohort_id=started.cohort_id,
                    person_id=started.person_id,
                    assessor_id=who,
                    **day._asdict(),
                )
            )
        yield from days.said.to_say(started.cohort_id, day)


class RemindAssessors(Command, Decides[Cohort, Awaiting]):
    """A day is near by whose end something is to be scored: those who have it yet are reminded."""

    name: ClassVar = "assessment.remind"
    cohort_id: CohortId
    remind_on: ProgrammeDay

    def needs(self, know: Know) -> tuple[Cohort, Awaiting]:
        return know(Cohort(self.cohort_id)), awaiting(know, self.cohort_id)

    def decide(self, act: Act, cohort: Cohort, awaited: Awaiting) -> Iterator[Event]:
        if cohort.known and act.time < start_of(self.remind_on):
            raise AssessorHasTime
        for who, days in awaited.by_assessor():
            to_come = (day for day in days if act.time < end_of(day.score_by))
            near = [day.score_by for day in to_come if day.remind_on == self.remind_on]
            if near and (who, self.remind_on) not in awaited.to_score.reminded:
                yield AssessorReminderDue(
                    cohort_id=self.cohort_id,
                    assessor_id=who,
                    score_by=min(near),
                    remind_on=self.remind_on,
                )


class NoteAssessorsLate(Command, Decides[Cohort, Awaiting]):
    """A day is over by whose end something was to be scored: of each who has it yet, a coordinator
    must know.
    """

    name: ClassVar = "assessment.note-late"
    cohort_id: CohortId
    score_by: ProgrammeDay

    def needs(self, know: Know) -> tuple[Cohort, Awaiting]:
        return know(Cohort(self.cohort_id)), awaiting(know, self.cohort_id)

    def decide(self, act: Act, cohort: Cohort, awaited: Awaiting) -> Iterator[Event]:
        if cohort.known and act.time < end_of(self.score_by):
            raise AssessorHasTime
        for who, days in awaited.by_assessor():
            over = any(day.score_by == self.score_by for day in days)
            if over and (who, self.score_by) not in awaited.to_score.late:
                yield AssessorLate(
                    cohort_id=self.cohort_id, assessor_id=who, score_by=self.score_by
                )
