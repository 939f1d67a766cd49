"""What may happen at a workshop's door and after: who came, who did not, what was caught up on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, NamedTuple

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from domain.offers.offer import Membership
from domain.workshops.training import Course, Training, TrainingProgress
from domain.workshops.workshop import Workshop
from events.calendar import end_of, local_day
from events.event import Event
from events.ids import CohortId, PersonId, WorkshopId
from events.personal import plain
from events.terms import ProgrammeMoment, Role
from events.workshops import (
    AttendanceCorrected,
    MakeUpTakenBack,
    RegisterReopened,
    ScanId,
    WorkshopAttended,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopScheduled,
)

TEAM = frozenset({Role.COORDINATOR, Role.FACILITATOR, Role.SYSTEM})


@dataclass
class Scans(Knowledge):
    """Which scans were counted in a cohort: for whom, and at which workshop."""

    cohort_id: CohortId | None
    counted: dict[str, tuple[WorkshopId, PersonId]] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(WorkshopAttended)
    def scanned(self, event: WorkshopAttended) -> None:
        if scan_id := plain(event.scan_id):
            self.counted[scan_id] = event.workshop_id, event.person_id


@dataclass
class Register(Knowledge):
    """Who came to a workshop, and when they were scanned; who made it up, and how, or missed it."""

    workshop_id: WorkshopId | None
    attended: set[PersonId] = field(default_factory=set)
    scanned: dict[PersonId, datetime] = field(default_factory=dict)
    made_up: dict[PersonId, str | None] = field(default_factory=dict)
    missed: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    @property
    def learned(self) -> set[PersonId]:
        """Who attended or made up."""
        return self.attended | self.made_up.keys()

    @learns(WorkshopAttended)
    def came(self, event: WorkshopAttended) -> None:
        self.attended.add(event.person_id)
        self.scanned[event.person_id] = event.scanned_at

    @learns(WorkshopMadeUp)
    def caught_up(self, event: WorkshopMadeUp) -> None:
        self.made_up[event.person_id] = plain(event.how)

    @learns(MakeUpTakenBack)
    def not_caught_up(self, event: MakeUpTakenBack) -> None:
        self.made_up.pop(event.person_id, None)

    @learns(RegisterReopened)
    def open_again(self, event: RegisterReopened) -> None:
        """Who did not come is said once it is closed again."""
        self.missed.clear()

    @learns(WorkshopMissed)
    def stayed_away(self, event: WorkshopMissed) -> None:
        self.missed.add(event.person_id)

    @learns(AttendanceCorrected)
    def corrected(self, event: AttendanceCorrected) -> None:
        came, stayed = self.attended, self.missed
        (came if event.attended else stayed).add(event.person_id)
        (stayed if event.attended else came).discard(event.person_id)


class NotOnTheDay(Refusal):
    """People are scanned from shortly before the workshop begins to the end of its day. Look at the
    scanner's clock; if they came, and were not scanned, correct the register.
    """

    code = "attendance.not-on-the-day"


class NotYetScanned(TooEarly):
    """The scan is of a time that is still to come. Look at the scanner's clock, and try again."""

    code = "attendance.not-yet-scanned"


class NotBooked(Refusal):
    """The person has no place on this workshop. If they came anyway, record a walk-in."""

    code = "attendance.not-booked"


class ScanUsed(Refusal):
    """The scan was counted already, for somebody else or at another workshop. Scan once more, so
    that each has their own.
    """

    code = "attendance.scan-used"


class RecordedAlready(Refusal):
    """It is recorded already that the person came, and the first scan counts. If it was wrong,
    correct the register, and say that they did not come; then they can be scanned anew.
    """

    code = "attendance.recorded-already"


class RegisterClosed(Refusal):
    """The register of this workshop is closed. Correct it instead, and say why."""

    code = "attendance.register-closed"


class NotOverYet(TooEarly):
    """The workshop is not over yet. Please wait until it has ended."""

    code = "attendance.not-over-yet"


class AtTheDoor(NamedTuple):
    """Who came to a workshop so far, and which scans were counted."""

    register: Register
    scans: Scans


class RecordAttendance(Command, Decides[Workshop, AtTheDoor, Membership, TrainingProgress]):
    """Somebody came; the scan at the door says when. Who has no place is a walk-in (rule 21)."""

    name: ClassVar = "workshop.record-attendance"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    person_id: PersonId
    scan_id: ScanId
    scanned_at: ProgrammeMoment
    walk_in: bool = False

    def needs(self, know: Know) -> tuple[Workshop, AtTheDoor, Membership, TrainingProgress]:
        workshop, register = know(Workshop(self.workshop_id)), know(Register(self.workshop_id))
        membership = know(Membership(workshop.cohort_id, self.person_id))
        progress = progress_of(know, workshop.cohort_id, self.person_id)
        return workshop, AtTheDoor(register, know(Scans(workshop.cohort_id))), membership, progress

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        door: AtTheDoor,
        membership: Membership,
        progress: TrainingProgress,
    ) -> Iterator[Event]:
        plan = workshop.known
        membership.must_be_confirmed()
        here = self.workshop_id, self.person_id
        if door.scans.counted.get(self.scan_id, here) != here:
            raise ScanUsed
        if self.person_id in door.register.attended:
            self._must_be_the_same(door)
            return
        self._must_be_in_time(act, workshop, plan)
        booked = self.person_id in workshop.booked
        if not booked and not self.walk_in:
            raise NotBooked
        came = WorkshopAttended(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            scan_id=self.scan_id,
            scanned_at=self.scanned_at,
            walk_in=not booked,
        )
        yield from progress.with_training(came)

    def _must_be_the_same(self, door: AtTheDoor) -> None:
        """Refuses another scan of somebody who is there."""
        scanned_at = door.register.scanned.get(self.person_id)
        if (self.scan_id in door.scans.counted, scanned_at) != (True, self.scanned_at):
            raise RecordedAlready

    def _must_be_in_time(self, act: Act, workshop: Workshop, plan: WorkshopScheduled) -> None:
        """At the workshop, by the scan; a register of paper or a slow scanner may come in later."""
        if workshop.held:
            raise RegisterClosed
        if not plan.doors_open_at <= self.scanned_at < end_of(local_day(plan.ends_at)):
            raise NotOnTheDay
        if act.time < self.scanned_at:
            raise NotYetScanned


def progress_of(know: Know, cohort_id: CohortId | None, person_id: PersonId) -> TrainingProgress:
    """Where somebody stands in the course of a cohort."""
    return TrainingProgress(know(Course(cohort_id)), know(Training(cohort_id, person_id)))


def all_progress(know: Know, *workshops: Workshop) -> tuple[TrainingProgress, ...]:
    """Where all stand who attended one of these workshops, or made it up, in the order of their
    ids.
    """
    registers = ((one, know(Register(one.workshop_id))) for one in workshops)
    learned = {who: one.cohort_id for one, register in registers for who in register.learned}
    return tuple(progress_of(know, learned[who], who) for who in sorted(learned))
