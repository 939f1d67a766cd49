"""What may happen to a workshop as a day in the calendar: its plan, its moves, its reminders."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Refusal, TooEarly
from domain.reasons import SaidOfWorkshop
from domain.rules_in_force import Rules, reminded_on
from domain.workshops.attendance import Register, all_progress
from domain.workshops.corrections import CorrectionReason
from domain.workshops.training import Course, TrainingProgress
from domain.workshops.workshop import Workshop
from events.calendar import local_day
from events.cohorts import MOST_WORKSHOPS
from events.event import Event
from events.ids import CohortId, WorkshopId
from events.personal import Line
from events.rules import ProgrammeRules
from events.terms import ProgrammeMoment
from events.workshops import (
    BY_THE_RULES,
    AttendanceCorrected,
    CapacityChanged,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)


class WorkshopChangeReason(StrEnum):
    """Why a workshop moves or does not take place."""

    VENUE = "workshop.venue-not-available"
    FACILITATOR = "workshop.facilitator-not-available"
    ACCESS = "workshop.venue-not-accessible"
    WEATHER = "workshop.bad-weather"
    TOO_FEW = "workshop.too-few-people"
    MISTAKE = "workshop.entered-by-mistake"
    OTHER = "workshop.other-reason"


class CapacityReason(StrEnum):
    """Why a workshop has more or fewer places."""

    LARGER_ROOM = "capacity.larger-room"
    SMALLER_ROOM = "capacity.smaller-room"
    ACCESS = "capacity.space-for-access-needs"
    FACILITATORS = "capacity.number-of-facilitators"
    OTHER = "capacity.other-reason"


class NumberTaken(Refusal):
    """The cohort has a workshop with this number already. Choose a free number; or, if it is held
    more than once, say that this is another session of it (`another_session`).
    """

    code = "workshop.number-taken"


class ScheduledOtherwise(Refusal):
    """A workshop with this id is scheduled already, and otherwise. Amend or move that one, change
    its places, or leave the id out to schedule another.
    """

    code = "workshop.scheduled-otherwise"


class NotInTheFuture(Refusal):
    """The time has passed already. Choose one that is still to come."""

    code = "workshop.not-in-the-future"


class CapacityBelowBooked(Refusal):
    """More places are booked or promised than that. Choose at least as many places."""

    code = "workshop.capacity-below-booked"


class TooEarlyToRemind(TooEarly):
    """It is too early to remind people of this workshop. Please wait until the day for it."""

    code = "workshop.too-early-to-remind"


class ScheduleWorkshop(Command, Decides[Cohort, Course, Workshop, Rules]):
    """A coordinator plans a day of training, or another session of one that is too full: whoever
    attends either has attended that number. The times are aware moments.
    """

    name: ClassVar = "workshop.schedule"
    cohort_id: CohortId
    number: Annotated[int, Field(ge=1, le=MOST_WORKSHOPS)]
    title: Line
    starts_at: ProgrammeMoment
    ends_at: ProgrammeMoment
    venue: Line
    capacity: Annotated[int, Field(ge=1, le=500)]
    workshop_id: WorkshopId | None = None
    another_session: bool = False

    @model_validator(mode="after")
    def times_in_order(self) -> Self:
        must_end_after(self.starts_at, self.ends_at)
        return self

    def needs(self, know: Know) -> tuple[Cohort, Course, Workshop, Rules]:
        workshop, this = know(Workshop(self.workshop_id)), self.cohort_id
        return know(Cohort(this)), know(Course(this)), workshop, know(Rules())

    def decide(
        self, act: Act, cohort: Cohort, course: Course, given: Workshop, rules: Rules
    ) -> Iterator[Event]:
        plan = self.model_dump(exclude={"workshop_id", "another_session"})
        if cohort.known and given.scheduled:
            so_far = given.scheduled.model_dump(exclude={"workshop_id", *BY_THE_RULES})
            if given.cancelled or plan != {**so_far, "capacity": given.capacity}:
                raise ScheduledOtherwise
            return
        if self.number in course.numbers.values() and not self.another_session:
            raise NumberTaken
        if self.starts_at <= act.time:
            raise NotInTheFuture
        workshop_id = self.workshop_id or act.new(WorkshopId)
        follows = by_the_rules(self.starts_at, self.ends_at, act, rules)
        yield WorkshopScheduled(workshop_id=workshop_id, **plan, **follows)


class Moved(NamedTuple):
    """Who came to a workshop so far, where they stand in their course, and why it is when it is."""

    register: Register
    learned: tuple[TrainingProgress, ...]
    said: SaidOfWorkshop


class RescheduleWorkshop(Command, Decides[Rules, Workshop, Moved]):
    """A coordinator moves a workshop to another time, or puts right why it moved; who was scanned
    in already has not come.
    """

    name: ClassVar = "workshop.reschedule"
    workshop_id: WorkshopId
    starts_at: ProgrammeMoment
    ends_at: ProgrammeMoment
    reason: WorkshopChangeReason

    @model_validator(mode="after")
    def times_in_order(self) -> Self:
        must_end_after(self.starts_at, self.ends_at)
        return self

    def needs(self, know: Know) -> tuple[Rules, Workshop, Moved]:
        workshop, register = know(Workshop(self.workshop_id)), know(Register(self.workshop_id))
        said = know(SaidOfWorkshop(self.workshop_id))
        return know(Rules()), workshop, Moved(register, all_progress(know, workshop), said)

    def decide(self, act: Act, rules: Rules, workshop: Workshop, moved: Moved) -> Iterator[Event]:
        plan = workshop.must_be_ahead(act)
        when = {"starts_at": plan.starts_at, "ends_at": plan.ends_at}
        if when == {"starts_at": self.starts_at, "ends_at": self.ends_at}:
            yield from moved.said.otherwise(WorkshopRescheduled, self.reason, **when)
            return
        if self.starts_at <= act.time:
            raise NotInTheFuture
        for one in moved.learned:
            yield from self._not_come_yet(plan.cohort_id, moved.register, one)
        yield WorkshopRescheduled(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            **by_the_rules(self.starts_at, self.ends_at, act, rules),
            reason=self.reason.value,
        )

    def _not_come_yet(
        self, cohort_id: CohortId, register: Register, one: TrainingProgress
    ) -> Iterator[Event]:
        if one.training.person_id in register.attended:
            yield from one.with_training(
                AttendanceCorrected(
                    workshop_id=self.workshop_id,
                    cohort_id=cohort_id,
                    person_id=one.training.person_id,
                    attended=False,
                    reason=CorrectionReason.MOVED.value,
                )
            )


class ChangeCapacity(Command, Decides[Workshop, SaidOfWorkshop]):
    """A coordinator gives a workshop more or fewer places, or puts right why it has."""

    name: ClassVar = "workshop.change-capacity"
    workshop_id: WorkshopId
    capacity: Annotated[int, Field(ge=1, le=500)]
    reason: CapacityReason

    def needs(self, know: Know) -> tuple[Workshop, SaidOfWorkshop]:
        return know(Workshop(self.workshop_id)), know(SaidOfWorkshop(self.workshop_id))

    def decide(self, act: Act, workshop: Workshop, said: SaidOfWorkshop) -> Iterator[Event]:
        plan = workshop.must_be_ahead(act)
        if self.capacity == workshop.capacity:
            yield from said.otherwise(CapacityChanged, self.reason, capacity=self.capacity)
            return
        if self.capacity < workshop.taken:
            raise CapacityBelowBooked
        yield CapacityChanged(
            workshop_id=self.workshop_id,
            cohort_id=plan.cohort_id,
            capacity=self.capacity,
            reason=self.reason.value,
        )


class RemindOfWorkshop(Command, Decides[Workshop]):
    """Time has come to remind everybody who booked, each once for a date."""

    name: ClassVar = "workshop.remind"
    workshop_id: WorkshopId

    def needs(self, know: Know) -> tuple[Workshop]:
        return (know(Workshop(self.workshop_id)),)

    def decide(self, act: Act, workshop: Workshop) -> Iterator[Event]:
        plan = workshop.known
        if workshop.cancelled or workshop.has_begun(act):
            return
        if act.today < plan.remind_on:
            raise TooEarlyToRemind
        for person_id in sorted(workshop.booked - workshop.reminded):
            yield WorkshopReminderDue(
                workshop_id=self.workshop_id, cohort_id=plan.cohort_id, person_id=person_id
            )


def by_the_rules(starts_at: datetime, ends_at: datetime, act: Act, rules: Rules) -> dict[str, Any]:
    """What follows from a workshop's time by the rules of today: `BY_THE_RULES`."""
    numbers, ends_on = rules.on(act.asked_on).numbers, local_day(ends_at)
    close_by = ends_on + timedelta(days=numbers.register_days)
    return {
        "remind_on": local_day(starts_at) - timedelta(days=numbers.workshop_reminder_days),
        "doors_open_at": starts_at - timedelta(hours=numbers.doors_open_hours),
        "kept_until": starts_at - timedelta(days=numbers.kept_place_days),
        "close_by": close_by,
        "register_remind_on": register_reminder(close_by, ends_on, numbers),
    }


def register_reminder(close_by: date, since: date, numbers: ProgrammeRules) -> date | None:
    """On which day those who hold a register are reminded of its last one, if the rules say so: not
    before the day after the one `since` which it can be closed.
    """
    days = numbers.register_reminder_days
    return reminded_on(close_by, days, since) if days else None


def must_end_after(starts_at: datetime, ends_at: datetime) -> None:
    """ValueError if something would end before it has begun."""
    if ends_at <= starts_at:
        raise ValueError("ends_at must be after starts_at")
