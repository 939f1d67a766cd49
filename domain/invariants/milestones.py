"""What must hold of milestones: their days, their order, and who says that they are reached."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.pairs import PairLife
from domain.invariants.chronicle.projects import MilestoneLife, ProjectLife
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestoneRenamed,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
)

SAYS: Final = (MilestoneReported, MilestoneConfirmed, MilestoneReturned)
GOES_ON: Final = frozenset({"active", "completed"})
"""Two in such a pairing lead their project."""


class MilestonesInOrder(Invariant):
    """A milestone was moved past another one that was still ahead."""

    name: ClassVar = "projects.milestones-in-order"
    rules: ClassVar = (24,)

    @learns(MilestoneRescheduled)
    def moved(self, fact: Recorded[MilestoneRescheduled]) -> list[Finding] | None:
        """Each stands by its day, wherever it was planned; then they keep their order."""
        event, at = fact.event, fact.envelope.position
        life = self.log.projects.all.get(event.project_id)
        first, last = sorted((event.old_due_on, event.due_on))
        for one in life.milestones if life else ():
            passed = one.ahead and first < one.due_on < last
            if life and passed and one.milestone_id != event.milestone_id:
                about = life.project_id, event.milestone_id, one.milestone_id
                return [self.found(about, one.dated_at, at)]
        return None


class NothingOfWhatWasDropped(Invariant):
    """Something was said of a milestone that was no step any more."""

    name: ClassVar = "projects.nothing-of-what-was-dropped"
    rules: ClassVar = (24, 25)

    @learns(*SAYS, MilestoneRescheduled, MilestoneRenamed, MilestoneFellDue, MilestoneOverdue)
    def said(self, fact: Recorded[Any]) -> list[Finding] | None:
        """It would have to be planned anew."""
        life = self.log.projects.milestones.get(fact.event.milestone_id)
        if life is None or not life.dropped_at:
            return None
        led = life.planned_at, life.dropped_at
        return [self.found((life.milestone_id,), *led, fact.envelope.position)]

    @learns(MilestoneDropped)
    def dropped(self, fact: Recorded[MilestoneDropped]) -> list[Finding] | None:
        """Once, and not what both had agreed was reached."""
        life, at = self.log.projects.milestones.get(fact.event.milestone_id), fact.envelope.position
        if life is None or (life.dropped_at == at and not life.confirmed_at):
            return None
        return [self.found((life.milestone_id,), life.dropped_at, life.confirmed_at, at)]


class MissedIfAhead(Invariant):
    """A milestone is said to be missed that was reported, or that both had agreed was reached."""

    name: ClassVar = "projects.missed-if-ahead"
    rules: ClassVar = (25,)

    @learns(MilestoneMissed)
    def missed(self, fact: Recorded[MilestoneMissed]) -> list[Finding] | None:
        """It must be returned first."""
        life, at = self.log.projects.milestones.get(fact.event.milestone_id), fact.envelope.position
        if life is None or not life.reached:
            return None
        return [self.found((life.milestone_id,), life.reported_at, life.confirmed_at, at)]


class OldDateKept(Invariant):
    """A milestone was moved from another day than it had."""

    name: ClassVar = "projects.old-date-kept"
    rules: ClassVar = (24,)

    @learns(MilestoneRescheduled)
    def moved(self, fact: Recorded[MilestoneRescheduled]) -> list[Finding] | None:
        """So the old day stays visible."""
        life = self.log.projects.milestones.get(fact.event.milestone_id)
        if life is None or life.day_before == fact.event.old_due_on:
            return None
        return [self.found((life.milestone_id,), life.planned_at, fact.envelope.position)]


class NotTheirOwnReport(Invariant):
    """Somebody confirmed, or returned, a milestone that they had reported themselves."""

    name: ClassVar = "projects.not-their-own-report"
    rules: ClassVar = (25,)

    @learns(MilestoneConfirmed, MilestoneReturned)
    def answers(self, fact: Recorded[Any]) -> list[Finding] | None:
        """The other one answers; there must be a report."""
        life = self.log.projects.milestones.get(fact.event.milestone_id)
        if life is None or life.last_report not in (None, fact.event.person_id):
            return None
        led = life.planned_at, life.reported_at
        return [self.found((life.milestone_id, fact.event.person_id), *led, fact.envelope.position)]


class MilestoneReachedOnce(Invariant):
    """A milestone was reported or answered that both had agreed was reached, or both say so."""

    name: ClassVar = "projects.reached-once"
    rules: ClassVar = (25,)

    @learns(*SAYS)
    def says(self, fact: Recorded[Any]) -> list[Finding] | None:
        """A report stands until it is answered; whose it is may say it in other words."""
        life, at = self.log.projects.milestones.get(fact.event.milestone_id), fact.envelope.position
        if life is None:
            return None
        theirs = life.last_report in (None, fact.event.person_id)
        twice = isinstance(fact.event, MilestoneReported) and not theirs
        if not twice and life.confirmed_at in (0, at):
            return None
        return [self.found((life.milestone_id,), life.reported_at, life.confirmed_at, at)]


class LedByThePairNow(Invariant):
    """Somebody who does not lead a project now said something of its milestones."""

    name: ClassVar = "projects.led-by-the-pair-now"
    rules: ClassVar = (26,)

    @learns(*SAYS)
    def says(self, fact: Recorded[Any]) -> list[Finding] | None:
        """After a change of partner, the new pair."""
        event = fact.event
        life = self.log.projects.all.get(event.project_id)
        pair = self.log.pairs.get(life.pairing_id) if life else None
        if life is None or pair is None:
            return None
        if event.pairing_id == life.pairing_id and event.person_id in pair.both:
            return None
        return [
            self.found((event.project_id, event.person_id), life.led_at, fact.envelope.position)
        ]


class TimeRestsWithThePair(Invariant):
    """A milestone fell due, or is said to be overdue, while no pair leads its project."""

    name: ClassVar = "projects.time-rests-with-the-pair"
    rules: ClassVar = (24, 26)

    @learns(MilestoneFellDue, MilestoneOverdue)
    def told(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Two who take a break, or a project without a pair, can't choose a new day."""
        life = self.log.projects.all.get(fact.event.project_id)
        pair = self.log.pairs.get(life.pairing_id) if life else None
        if pair is None or pair.state in GOES_ON:
            return None
        about = fact.event.milestone_id, fact.event.project_id, pair.pairing_id
        return [self.found(about, pair.state_at, fact.envelope.position)]


