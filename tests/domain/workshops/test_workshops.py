from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.cohorts.cohort import CohortIsCancelled, UnknownCohort
from domain.workshops.changes import CancelWorkshop
from domain.workshops.schedule import (
    CapacityBelowBooked,
    CapacityReason,
    ChangeCapacity,
    NotInTheFuture,
    NumberTaken,
    RemindOfWorkshop,
    RescheduleWorkshop,
    ScheduleWorkshop,
    TooEarlyToRemind,
    WorkshopChangeReason,
)
from domain.workshops.workshop import UnknownWorkshop, WorkshopHasBegun, WorkshopIsCancelled
from events.cohorts import CohortCancelled
from events.ids import CohortId
from events.workshops import (
    CapacityChanged,
    WorkshopCancelled,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, SPRING, planned
from tests.scenes.given import NOON, given
from tests.scenes.training import (
    DURING,
    SKILLS_AT,
    SKILLS_DAY,
    UNKNOWN,
    booking,
    by_the_rules,
    promised,
    skills_day,
)

LATER = SKILLS_AT + timedelta(days=7)
THREE_DAYS_BEFORE = datetime(2025, 1, 12, 0, 0, tzinfo=UTC)
CANCELLED = WorkshopCancelled(
    workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason=WorkshopChangeReason.WEATHER.value
)


def schedule(cohort: CohortId = AUTUMN, starts_at: datetime = SKILLS_AT) -> ScheduleWorkshop:
    return ScheduleWorkshop(
        cohort_id=cohort,
        number=2,
        title="Trying out skills",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=6),
        venue="The Guildhall, Exeter",
        capacity=20,
        workshop_id=SKILLS_DAY,
    )


def move(starts_at: datetime = LATER) -> RescheduleWorkshop:
    return RescheduleWorkshop(
        workshop_id=SKILLS_DAY,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=6),
        reason=WorkshopChangeReason.VENUE,
    )


def moved(starts_at: datetime = LATER) -> WorkshopRescheduled:
    return WorkshopRescheduled(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=6),
        **by_the_rules(starts_at, starts_at + timedelta(hours=6)),
        reason="workshop.venue-not-available",
    )


def places(capacity: int) -> ChangeCapacity:
    return ChangeCapacity(
        workshop_id=SKILLS_DAY, capacity=capacity, reason=CapacityReason.LARGER_ROOM
    )


def test_a_workshop_is_planned_once() -> None:
    given(planned()).when(schedule()).then(skills_day()).when(schedule()).then_already_so()


def test_each_number_is_free_for_one_workshop_of_a_cohort() -> None:
    other = schedule().model_copy(update={"workshop_id": None})
    given(planned(), skills_day()).when(other).then_refused(NumberTaken)
    given(planned(SPRING), skills_day()).when(
        schedule(SPRING).model_copy(update={"workshop_id": None})
    ).then_kinds(WorkshopScheduled)


def test_a_cancelled_workshop_leaves_its_number_to_another() -> None:
    other = schedule().model_copy(update={"workshop_id": None})
    given(planned(), skills_day(), CANCELLED).when(other).then_kinds(WorkshopScheduled)


def test_a_workshop_needs_a_cohort_that_takes_place() -> None:
    given().when(schedule()).then_refused(UnknownCohort)
    given(planned(), CohortCancelled(cohort_id=AUTUMN, reason="cohort.other")).when(
        schedule()
    ).then_refused(CohortIsCancelled)


def test_a_workshop_is_planned_for_days_to_come() -> None:
    given(planned()).when(schedule(starts_at=NOON)).then_refused(NotInTheFuture)


def test_a_workshop_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError):
        ScheduleWorkshop(**{**schedule().model_dump(), "ends_at": SKILLS_AT})
    with pytest.raises(ValidationError):
        RescheduleWorkshop(**{**move().model_dump(), "ends_at": LATER})


def test_a_workshop_moves_once_to_the_same_time() -> None:
    given(skills_day()).when(move()).then(moved()).when(move()).then_already_so()


def test_a_workshop_that_began_or_was_cancelled_does_not_move() -> None:
    given(skills_day()).when(move(), at=DURING).then_refused(WorkshopHasBegun)
    given(skills_day(), CANCELLED).when(move()).then_refused(WorkshopIsCancelled)
    given(skills_day()).when(move(NOON)).then_refused(NotInTheFuture)
    given().when(move()).then_refused(UnknownWorkshop)


def test_a_moved_workshop_begins_at_its_new_time() -> None:
    changed = CapacityChanged(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, capacity=9, reason="capacity.larger-room"
    )
    given(skills_day(), moved()).when(places(9), at=DURING).then(changed)


def test_places_never_go_below_what_is_booked_and_promised() -> None:
    scene = given(skills_day(5), booking(ADA), booking(BEN), promised(AMINA))
    scene.when(places(2)).then_refused(CapacityBelowBooked)
    scene.when(places(3)).then_kinds(CapacityChanged)
    scene.when(places(5)).then_already_so()
    given().when(places(3)).then_refused(UnknownWorkshop)


def test_a_workshop_is_cancelled_once_and_before_it_begins() -> None:
    cancel = CancelWorkshop(workshop_id=SKILLS_DAY, reason=WorkshopChangeReason.WEATHER)
    given(skills_day()).when(cancel).then(CANCELLED).when(cancel).then_already_so()
    given(skills_day()).when(cancel, at=DURING).then_refused(WorkshopHasBegun)
    given().when(cancel).then_refused(UnknownWorkshop)


def test_everybody_who_booked_is_reminded_once_from_three_days_before() -> None:
    remind = RemindOfWorkshop(workshop_id=SKILLS_DAY)
    due = [
        WorkshopReminderDue(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who)
        for who in sorted([ADA, BEN])
    ]
    scene = given(skills_day(), booking(ADA), booking(BEN), promised(AMINA))
    scene.when(remind, at=THREE_DAYS_BEFORE - timedelta(seconds=1)).then_refused(TooEarlyToRemind)
    reminded = scene.when(remind, at=THREE_DAYS_BEFORE).then(*due)
    reminded.when(remind, at=THREE_DAYS_BEFORE).then_already_so()


def test_nobody_is_reminded_of_what_has_begun_or_does_not_take_place() -> None:
    remind = RemindOfWorkshop(workshop_id=SKILLS_DAY)
    given(skills_day(), booking(ADA)).when(remind, at=DURING).then_already_so()
    given(skills_day(), booking(ADA), CANCELLED).when(
        remind, at=THREE_DAYS_BEFORE
    ).then_already_so()
    given().when(remind).then_refused(UnknownWorkshop)


def test_a_workshop_that_moved_is_reminded_of_again() -> None:
    due = WorkshopReminderDue(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
    given(skills_day(), booking(ADA), due, moved()).when(
        RemindOfWorkshop(workshop_id=SKILLS_DAY), at=LATER - timedelta(days=1)
    ).then(due)


def test_an_unknown_workshop_is_not_confused_with_a_known_one() -> None:
    given(skills_day()).when(
        ChangeCapacity(workshop_id=UNKNOWN, capacity=3, reason=CapacityReason.OTHER)
    ).then_refused(UnknownWorkshop)
