"""What may happen to a register as a whole: closed, closed too late, opened again."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from domain.decision import Act, Command, Decides, Know, TooEarly
from domain.reasons import SaidOfWorkshop
from domain.rules_in_force import Rules
from domain.workshops.attendance import TEAM, NotOverYet, Register
from domain.workshops.schedule import register_reminder
from domain.workshops.workshop import Workshop
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import WorkshopId
from events.workshops import (
    RegisterOverdue,
    RegisterReminderDue,
    RegisterReopened,
    WorkshopHeld,
    WorkshopMissed,
)


class RegisterReopenReason(StrEnum):
    """Why a register is opened again."""

    MISTAKE = "attendance.closed-by-mistake"
    MORE_CAME = "attendance.more-people-came"
    OTHER = "attendance.other-reason"


class RegisterNotDue(TooEarly):
    """There is still time to close this register."""

    code = "attendance.register-not-due"


class CloseRegister(Command, Decides[Workshop, Register]):
    """The workshop is over and everybody who came is recorded: the others missed it."""

    name: ClassVar = "workshop.close-register"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[Workshop, Register]:
        return know(Workshop(self.workshop_id)), know(Register(self.workshop_id))

    def decide(self, act: Act, workshop: Workshop, register: Register) -> Iterator[Event]:
        plan = workshop.known
        if workshop.held:
            return
        if act.time < plan.ends_at:
            raise NotOverYet
        for person_id in sorted(workshop.booked - register.learned):
            yield WorkshopMissed(
                workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=person_id
            )
        yield WorkshopHeld(workshop_id=self.workshop_id, cohort_id=plan.cohort_id)


class ReopenRegister(Command, Decides[Workshop, Rules, SaidOfWorkshop]):
    """A register was closed by mistake: people can be recorded again, and nobody counts as having
    missed the workshop until it is closed once more.
    """

    name: ClassVar = "workshop.reopen-register"
    roles: ClassVar = TEAM
    workshop_id: WorkshopId
    reason: RegisterReopenReason

    def needs(self, know: Know) -> tuple[Workshop, Rules, SaidOfWorkshop]:
        this = self.workshop_id
        return know(Workshop(this)), know(Rules()), know(SaidOfWorkshop(this))

    def decide(
        self, act: Act, workshop: Workshop, rules: Rules, said: SaidOfWorkshop
    ) -> Iterator[Event]:
        plan = workshop.known
        numbers = rules.on(act.asked_on).numbers
        close_by = act.asked_on + timedelta(days=numbers.register_days)
        if not workshop.held:
            yield from said.otherwise(RegisterReopened, self.reason)
        else:
            yield RegisterReopened(
                workshop_id=self.workshop_id,
                cohort_id=plan.cohort_id,
                close_by=close_by,
                register_remind_on=register_reminder(close_by, act.asked_on, numbers),
                reason=self.reason.value,
            )


class RemindOfRegister(Command, Decides[Workshop]):
    """The last day to close a register is near: those who hold it are reminded."""

    name: ClassVar = "workshop.remind-register"
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[Workshop]:
        return (know(Workshop(self.workshop_id)),)

    def decide(self, act: Act, workshop: Workshop) -> Iterator[Event]:
        plan = workshop.known
        remind_on, last = plan.register_remind_on, plan.close_by
        if workshop.held or remind_on is None:
            return
        if act.time < start_of(remind_on):
            raise RegisterNotDue
        if last not in workshop.register_reminded | workshop.overdue:
            yield RegisterReminderDue(
                workshop_id=self.workshop_id, cohort_id=plan.cohort_id, close_by=last
            )


class MarkRegisterOverdue(Command, Decides[Workshop]):
    """A register should have been closed by now, and was not; said once for each day it has."""

    name: ClassVar = "workshop.mark-register-overdue"
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[Workshop]:
        return (know(Workshop(self.workshop_id)),)

    def decide(self, act: Act, workshop: Workshop) -> Iterator[Event]:
        plan = workshop.known
        if act.time < end_of(plan.close_by):
            raise RegisterNotDue
        if not (workshop.cancelled or workshop.held or plan.close_by in workshop.overdue):
            yield RegisterOverdue(
                workshop_id=self.workshop_id, cohort_id=plan.cohort_id, close_by=plan.close_by
            )