class ToldOnceAndInTime(Invariant):
    """A pair was reminded of a milestone, or told that it is overdue, twice, too early, of another
    day than it has, or when it was reported.
    """

    name: ClassVar = "projects.told-once-and-in-time"
    rules: ClassVar = (24,)

    @learns(MilestoneFellDue, MilestoneOverdue)
    def told(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Each once for each day."""
        event, at = fact.event, fact.envelope.position
        life = self.log.projects.milestones.get(event.milestone_id)
        if life is None:
            return None
        late = isinstance(event, MilestoneOverdue)
        said_at = (life.overdue if late else life.reminded)[event.due_on]
        first = event.due_on + timedelta(days=1) if late else life.remind_on
        in_time = local_day(fact.envelope.time) >= first
        due = event.due_on == life.due_on and life.ahead and not life.reached
        if said_at == at and in_time and due:
            return None
        return [self.found((life.milestone_id,), life.dated_at, said_at, life.reported_at, at)]


class MilestoneNotForgotten(Invariant):
    """A milestone's day is long over, and nobody said that it is overdue."""

    name: ClassVar = "projects.milestone-not-forgotten"
    rules: ClassVar = (24,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of a project that two lead who were not erased, in a cohort that takes place."""
        for life in self.log.projects.going_on.values():
            pair = self.log.pairs.get(life.pairing_id)
            off = self.log.cohorts.get(life.cohort_id).cancelled_at
            if pair is None or off or pair.state not in GOES_ON or life.status != "approved":
                continue
            if not self.log.people.erased.keys().isdisjoint(pair.both):
                continue
            for one in life.milestones:
                if self._is_forgotten(life, pair, one, now):
                    yield self.found(
                        (one.milestone_id, life.project_id), one.planned_at, one.dated_at
                    )

    def _is_forgotten(
        self, life: ProjectLife, pair: PairLife, one: MilestoneLife, now: datetime
    ) -> bool:
        if one.reached or not one.ahead or one.due_on in one.overdue:
            return False
        known = (one.dated, one.answered or one.dated, pair.since, life.since)
        return self.waits(max(end_of(one.due_on), *known), now)
