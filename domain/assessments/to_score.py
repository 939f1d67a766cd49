"""Who has what to score in a cohort, and until when."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar, NamedTuple

from domain.cohorts.going_by import CohortRules
from domain.decision import Act, Know, Knowledge, learns
from domain.people.person import Person
from domain.rules_in_force import reminded_on
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationWithdrawn,
    EligibilityFailed,
)
from events.assessments import (
    AssessmentAmended,
    AssessmentsAwaited,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
)
from events.cohorts import CohortCancelled
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import DecisionCorrected


class ToScoreBy(NamedTuple):
    """By the end of which day somebody is to score, and on which they are reminded of it."""

    score_by: date
    remind_on: date


@dataclass
class DaysSaid(Knowledge):
    """The days by which something is to be scored in a cohort, as far as the scheduler knows."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    days: set[ToScoreBy] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def to_say(self, cohort_id: CohortId, day: ToScoreBy) -> Iterator[AssessmentsAwaited]:
        """A day, unless it was said."""
        if day not in self.days:
            yield AssessmentsAwaited(cohort_id=cohort_id, **day._asdict())

    @learns(AssessmentsAwaited, AssessorDayChanged)
    def said(self, event: AssessmentsAwaited | AssessorDayChanged) -> None:
        self.days.add(ToScoreBy(event.score_by, event.remind_on))


