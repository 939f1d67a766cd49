"""What is put right of a workshop, its register and what was made up."""

from datetime import timedelta

import pytest

from domain.decision import StandsInTheWay
from domain.notice import Notice
from domain.offers.offer import NotOnTheCohort
from domain.workshops.attendance import NotOverYet, NotYetScanned, RecordAttendance
from domain.workshops.changes import (
    AmendWorkshop,
    CancelWorkshop,
    CancelWorkshopsOf,
    ReinstateReason,
    ReinstateWorkshop,
)
from domain.workshops.closing import (
    CloseRegister,
    MarkRegisterOverdue,
    RegisterNotDue,
    RegisterReopenReason,
    ReopenRegister,
)
from domain.workshops.corrections import (
    MadeUpOtherwise,
    MakeUp,
    MakeUpMistake,
    MakeUpWorkshop,
    TakeBackMakeUp,
)
from domain.workshops.policies import when_workshop_reinstated
from domain.workshops.schedule import (
    NumberTaken,
    RescheduleWorkshop,
    ScheduledOtherwise,
    ScheduleWorkshop,
    WorkshopChangeReason,
)
from domain.workshops.turns import OfferHeldPlaces
from domain.workshops.workshop import (
    UnknownWorkshop,
    WorkshopHasBegun,
    WorkshopIsCancelled,
)
from events.calendar import end_of, local_day
from events.cohorts import CohortCancelled
from events.ids import WorkshopId
from events.workshops import (
    BY_THE_RULES,
    AttendanceCorrected,
    MakeUpTakenBack,
    RegisterOverdue,
    RegisterReopened,
    TrainingCompleted,
    TrainingReopened,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopReinstated,
    WorkshopRescheduled,
)
from tests.domain.workshops.test_notices import found, words
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, PATIENT, SPRING, confirmed, planned
from tests.scenes.given import NOON, given
from tests.scenes.judged import each, judged, told
from tests.scenes.pairs import left, recorded
from tests.scenes.training import (
    AFTERWARDS,
    DURING,
    MEETING_DAY,
    REFLECTION_DAY,
    SKILLS_AT,
    SKILLS_DAY,
    booking,
    came,
    day,
    four_people,
    gave_back,
    promised,
    skills_day,
    three_days,
    waits,
)

THIS = {"workshop_id": SKILLS_DAY, "cohort_id": AUTUMN}
EXTRA = WorkshopId.derived(NOON, "extra")
CANCEL = CancelWorkshop(workshop_id=SKILLS_DAY, reason=WorkshopChangeReason.WEATHER)
CANCELLED = WorkshopCancelled.model_validate({**THIS, "reason": "workshop.bad-weather"})
REINSTATE = ReinstateWorkshop(workshop_id=SKILLS_DAY, reason=ReinstateReason.MISTAKE)
REINSTATED = WorkshopReinstated.model_validate(
    {**THIS, "number": 2, "reason": "workshop.cancelled-by-mistake"}
)
HELD = WorkshopHeld.model_validate(THIS)
MISSED = WorkshopMissed.model_validate({**THIS, "person_id": ADA})
COMPLETED = TrainingCompleted(person_id=ADA, cohort_id=AUTUMN)
REOPENED = TrainingReopened(person_id=ADA, cohort_id=AUTUMN)
REOPEN = ReopenRegister(workshop_id=SKILLS_DAY, reason=RegisterReopenReason.MISTAKE)
CLOSE = CloseRegister(workshop_id=SKILLS_DAY)
LATE = MarkRegisterOverdue(workshop_id=SKILLS_DAY)
LAST_DAY = local_day(SKILLS_AT) + timedelta(days=3)
MADE_UP = WorkshopMadeUp.model_validate({**THIS, "person_id": ADA, "how": "make-up.online"})
MAKE_UP = MakeUpWorkshop(workshop_id=SKILLS_DAY, person_id=ADA, how=MakeUp.ONLINE)
NOT_MADE_UP = TakeBackMakeUp(workshop_id=SKILLS_DAY, person_id=ADA, reason=MakeUpMistake.MISTAKE)
TAKEN_BACK = MakeUpTakenBack.model_validate(
    {**THIS, "person_id": ADA, "reason": "make-up.recorded-by-mistake"}
)
TRAINED = [came(ADA, MEETING_DAY), came(ADA, REFLECTION_DAY), came(ADA), COMPLETED]
DOORS = SKILLS_AT - timedelta(hours=1)
MOVE = RescheduleWorkshop(
    workshop_id=SKILLS_DAY,
    starts_at=SKILLS_AT + timedelta(days=7),
    ends_at=AFTERWARDS + timedelta(days=7),
    reason=WorkshopChangeReason.VENUE,
)


