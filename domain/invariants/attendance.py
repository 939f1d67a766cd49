"""What must hold of a workshop's register, and of the training that it adds up to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.everywhere import CLOCKS
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.ids import CohortId, PersonId, WorkshopId
from events.workshops import (
    AttendanceCorrected,
    MakeUpTakenBack,
    RegisterOverdue,
    TrainingCompleted,
    TrainingReopened,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopReinstated,
    WorkshopRescheduled,
)

Trained = tuple[CohortId, PersonId]


class AttendedWithAPlace(Invariant):
    """Somebody came who had no place and is not recorded as a walk-in, or does not belong to the
    cohort.
    """

    name: ClassVar = "workshops.attended-with-a-place"
    rules: ClassVar = (21,)

    @learns(WorkshopAttended)
    def came(self, fact: Recorded[WorkshopAttended]) -> list[Finding] | None:
        """A walk-in belongs to the cohort as well."""
        event = fact.event
        life = self.log.workshops.all.get(event.workshop_id)
        member = self.log.places.member(event.cohort_id, event.person_id)
        if member and (event.walk_in or (life and event.person_id in life.booked)):
            return None
        return [self.found((event.workshop_id, event.person_id), fact.envelope.position)]


class OneScanOnePerson(Invariant):
    """One scan was counted twice in a cohort: for two people, or at two workshops."""

    name: ClassVar = "workshops.one-scan-one-person"
    rules: ClassVar = (21,)
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._scans: dict[tuple[CohortId, str], tuple[WorkshopId, PersonId, int]] = {}

    @learns(WorkshopAttended)
    def came(self, fact: Recorded[WorkshopAttended]) -> list[Finding] | None:
        """Each has their own, once for each workshop."""
        event, at = fact.event, fact.envelope.position
        if not isinstance(event.scan_id, str):
            return None
        here = event.workshop_id, event.person_id
        *first, since = self._scans.setdefault((event.cohort_id, event.scan_id), (*here, at))
        return None if first == [*here] else [self.found((*first, *here), since, at)]


class AttendedOnce(Invariant):
    """Somebody was recorded twice at one workshop."""

    name: ClassVar = "workshops.attended-once"
    rules: ClassVar = (21,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._came: dict[tuple[WorkshopId, PersonId], int] = {}

    @learns(WorkshopAttended)
    def came(self, fact: Recorded[WorkshopAttended]) -> list[Finding] | None:
        """Once more only when it was put right that they had not come."""
        event, at = fact.event, fact.envelope.position
        before = self._came.get((event.workshop_id, event.person_id), 0)
        self._came[event.workshop_id, event.person_id] = at
        return [self.found((event.workshop_id, event.person_id), before, at)] if before else None

    @learns(AttendanceCorrected)
    def corrected(self, fact: Recorded[AttendanceCorrected]) -> None:
        """They came after all, or not."""
        event = fact.event
        if event.attended:
            self._came[event.workshop_id, event.person_id] = fact.envelope.position
        else:
            self._came.pop((event.workshop_id, event.person_id), None)


class AttendedOnTheDay(Invariant):
    """Somebody was scanned on a day on which the workshop did not take place, or long before its
    doors could be open.
    """

    name: ClassVar = "workshops.attended-on-the-day"
    rules: ClassVar = (21,)

    @learns(WorkshopAttended)
    def came(self, fact: Recorded[WorkshopAttended]) -> list[Finding] | None:
        """By the scan; the register may come in later."""
        event = fact.event
        life = self.log.workshops.all.get(event.workshop_id)
        if life is None:
            return None
        last = local_day(life.ends_at)
        if life.doors_open_at <= event.scanned_at and local_day(event.scanned_at) <= last:
            return None
        led = life.scheduled_at, life.moved_at
        return [self.found((life.workshop_id, event.person_id), *led, fact.envelope.position)]


class NoAttendanceOfTheFuture(Invariant):
    """Somebody was recorded as having come at a time that was still to come."""

    name: ClassVar = "workshops.no-attendance-of-the-future"
    rules: ClassVar = (21,)

    @learns(WorkshopAttended)
    def came(self, fact: Recorded[WorkshopAttended]) -> list[Finding] | None:
        """A scanner's clock may be a little ahead."""
        event = fact.event
        if event.scanned_at <= fact.envelope.time + CLOCKS:
            return None
        return [self.found((event.workshop_id, event.person_id), fact.envelope.position)]


