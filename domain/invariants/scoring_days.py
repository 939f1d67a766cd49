"""What must hold of the days of those who assess: as the rules say, told, and not forgotten."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from domain.invariants.as_they_say import reminded_before, told_on
from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.rules import A_DAY
from events.assessments import (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorLate,
    AssessorReminderDue,
)
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.ids import CohortId, PersonId


class TimeToScore(Invariant):
    """An assessor has other days to score something than the rules of its cohort say, or is
    reminded on another.
    """

    name: ClassVar = "assessments.time-to-score"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    @learns(AssessorAssigned, AssessorAwaitedAgain)
    def given(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Until people hear, not after the day for that, but some days are always left."""
        event, cohort = fact.event, self.log.cohorts.get(fact.event.cohort_id)
        if cohort.plan is None:
            return None
        first, last = told_on(fact)
        days = (first + A_DAY * number for number in range((last - first).days + 1))
        released = bool(cohort.released_at)
        right = {self._until(day, cohort.plan, released=released) for day in days}
        numbers = self.log.rules.of(cohort.plan)
        on_time = reminded_before(fact, event.score_by, numbers.assessment_reminder_days)
        if event.score_by in right and on_time:
            return None
        return [self.found((event.application_id, event.assessor_id), fact.envelope.position)]

    def _until(self, day: date, plan: Any, *, released: bool) -> date:
        numbers = self.log.rules.of(plan)
        last = day + A_DAY * numbers.assessment_days
        least = day + A_DAY * numbers.days_left
        return last if released else min(last, max(least, plan.decisions_on))


class NeverLessTimeInAHurry(Invariant):
    """An assessor's day was made an earlier one, and left fewer days than the rules say."""

    name: ClassVar = "assessments.never-less-in-a-hurry"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    @learns(AssessorDayChanged)
    def changed(self, fact: Recorded[AssessorDayChanged]) -> list[Finding] | None:
        """Counted from when it is recorded; a midnight may pass while it is."""
        event, at = fact.event, fact.envelope.position
        numbers = self.log.rules.of(self.log.cohorts.get(event.cohort_id).plan)
        least = local_day(fact.envelope.recorded) + timedelta(days=numbers.days_left - 1)
        for life in self.log.panels.all.values():
            now = life.to_score.get(event.assessor_id)
            mine = now and now.at == at
            if mine and now and now.before and event.score_by < min(now.before, least):
                return [self.found((event.cohort_id, event.assessor_id), at)]
        return None


class LateOnceAndInTime(Invariant):
    """An assessor is said to be late, or reminded, twice of one day, too early, or with nothing to
    score by then.
    """

    name: ClassVar = "assessments.told-once-and-in-time"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._reminded: dict[tuple[CohortId, PersonId, date], int] = {}

    @learns(AssessorLate)
    def late(self, fact: Recorded[AssessorLate]) -> list[Finding] | None:
        """Once the day is over."""
        event, at = fact.event, fact.envelope.position
        mine = event.cohort_id, event.assessor_id
        first_at = self.log.panels.late[*mine, event.score_by]
        early = fact.envelope.time < end_of(event.score_by)
        if first_at == at and not early and event.score_by in self._days(*mine):
            return None
        return [self.found(mine, first_at, at)]

    @learns(AssessorReminderDue)
    def reminded(self, fact: Recorded[AssessorReminderDue]) -> list[Finding] | None:
        """On the day for it, or after it."""
        event, at = fact.event, fact.envelope.position
        mine = event.cohort_id, event.assessor_id
        first_at = self._reminded.setdefault((*mine, event.remind_on), at)
        early = local_day(fact.envelope.time) < event.remind_on
        if first_at == at and not early and event.score_by in self._days(*mine):
            return None
        return [self.found(mine, first_at, at)]

    def _days(self, cohort_id: CohortId, who: PersonId) -> set[date | None]:
        lives = self.log.panels.all.values()
        theirs = (one.to_score.get(who) for one in lives if one.cohort_id == cohort_id)
        return {one.day for one in theirs if one}


class LateNotForgotten(Invariant):
    """An assessor's day is long over, they have something to score yet, and nobody said so."""

    name: ClassVar = "assessments.late-not-forgotten"
    rules: ClassVar = (4,)
    opens: ClassVar = True

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of applications that go on and are not decided, in cohorts that do."""
        erased = self.log.people.erased
        for application_id, panel in self.log.panels.all.items():
            life = self.log.places.all.get(application_id)
            if life is None or life.stage != "eligible" or panel.decided:
                continue
            cohort = self.log.cohorts.get(life.cohort_id)
            over = cohort.released_at or cohort.completed_at or cohort.cancelled_at
            if over or life.person_id in erased:
                continue
            for who, (day, at, _) in panel.to_score.items():
                said = day and (life.cohort_id, who, day) in self.log.panels.late
                if day and not said and who not in erased and self.waits(end_of(day), now):
                    yield self.found((application_id, who), at)