def amend(**more: object) -> AmendWorkshop:
    this = {"workshop_id": SKILLS_DAY, "reason": WorkshopChangeReason.MISTAKE, **more}
    return AmendWorkshop.model_validate(this)


def amended(**more: object) -> WorkshopAmended:
    this = {**THIS, "reason": "workshop.entered-by-mistake", **more}
    return WorkshopAmended.model_validate(this)


def test_a_venue_and_a_title_change_and_everybody_on_the_list_hears() -> None:
    scene = given(three_days(), four_people(), booking(ADA), waits(BEN))
    new = amended(venue="The library", title="Skills")
    result = scene.when(amend(venue="The library", title="Skills"))
    result.then(new).when(amend(venue="The library", title="Skills")).then_already_so()
    notices = found(new, *scene.facts)
    assert {one.to for one in notices} == {ADA, BEN}
    (mine,) = (one for one in notices if one.to == ADA)
    assert mine.appointment is not None
    assert mine.appointment.place == "The library"
    assert "Where: The library." in words([mine])
    assert "We made a mistake" in words([mine])


def test_what_is_not_named_stays() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    scene.when(amend()).then_already_so()
    scene.when(amend(title="Skills")).then(amended(title="Skills"))
    assert found(amended(number=5), *scene.facts) == []


def test_a_venue_changes_until_it_begins_and_a_title_at_any_time() -> None:
    scene = given(three_days(), four_people())
    scene.when(amend(venue="The library"), at=DURING).then_refused(WorkshopHasBegun)
    scene.when(amend(title="Skills"), at=DURING).then(amended(title="Skills"))
    given(scene.facts, CANCELLED).when(amend(title="Skills")).then_refused(WorkshopIsCancelled)
    given(planned()).when(amend(title="Skills")).then_refused(UnknownWorkshop)


def test_another_number_must_be_free_and_counts_for_the_training() -> None:
    scene = given(three_days(), four_people(), TRAINED)
    scene.when(amend(number=3)).then_refused(NumberTaken)
    scene.when(amend(number=4)).then(amended(number=4), REOPENED).when(amend(number=2)).then(
        amended(number=2), COMPLETED
    )


def test_a_workshop_that_was_cancelled_by_mistake_takes_place_as_it_was() -> None:
    scene = given(three_days(), four_people(), booking(ADA), waits(BEN), CANCELLED)
    again = scene.when(REINSTATE).then(REINSTATED)
    again.when(REINSTATE).then_already_so()
    again.when(CANCEL).then(CANCELLED)
    notices = found(REINSTATED, *scene.facts)
    assert {one.to for one in notices} == {ADA, BEN}
    assert "takes place after all" in words(notices)
    assert [one.to for one in notices if one.appointment] == [ADA]
    assert [*when_workshop_reinstated(recorded(REINSTATED))] == [
        OfferHeldPlaces(workshop_id=SKILLS_DAY)
    ]


def test_who_left_meanwhile_has_no_place_and_who_was_promised_one_has_time_once_more() -> None:
    before = (skills_day(2), four_people(), booking(ADA), promised(BEN), CANCELLED)
    later = NOON + timedelta(days=9)
    first, *others = given(*before, left(ADA, PATIENT)).when(REINSTATE, at=later).new
    gone = gave_back(ADA, "booking.left-the-cohort")
    again = promised(BEN, until=later + timedelta(days=2))
    assert first == REINSTATED
    assert sorted(others, key=str) == sorted([gone, again], key=str)