class MovedIsNotAttended(Invariant):
    """Somebody counts as having come to a workshop that moved after they were scanned in."""

    name: ClassVar = "workshops.moved-is-not-attended"
    rules: ClassVar = (21,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._moved: dict[WorkshopId, int] = {}

    @learns(WorkshopRescheduled)
    def moved(self, fact: Recorded[WorkshopRescheduled]) -> None:
        """It is put right in the same command."""
        self._moved[fact.event.workshop_id] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """Nobody has come yet."""
        moved, self._moved = self._moved, {}
        for workshop_id, at in moved.items():
            life = self.log.workshops.all.get(workshop_id)
            for who, came_at in life.attended.items() if life else ():
                yield self.found((workshop_id, who), came_at, at)


class RegisterNotForgotten(Invariant):
    """A register should have been closed long ago, it is open, and nobody said so."""

    name: ClassVar = "workshops.register-not-forgotten"
    rules: ClassVar = (21,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of workshops that took place, in a cohort that does."""
        for life in self.log.workshops.all.values():
            off = life.cancelled_at or self.log.cohorts.get(life.cohort_id).cancelled_at
            if off or life.held_at or life.register_due in life.late:
                continue
            known = max(end_of(life.register_due), life.changed, life.reopened or life.changed)
            if self.waits(known, now):
                led = life.scheduled_at, life.moved_at, life.reinstated_at
                yield self.found((life.workshop_id,), *led)


class RegisterOverdueOnce(Invariant):
    """A register is said to be overdue twice, too early, or when it was closed."""

    name: ClassVar = "workshops.register-overdue-once"
    rules: ClassVar = (21,)

    @learns(RegisterOverdue)
    def late(self, fact: Recorded[RegisterOverdue]) -> list[Finding] | None:
        """Once for each day by which it should be closed."""
        event, at = fact.event, fact.envelope.position
        life = self.log.workshops.all.get(event.workshop_id)
        if life is None:
            return None
        in_time = end_of(life.register_due) <= fact.envelope.time
        said_at = life.late.get(event.close_by, 0)
        if in_time and said_at == at and event.close_by == life.register_due and not life.held_at:
            return None
        return [self.found((life.workshop_id,), life.scheduled_at, said_at, life.held_at, at)]


class MissedByWhoBooked(Invariant):
    """Somebody is said to have missed a workshop on which they had no place, or to which they
    came.
    """

    name: ClassVar = "workshops.missed-by-who-booked"
    rules: ClassVar = (21,)

    @learns(WorkshopMissed)
    def missed(self, fact: Recorded[WorkshopMissed]) -> list[Finding] | None:
        """As the register says when it is closed."""
        event = fact.event
        life = self.log.workshops.all.get(event.workshop_id)
        if life is None:
            return None
        came_at = life.attended.get(event.person_id, 0)
        if event.person_id in life.booked and not came_at:
            return None
        return [self.found((life.workshop_id, event.person_id), came_at, fact.envelope.position)]


class TrainingAsAttended(Invariant):
    """Somebody's training counts as complete without all required workshops, or does not with
    them.
    """

    name: ClassVar = "workshops.training-as-attended"
    rules: ClassVar = (22,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._completed: defaultdict[Trained, int] = defaultdict(int)
        self._touched: dict[Trained, int] = {}

    @learns(WorkshopAttended, WorkshopMadeUp, AttendanceCorrected, MakeUpTakenBack)
    def learned(self, fact: Recorded[Any]) -> None:
        """Something changes in what they have done."""
        self._touched[fact.event.cohort_id, fact.event.person_id] = fact.envelope.position

    @learns(WorkshopCancelled, WorkshopReinstated, WorkshopAmended)
    def counts_otherwise(self, fact: Recorded[Any]) -> None:
        """Something changes for all who attended or made it up."""
        life = self.log.workshops.all.get(fact.event.workshop_id)
        for who in (*life.attended, *life.made_up) if life else ():
            self._touched[fact.event.cohort_id, who] = fact.envelope.position

    @learns(TrainingCompleted, TrainingReopened)
    def says(self, fact: Recorded[Any]) -> None:
        """What is said of it; as a position, 0 if it is not complete."""
        who = fact.event.cohort_id, fact.event.person_id
        complete = isinstance(fact.event, TrainingCompleted)
        self._completed[who] = fact.envelope.position if complete else 0
        self._touched[who] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """Both are said in one command."""
        touched, self._touched = self._touched, {}
        for (cohort_id, who), at in touched.items():
            plan = self.log.cohorts.get(cohort_id).plan
            if plan is None:
                continue
            done = {
                life.number: max(life.attended.get(who, 0), life.made_up.get(who, 0))
                for life in self.log.workshops.of_cohort.get(cohort_id, ())
                if not life.cancelled_at and (who in life.attended or who in life.made_up)
            }
            complete = done.keys() >= set(range(1, plan.required_workshops + 1))
            said_at = self._completed[cohort_id, who]
            if complete != bool(said_at):
                yield self.found((who, cohort_id), *done.values(), said_at, at)
