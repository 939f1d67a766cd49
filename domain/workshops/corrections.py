"""What may happen to a register afterwards: a mistake corrected, a missed workshop made up."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, NamedTuple

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.offer import Membership
from domain.reasons import SaidOfBooking
from domain.workshops.attendance import TEAM, NotOverYet, Register, progress_of
from domain.workshops.training import TrainingProgress
from domain.workshops.workshop import Workshop
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.workshops import AttendanceCorrected, MakeUpTakenBack, WorkshopMadeUp


class CorrectionReason(StrEnum):
    """Why what was recorded of an attendance was wrong."""

    NOT_SCANNED = "attendance.came-but-not-scanned"
    SCANNED_FOR_ANOTHER = "attendance.scanned-for-another"
    LEFT_EARLY = "attendance.left-early"
    MOVED = "attendance.workshop-moved"
    OTHER = "attendance.other-reason"


class MakeUp(StrEnum):
    """How somebody catches up on a workshop."""

    ANOTHER_COHORT = "make-up.with-another-cohort"
    FACILITATOR = "make-up.with-a-facilitator"
    PARTNER = "make-up.with-their-partner"
    ONLINE = "make-up.online"


class MakeUpMistake(StrEnum):
    """Why somebody has not caught up on a workshop after all."""

    MISTAKE = "make-up.recorded-by-mistake"
    NOT_DONE = "make-up.not-done-yet"


class NothingToMakeUp(Refusal):
    """The person came to the workshop, so there is nothing to make up."""

    code = "attendance.nothing-to-make-up"


class MadeUpOtherwise(Refusal):
    """It is recorded that the person made it up in another way. Take that back first."""

    code = "attendance.made-up-otherwise"


class OnRecord(NamedTuple):
    """Who came to a workshop, and why it was put right what is said of somebody."""

    register: Register
    said: SaidOfBooking


class Attendance(Decides[Workshop, OnRecord, Membership, TrainingProgress]):
    """What every correction of somebody's attendance must know."""

    workshop_id: WorkshopId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Workshop, OnRecord, Membership, TrainingProgress]:
        workshop, register = know(Workshop(self.workshop_id)), know(Register(self.workshop_id))
        record = OnRecord(register, know(SaidOfBooking(self.workshop_id, self.person_id)))
        membership = know(Membership(workshop.cohort_id, self.person_id))
        progress = progress_of(know, workshop.cohort_id, self.person_id)
        return workshop, record, membership, progress


class CorrectAttendance(Command, Attendance):
    """What was recorded was wrong; how it was is recorded beside it, with a reason. The reason
    can be put right as well.
    """

    name: ClassVar = "workshop.correct-attendance"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    person_id: PersonId
    attended: bool
    reason: CorrectionReason

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        record: OnRecord,
        membership: Membership,
        progress: TrainingProgress,
    ) -> Iterator[Event]:
        plan = workshop.known
        if self.person_id not in record.register.attended | record.register.missed:
            membership.must_be_confirmed()
        if not workshop.has_begun(act):
            raise NotOverYet
        if self.attended == (self.person_id in record.register.attended):
            so = {"attended": self.attended}
            yield from record.said.otherwise(AttendanceCorrected, self.reason, **so)
            return
        correction = AttendanceCorrected(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            attended=self.attended,
            reason=self.reason.value,
        )
        yield from progress.with_training(correction)


class MakeUpWorkshop(Command, Attendance):
    """Somebody has caught up on a workshop at which they were not."""

    name: ClassVar = "workshop.make-up"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    person_id: PersonId
    how: MakeUp

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        record: OnRecord,
        membership: Membership,
        progress: TrainingProgress,
    ) -> Iterator[Event]:
        plan = workshop.known
        membership.must_be_confirmed()
        if self.person_id in record.register.made_up:
            if record.register.made_up[self.person_id] not in (None, self.how.value):
                raise MadeUpOtherwise
            return
        if self.person_id in record.register.attended:
            raise NothingToMakeUp
        if act.time < plan.ends_at:
            raise NotOverYet
        caught_up = WorkshopMadeUp(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            how=self.how.value,
        )
        yield from progress.with_training(caught_up)


class TakeBackMakeUp(Command, Attendance):
    """Somebody has not caught up on a workshop after all; it counts as it did before."""

    name: ClassVar = "workshop.take-back-make-up"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    person_id: PersonId
    reason: MakeUpMistake

    def decide(
        self,
        act: Act,
        workshop: Workshop,
        record: OnRecord,
        membership: Membership,
        progress: TrainingProgress,
    ) -> Iterator[Event]:
        plan = workshop.known
        if self.person_id not in record.register.made_up:
            membership.must_be_confirmed()
            yield from record.said.otherwise(MakeUpTakenBack, self.reason)
            return
        taken_back = MakeUpTakenBack(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            person_id=self.person_id,
            reason=self.reason.value,
        )
        yield from progress.with_training(taken_back)
