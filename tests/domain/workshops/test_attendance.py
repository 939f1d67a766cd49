from datetime import timedelta

import pytest

from domain.decision import NotYourRole
from domain.offers.offer import NotOnTheCohort
from domain.people.person import PersonIsErased
from domain.workshops.attendance import (
    NotBooked,
    NotOnTheDay,
    NotOverYet,
    NotYetScanned,
    RecordAttendance,
    RecordedAlready,
    RegisterClosed,
    ScanUsed,
)
from domain.workshops.closing import CloseRegister
from domain.workshops.corrections import (
    CorrectAttendance,
    CorrectionReason,
    MakeUp,
    MakeUpWorkshop,
    NothingToMakeUp,
)
from domain.workshops.workshop import UnknownWorkshop, WorkshopIsCancelled
from events.ids import PersonId, WorkshopId
from events.people import PersonErased
from events.terms import Role
from events.workshops import (
    AttendanceCorrected,
    TrainingCompleted,
    TrainingReopened,
    WorkshopAttended,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
)
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    confirmed,
    planned,
)
from tests.scenes.given import NOON, given
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
    skills_day,
    three_days,
)

CLOSE = CloseRegister(workshop_id=SKILLS_DAY)
HELD = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)
MISSED = WorkshopMissed(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
COMPLETED = TrainingCompleted(person_id=ADA, cohort_id=AUTUMN)
REOPENED = TrainingReopened(person_id=ADA, cohort_id=AUTUMN)
CANCELLED = WorkshopCancelled(
    workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.bad-weather"
)


def record(who: PersonId = ADA, scan: str = "", **more: object) -> RecordAttendance:
    fact = came(who)
    return RecordAttendance.model_validate(
        {
            "workshop_id": SKILLS_DAY,
            "person_id": who,
            "scan_id": scan or fact.scan_id,
            "scanned_at": DURING,
            **more,
        }
    )


def correct(attended: bool, who: PersonId = ADA) -> CorrectAttendance:
    return CorrectAttendance(
        workshop_id=SKILLS_DAY,
        person_id=who,
        attended=attended,
        reason=CorrectionReason.NOT_SCANNED,
    )


def corrected(attended: bool, who: PersonId = ADA) -> AttendanceCorrected:
    return AttendanceCorrected(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        person_id=who,
        attended=attended,
        reason="attendance.came-but-not-scanned",
    )


def make_up(who: PersonId = ADA, workshop: WorkshopId = SKILLS_DAY) -> MakeUpWorkshop:
    return MakeUpWorkshop(workshop_id=workshop, person_id=who, how=MakeUp.ONLINE)


def made_up(who: PersonId = ADA) -> WorkshopMadeUp:
    return WorkshopMadeUp(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=who, how="make-up.online"
    )


def test_who_booked_and_came_is_recorded_once() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    there = scene.when(record(), at=DURING).then(came(ADA))
    there.when(record(), at=DURING).then_already_so()
    there.when(record(scan="scan.another"), at=DURING).then_refused(RecordedAlready)
    later = record().model_copy(update={"scanned_at": DURING - timedelta(minutes=1)})
    there.when(later, at=DURING).then_refused(RecordedAlready)


def test_who_was_scanned_wrongly_is_scanned_anew_once_that_is_put_right() -> None:
    scene = given(three_days(), four_people(), booking(ADA), came(ADA))
    slip = CorrectAttendance(
        workshop_id=SKILLS_DAY,
        person_id=ADA,
        attended=False,
        reason=CorrectionReason.SCANNED_FOR_ANOTHER,
    )
    not_there = scene.when(slip, at=DURING).then_kinds(AttendanceCorrected)
    not_there.when(record(scan="scan.another"), at=DURING).then_kinds(WorkshopAttended)


def test_one_scan_counts_for_one_person() -> None:
    given(three_days(), four_people(), booking(ADA), booking(BEN), came(ADA)).when(
        record(BEN, came(ADA).model_dump()["scan_id"]), at=DURING
    ).then_refused(ScanUsed)


def test_a_scan_that_was_erased_holds_nobody_up() -> None:
    """Nobody can tell any more which one it was; whoever was there stays in the register."""
    gone = PersonErased(person_id=ADA)
    scene = given(three_days(), four_people(), booking(ADA), booking(BEN), came(ADA), gone)
    scene.when(record(BEN), at=DURING).then(came(BEN))
    scene.when(record(BOLA, walk_in=True), at=DURING).then_kinds(WorkshopAttended)
    scene.when(record(ADA, scan="scan.another"), at=DURING).then_refused(PersonIsErased)
    scene.when(CLOSE, at=AFTERWARDS).then(MISSED.model_copy(update={"person_id": BEN}), HELD)


def test_who_has_no_place_is_recorded_as_a_walk_in_only() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    scene.when(record(BEN), at=DURING).then_refused(NotBooked)
    walk_in = came(BEN).model_copy(update={"walk_in": True})
    scene.when(record(BEN, walk_in=True), at=DURING).then(walk_in)
    scene.when(record(ADA, walk_in=True), at=DURING).then(came(ADA))


def test_a_walk_in_must_be_on_this_cohort() -> None:
    given(three_days(), confirmed(BEN, HEALTHCARE, SPRING)).when(
        record(BEN, walk_in=True), at=DURING
    ).then_refused(NotOnTheCohort)


@pytest.mark.parametrize("days", [-1, 1])
def test_people_are_scanned_on_the_day_only(days: int) -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    late = record(scanned_at=DURING + timedelta(days=days))
    scene.when(late, at=DURING + timedelta(days=2)).then_refused(NotOnTheDay)


def test_nobody_comes_in_the_future() -> None:
    """The same is right once the time has come: a scanner's clock may be a little ahead."""
    scene = given(three_days(), four_people(), booking(ADA))
    scene.when(record(), at=DURING - timedelta(microseconds=1)).then_refused(NotYetScanned)
    scene.when(record(), at=NOON).then_refused(NotYetScanned)
    scene.when(record(), at=DURING).then(came(ADA))


def test_nobody_comes_before_the_doors_are_open() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    open_at = SKILLS_AT - timedelta(hours=2)
    early = record(scanned_at=open_at - timedelta(seconds=1))
    scene.when(early, at=DURING).then_refused(NotOnTheDay)
    scene.when(record(scanned_at=open_at), at=DURING).then_kinds(WorkshopAttended)


def test_a_scan_counts_once_in_all_workshops_of_a_cohort() -> None:
    scene = given(three_days(), four_people(), booking(ADA), came(ADA, MEETING_DAY, "scan.1"))
    scene.when(record(scan="scan.1"), at=DURING).then_refused(ScanUsed)
    scene.when(record(scan="scan.2"), at=DURING).then_kinds(WorkshopAttended)


def test_a_paper_register_may_come_in_later_until_the_register_is_closed() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    scene.when(record(), at=DURING + timedelta(days=1)).then_kinds(WorkshopAttended)
    given(scene.facts, HELD).when(record(), at=AFTERWARDS).then_refused(RegisterClosed)


def test_nobody_comes_to_what_is_unknown_or_cancelled() -> None:
    given(planned(), four_people()).when(record(), at=DURING).then_refused(UnknownWorkshop)
    given(three_days(), four_people(), booking(ADA), CANCELLED).when(
        record(), at=DURING
    ).then_refused(WorkshopIsCancelled)


def test_participants_do_not_keep_the_register() -> None:
    given(three_days(), four_people(), booking(ADA)).when(
        record(), by=ADA, role=Role.PARTICIPANT, at=DURING
    ).then_refused(NotYourRole)


def test_who_booked_and_did_not_come_has_missed_it() -> None:
    given(three_days(), four_people(), booking(ADA), booking(BEN), came(BEN)).when(
        CLOSE, at=AFTERWARDS
    ).then(MISSED, HELD).when(CLOSE, at=AFTERWARDS).then_already_so()


def test_a_register_closes_after_the_end_only() -> None:
    given(three_days()).when(CLOSE, at=DURING).then_refused(NotOverYet)
    given(planned()).when(CLOSE, at=AFTERWARDS).then_refused(UnknownWorkshop)
    given(three_days(), CANCELLED).when(CLOSE, at=AFTERWARDS).then_refused(WorkshopIsCancelled)


def test_a_mistake_is_corrected_beside_what_was_recorded() -> None:
    scene = given(three_days(), four_people(), booking(ADA), MISSED, HELD)
    scene.when(correct(attended=True), at=AFTERWARDS).then(corrected(attended=True)).when(
        correct(attended=True), at=AFTERWARDS
    ).then_already_so()
    scene.when(correct(attended=False), at=AFTERWARDS).then_already_so()


def test_no_earlier_correction_is_put_right_for_who_was_scanned_anew() -> None:
    then = corrected(attended=False).model_copy(update={"reason": "attendance.left-early"})
    scene = given(three_days(), four_people(), booking(ADA), corrected(attended=True), then)
    other = correct(attended=True).model_copy(update={"reason": CorrectionReason.OTHER})
    given(scene.facts, came(ADA)).when(other, at=AFTERWARDS).then_already_so()


def test_nothing_is_corrected_before_it_began_or_for_strangers() -> None:
    given(three_days(), four_people()).when(correct(attended=True)).then_refused(NotOverYet)
    given(three_days(), confirmed(ADA, PATIENT, SPRING)).when(
        correct(attended=True), at=AFTERWARDS
    ).then_refused(NotOnTheCohort)
    given(planned(), four_people()).when(correct(attended=True)).then_refused(UnknownWorkshop)


def test_a_missed_workshop_is_made_up_once() -> None:
    given(three_days(), four_people(), booking(ADA), MISSED, HELD).when(
        make_up(), at=AFTERWARDS
    ).then(made_up()).when(make_up(), at=AFTERWARDS).then_already_so()


def test_who_made_it_up_before_the_register_closed_has_not_missed_it() -> None:
    given(three_days(), four_people(), booking(ADA), made_up()).when(CLOSE, at=AFTERWARDS).then(
        HELD
    )


def test_only_what_was_missed_can_be_made_up() -> None:
    scene = given(three_days(), four_people(), booking(ADA))
    given(scene.facts, came(ADA)).when(make_up(), at=AFTERWARDS).then_refused(NothingToMakeUp)
    scene.when(make_up(), at=DURING).then_refused(NotOverYet)
    given(planned(), four_people()).when(make_up(), at=AFTERWARDS).then_refused(UnknownWorkshop)
    given(three_days(), confirmed(ADA, PATIENT, SPRING)).when(
        make_up(), at=AFTERWARDS
    ).then_refused(NotOnTheCohort)


def test_the_training_is_complete_with_the_last_required_workshop() -> None:
    scene = given(three_days(), four_people(), booking(ADA), came(ADA, MEETING_DAY))
    scene.when(record(), at=DURING).then(came(ADA))
    last = given(scene.facts, came(ADA, REFLECTION_DAY))
    last.when(record(), at=DURING).then(came(ADA), COMPLETED)
    last.when(make_up(), at=AFTERWARDS).then(made_up(), COMPLETED)
    last.when(correct(attended=True), at=AFTERWARDS).then(corrected(attended=True), COMPLETED)


def test_a_correction_that_takes_a_workshop_away_opens_the_training_again() -> None:
    done = [came(ADA, MEETING_DAY), came(ADA, REFLECTION_DAY), came(ADA), COMPLETED]
    reopened = (
        given(three_days(), four_people(), booking(ADA), *done)
        .when(correct(attended=False), at=AFTERWARDS)
        .then(corrected(attended=False), REOPENED)
    )
    reopened.when(make_up(), at=AFTERWARDS).then(made_up(), COMPLETED)


def test_an_extra_workshop_does_not_stand_for_a_required_one() -> None:
    extra = WorkshopId.derived(NOON, "extra")
    given(
        three_days(),
        day(extra, 4, SKILLS_AT + timedelta(days=1)),
        four_people(),
        booking(ADA),
        came(ADA, MEETING_DAY),
        came(ADA, extra),
    ).when(record(), at=DURING).then(came(ADA))


def test_a_training_is_completed_once() -> None:
    done = [came(ADA, MEETING_DAY), came(ADA), came(ADA, REFLECTION_DAY), COMPLETED]
    extra = WorkshopId.derived(NOON, "extra")
    given(three_days(), day(extra, 4, SKILLS_AT), four_people(), *done).when(
        make_up(workshop=extra), at=AFTERWARDS
    ).then_kinds(WorkshopMadeUp)


def test_what_another_person_or_cohort_attended_does_not_count() -> None:
    given(
        three_days(),
        four_people(),
        booking(ADA),
        came(AMINA, MEETING_DAY),
        came(BOLA, REFLECTION_DAY),
    ).when(record(), at=DURING).then(came(ADA))
    given(skills_day(), four_people(), booking(ADA)).when(record(), at=DURING).then(came(ADA))