@dataclass
class ToScore(Knowledge):
    """What each assessor of a cohort has yet to score, with the day for it; and who was reminded,
    or said to be late.

    There is no day (None) for what was set aside for a while (it was decided on, or taken back)
    until another one is said: nobody is late with what they could not score. It is said by itself
    to those who are to score it `again`. Of a cohort that is cancelled it stays as it was then.
    """

    cohort_id: CohortId | None
    given: defaultdict[ApplicationId, dict[PersonId, ToScoreBy | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    scored: defaultdict[ApplicationId, set[PersonId]] = field(
        default_factory=lambda: defaultdict(set)
    )
    again: defaultdict[ApplicationId, set[PersonId]] = field(
        default_factory=lambda: defaultdict(set)
    )
    over: set[ApplicationId] = field(default_factory=set)
    decided: set[ApplicationId] = field(default_factory=set)
    reminded: set[tuple[PersonId, date]] = field(default_factory=set)
    late: set[tuple[PersonId, date]] = field(default_factory=set)
    called_off: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    def of(self, application_id: ApplicationId) -> dict[PersonId, ToScoreBy | None]:
        """Who has yet to score an application; nobody, if it does not go on, or is decided."""
        aside = application_id in self.over or application_id in self.decided
        return {} if aside else self.given.get(application_id, {})

    def to_hear(self, application_id: ApplicationId) -> set[PersonId]:
        """Who has yet to score an application again, and is to hear until when."""
        waits = self.of(application_id)
        again = self.again.get(application_id, ())
        return {who for who in again if who in waits and waits[who] is None}

    def by_assessor(self) -> dict[PersonId, list[ToScoreBy | None]]:
        """The day for each thing that somebody has yet to score."""
        found: dict[PersonId, list[ToScoreBy | None]] = {}
        for one in self.given:
            for who, day in self.of(one).items():
                found.setdefault(who, []).append(day)
        return found

    @learns(AssessorAssigned, AssessorAwaitedAgain)
    def is_given(self, event: AssessorAssigned | AssessorAwaitedAgain) -> None:
        if event.assessor_id not in self.scored[event.application_id]:
            day = ToScoreBy(event.score_by, event.remind_on)
            self.given[event.application_id][event.assessor_id] = day

    @learns(AssessorDayChanged)
    def has_another_day(self, event: AssessorDayChanged) -> None:
        day = ToScoreBy(event.score_by, event.remind_on)
        for one in list(self.given):
            if event.assessor_id in self.of(one):
                self.given[one][event.assessor_id] = day

    @learns(AssessmentSubmitted, AssessmentAmended)
    def has_scored(self, event: AssessmentSubmitted | AssessmentAmended) -> None:
        self.given[event.application_id].pop(event.assessor_id, None)
        self.scored[event.application_id].add(event.assessor_id)

    @learns(AssessorStoodDown, ConflictDeclared)
    def has_no_part(self, event: AssessorStoodDown | ConflictDeclared) -> None:
        this, hard = event.application_id, isinstance(event, ConflictDeclared) and event.hard
        if hard or isinstance(event, AssessorStoodDown):
            self.given[this].pop(event.assessor_id, None)
            self.scored[this].discard(event.assessor_id)
        if hard or (isinstance(event, AssessorStoodDown) and event.scored):
            self._is_open(this)

    @learns(ApplicationAmended)
    def says_something_else(self, event: ApplicationAmended) -> None:
        this = event.application_id
        self.given[this] = dict.fromkeys((*self.given[this], *self.scored.pop(this, ())))
        self.decided.discard(this)
        self.again[this] = {*self.given[this]}

    @learns(ApplicationWithdrawn, EligibilityFailed)
    def is_over(self, event: ApplicationWithdrawn | EligibilityFailed) -> None:
        if not self.called_off:
            self.over.add(event.application_id)

    @learns(CohortCancelled)
    def is_called_off(self, event: CohortCancelled) -> None:
        self.called_off = True

    @learns(ApplicationReinstated)
    def is_on_again(self, event: ApplicationReinstated) -> None:
        this = event.application_id
        self.over.discard(this)
        self.given[this] = dict.fromkeys(self.given[this])
        self.again[this] = {*self.given[this]}

    @learns(DecisionMade, DecisionChanged, DecisionCorrected)
    def is_decided(self, event: Any) -> None:
        self.decided.add(event.application_id)

    @learns(DecisionReopened, DecisionInDoubt)
    def is_open_again(self, event: DecisionReopened | DecisionInDoubt) -> None:
        self._is_open(event.application_id)

    def _is_open(self, application_id: ApplicationId) -> None:
        if application_id in self.decided:
            self.decided.discard(application_id)
            self.given[application_id] = dict.fromkeys(self.given[application_id])
            self.again.pop(application_id, None)

    @learns(AssessorReminderDue)
    def is_reminded(self, event: AssessorReminderDue) -> None:
        self.reminded.add((event.assessor_id, event.remind_on))

    @learns(AssessorLate)
    def is_late(self, event: AssessorLate) -> None:
        self.late.add((event.assessor_id, event.score_by))


class Awaiting(NamedTuple):
    """What is to be scored in a cohort, and the people who are to do it."""

    to_score: ToScore
    people: tuple[Person, ...]

    @property
    def here(self) -> list[PersonId]:
        """Those of them who were not erased, by id."""
        return sorted(one.person_id for one in self.people if one.person_id and not one.erased)

    def by_assessor(self) -> Iterator[tuple[PersonId, list[ToScoreBy]]]:
        """The days by which each of them is to score something."""
        days = self.to_score.by_assessor()
        for who in self.here:
            yield who, [day for day in days[who] if day]


def awaiting(know: Know, cohort_id: CohortId | None) -> Awaiting:
    """What must be known of those who have something to score in a cohort."""
    to_score = know(ToScore(cohort_id))
    return Awaiting(to_score, tuple(know(Person(one)) for one in sorted(to_score.by_assessor())))


def day_to_score(act: Act, rules: CohortRules) -> ToScoreBy:
    """The day of whoever is given something to score now: so many days from today; until people
    hear, not after the day planned for that, but some days are always left.
    """
    numbers, plan = rules.numbers, rules.cohort.known
    last = act.asked_on + timedelta(days=numbers.assessment_days)
    if not rules.cohort.released:
        first = act.asked_on + timedelta(days=numbers.days_left)
        last = min(last, max(first, plan.decisions_on))
    return ToScoreBy(last, reminded_on(last, numbers.assessment_reminder_days, act.asked_on))
