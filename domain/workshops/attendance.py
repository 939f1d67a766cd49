"""What may happen at a workshop's door and after: who came, who did not, what was caught up on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, TooEarly, learns
from domain.offers.offer import Membership
from domain.workshops.training import Course, Training, TrainingProgress
from domain.workshops.workshop import Workshop, WorkshopIsCancelled
from events.calendar import local_day
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.personal import plain
from events.terms import ProgrammeMoment, Role
from events.workshops import (
    AttendanceCorrected,
    ScanId,
    WorkshopAttended,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopScheduled,
)

TEAM = frozenset({Role.COORDINATOR, Role.FACILITATOR, Role.SYSTEM})


@dataclass
class Register(Knowledge):
    """Who came to a workshop, by which scan, and who made it up or missed it."""

    workshop_id: WorkshopId | None
    scans: dict[str, PersonId] = field(default_factory=dict)
    attended: set[PersonId] = field(default_factory=set)
    made_up: set[PersonId] = field(default_factory=set)
    missed: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.workshop_id,)

    @property
    def learned(self) -> set[PersonId]:
        """Who attended or made up."""
        return self.attended | self.made_up

    @learns(WorkshopAttended)
    def came(self, event: WorkshopAttended) -> None:
        if scan_id := plain(event.scan_id):
            self.scans[scan_id] = event.person_id
        self.attended.add(event.person_id)

    @learns(WorkshopMadeUp)
    def caught_up(self, event: WorkshopMadeUp) -> None:
        self.made_up.add(event.person_id)

    @learns(WorkshopMissed)
    def stayed_away(self, event: WorkshopMissed) -> None:
        self.missed.add(event.person_id)

    @learns(AttendanceCorrected)
    def corrected(self, event: AttendanceCorrected) -> None:
        came, stayed = self.attended, self.missed
        (came if event.attended else stayed).add(event.person_id)
        (stayed if event.attended else came).discard(event.person_id)


class NotOnTheDay(Refusal):
    """People can be recorded only on the day of the workshop. Later, correct the register."""

    code = "attendance.not-on-the-day"


class NotBooked(Refusal):
    """The person has no place on this workshop. If they came anyway, record a walk-in."""

    code = "attendance.not-booked"


class ScanUsed(Refusal):
    """The scan was counted for somebody else. Scan once more, so that each has their own."""

    code = "attendance.scan-used"


class RegisterClosed(Refusal):
    """The register of this workshop is closed. Correct it instead, and say why."""

    code = "attendance.register-closed"


class NotOverYet(TooEarly):
    """The workshop is not over yet. Please wait until it has ended."""

    code = "attendance.not-over-yet"


class Attendance(Decides[Workshop, Register, Membership, TrainingProgress]):
    """What every change of somebody's attendance must know."""

    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop, Register, Membership, TrainingProgress]:
        workshop, register = know(Workshop(self.workshop_id)), know(Register(self.workshop_id))
        cohort_id = workshop.cohort_id
        training = know(Training(cohort_id, self.person_id))
        membership = know(Membership(cohort_id, self.person_id))
        return workshop, register, membership, TrainingProgress(know(Course(cohort_id)), training)


class RecordAttendance(Command, Attendance):
    """Somebody came; the scan at the door says when. Who has no place is a walk-in (rule 21)."""

    name: ClassVar = "workshop.record-attendance"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    person_id: PersonId
    scan_id: ScanId
    scanned_at: ProgrammeMoment
    walk_in: bool = False

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        register: Register,
        membership: Membership,
        progress: TrainingProgress,
    ) -> Iterator[Event]:
        plan = must_take_place(workshop)
        membership.must_be_confirmed()
        if register.scans.get(self.scan_id, self.person_id) != self.person_id:
            raise ScanUsed
        if self.person_id in register.attended:
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

    def _must_be_in_time(self, act: Act, workshop: Workshop, plan: WorkshopScheduled) -> None:
        """On the day by the scan; a register of paper or a slow scanner may come in later."""
        if workshop.held:
            raise RegisterClosed
        scanned, first, last = map(local_day, (self.scanned_at, plan.starts_at, plan.ends_at))
        if not first <= scanned <= last or act.today < scanned:
            raise NotOnTheDay


class CloseRegister(Command, Decides[Workshop, Register]):
    """The workshop is over and everybody who came is recorded: the others missed it."""

    name: ClassVar = "workshop.close-register"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[Workshop, Register]:
        return know(Workshop(self.workshop_id)), know(Register(self.workshop_id))

    def decide(self, act: Act, workshop: Workshop, register: Register) -> Iterator[Event]:
        plan = must_take_place(workshop)
        if workshop.held:
            return
        if act.time < plan.ends_at:
            raise NotOverYet
        for person_id in sorted(workshop.booked - register.learned):
            yield WorkshopMissed(
                workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=person_id
            )
        yield WorkshopHeld(workshop_id=self.workshop_id, cohort_id=plan.cohort_id)


def must_take_place(workshop: Workshop) -> WorkshopScheduled:
    """The plan; refuses a workshop that is not known or was cancelled."""
    plan = workshop.known
    if workshop.cancelled:
        raise WorkshopIsCancelled
    return plan