def test_nothing_takes_place_again_that_is_over_or_has_been_replaced() -> None:
    scene = given(three_days(), four_people(), CANCELLED)
    scene.when(REINSTATE, at=DURING).then_refused(WorkshopHasBegun)
    given().when(REINSTATE).then_refused(UnknownWorkshop)
    instead = given(scene.facts, day(EXTRA, 2, SKILLS_AT + timedelta(days=1)))
    result = instead.when(REINSTATE)
    result.then_refused(StandsInTheWay)
    assert result.refusal
    assert EXTRA in result.refusal.sentence


def test_who_was_scanned_in_when_it_was_called_off_is_trained_once_it_takes_place() -> None:
    scene = given(three_days(), four_people(), booking(ADA), TRAINED)
    off = scene.when(CANCEL, at=DOORS).then(CANCELLED, REOPENED)
    off.when(REINSTATE, at=DOORS).then(REINSTATED, COMPLETED)


def test_who_was_scanned_in_when_their_cohort_was_cancelled_is_not_trained() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    scene = given(three_days(), four_people(), booking(ADA), TRAINED, off)
    result = scene.when(CancelWorkshopsOf(cohort_id=AUTUMN), at=DOORS)
    *cancelled, last = result.new
    assert {type(one) for one in cancelled} == {WorkshopCancelled}
    assert last == REOPENED
    came_to_all = *each(TRAINED[:2]), told(*TRAINED[2:])
    history = judged([three_days(), four_people(), *came_to_all, off, told(result.new)])
    assert history.of("workshops.training-as-attended") == []
    assert history.of("cohorts.nothing-goes-on-when-cancelled") == []


def test_who_was_scanned_in_has_not_come_to_a_workshop_that_moves() -> None:
    scene = given(three_days(), four_people(), booking(ADA), TRAINED)
    not_come = AttendanceCorrected.model_validate(
        {**THIS, "person_id": ADA, "attended": False, "reason": "attendance.workshop-moved"}
    )
    moved = scene.when(MOVE, at=DOORS)
    moved.then_kinds(AttendanceCorrected, TrainingReopened, WorkshopRescheduled)
    assert moved.new[0] == not_come
    scan = {"scan_id": "scan.new", "scanned_at": DURING + timedelta(days=7)}
    there = RecordAttendance.model_validate({"workshop_id": SKILLS_DAY, "person_id": ADA, **scan})
    new_day = given(scene.facts, moved.new)
    new_day.when(there, at=DURING).then_refused(NotYetScanned)
    new_day.when(there, at=DURING + timedelta(days=7)).then_kinds(
        WorkshopAttended, TrainingCompleted
    )


def test_a_register_that_was_closed_by_mistake_is_open_again() -> None:
    scene = given(three_days(), four_people(), booking(ADA), booking(BEN), came(BEN), MISSED, HELD)
    later = AFTERWARDS + timedelta(days=1)
    last = local_day(later) + timedelta(days=3)
    reopened = RegisterReopened.model_validate(
        {**THIS, "close_by": last, "register_remind_on": last - timedelta(days=1)}
        | {"reason": "attendance.closed-by-mistake"}
    )
    again = scene.when(REOPEN, at=later).then(reopened)
    again.when(REOPEN, at=later).then_already_so()
    again.when(CLOSE, at=later).then(MISSED, HELD)
    there = {"workshop_id": SKILLS_DAY, "person_id": ADA, "scan_id": "s", "scanned_at": DURING}
    again.when(RecordAttendance.model_validate(there), at=later).then_kinds(WorkshopAttended)
    given().when(REOPEN).then_refused(UnknownWorkshop)
    given(three_days(), HELD, CANCELLED).when(REOPEN).then_refused(WorkshopIsCancelled)
    notices = found(reopened, *scene.facts)
    assert [one.to for one in notices] == [ADA]
    assert "We look at that again." in words(notices)


def test_a_register_that_nobody_closes_is_overdue_once_for_each_day_it_has() -> None:
    scene, midnight = given(three_days(), four_people(), booking(ADA)), end_of(LAST_DAY)
    late = RegisterOverdue.model_validate({**THIS, "close_by": LAST_DAY})
    scene.when(LATE, at=midnight - timedelta(microseconds=1)).then_refused(RegisterNotDue)
    scene.when(LATE, at=midnight).then(late).when(LATE, at=midnight).then_already_so()
    given(scene.facts, HELD).when(LATE, at=midnight).then_already_so()
    given(scene.facts, CANCELLED).when(LATE, at=midnight).then_already_so()
    given().when(LATE).then_refused(UnknownWorkshop)
    again = RegisterReopened.model_validate(
        {**THIS, "close_by": LAST_DAY + timedelta(days=9), "reason": "attendance.other-reason"}
    )
    reopened = given(scene.facts, late, HELD, again)
    reopened.when(LATE, at=midnight).then_refused(RegisterNotDue)
    reopened.when(LATE, at=midnight + timedelta(days=9)).then_kinds(RegisterOverdue)


def test_a_workshop_that_moved_after_all_has_another_day_for_its_register() -> None:
    again = RegisterReopened.model_validate(
        {**THIS, "close_by": LAST_DAY, "reason": "attendance.other-reason"}
    )
    scene = given(three_days(), four_people(), booking(ADA), HELD, again)
    moved = scene.when(MOVE, at=DOORS).then_kinds(WorkshopRescheduled)
    moved.when(LATE, at=end_of(LAST_DAY)).then_refused(RegisterNotDue)


def test_a_workshop_was_not_made_up_after_all() -> None:
    done = [came(ADA, MEETING_DAY), came(ADA, REFLECTION_DAY), MISSED, HELD, MADE_UP, COMPLETED]
    scene = given(three_days(), four_people(), booking(ADA), done)
    back = scene.when(NOT_MADE_UP, at=AFTERWARDS).then(TAKEN_BACK, REOPENED)
    back.when(NOT_MADE_UP, at=AFTERWARDS).then_already_so()
    back.when(MAKE_UP, at=AFTERWARDS).then(MADE_UP, COMPLETED)
    stranger = given(three_days(), confirmed(ADA, PATIENT, SPRING))
    stranger.when(NOT_MADE_UP, at=AFTERWARDS).then_refused(NotOnTheCohort)
    given().when(NOT_MADE_UP).then_refused(UnknownWorkshop)


def test_what_was_made_up_in_another_way_is_not_so_already() -> None:
    scene = given(three_days(), four_people(), booking(ADA), MADE_UP)
    other = MAKE_UP.model_copy(update={"how": MakeUp.PARTNER})
    scene.when(MAKE_UP, at=AFTERWARDS).then_already_so()
    scene.when(other, at=AFTERWARDS).then_refused(MadeUpOtherwise)
    given(three_days(), four_people()).when(MAKE_UP, at=DURING).then_refused(NotOverYet)


def schedule(**more: object) -> ScheduleWorkshop:
    return ScheduleWorkshop.model_validate(
        {**skills_day().model_dump(exclude={*BY_THE_RULES}), **more}
    )


@pytest.mark.parametrize(
    "other", [{"venue": "The library"}, {"capacity": 3}, {"number": 5}, {"title": "Skills"}]
)
def test_what_is_scheduled_otherwise_is_not_so_already(other: dict[str, object]) -> None:
    scene = given(three_days())
    scene.when(schedule()).then_already_so()
    scene.when(schedule(**other)).then_refused(ScheduledOtherwise)
    given(three_days(), amended(venue="The library")).when(schedule()).then_refused(
        ScheduledOtherwise
    )
    given(three_days(), CANCELLED).when(schedule()).then_refused(WorkshopIsCancelled)


def test_who_cancelled_by_mistake_books_again_if_a_place_is_free() -> None:
    scene = given(skills_day(1), four_people(), booking(ADA), gave_back(ADA))
    notices: list[Notice] = found(booking(ADA), *scene.facts)
    assert [one.to for one in notices] == [ADA]
    waiting = given(scene.facts, waits(AMINA), waits(BOLA))
    waiting.when(OfferHeldPlaces(workshop_id=SKILLS_DAY)).then_kinds(WaitingListOffered)
