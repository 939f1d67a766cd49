from collections.abc import Iterable
from datetime import timedelta

import pytest

from domain.catalogue import NOTICES
from domain.notice import Notice
from domain.workshops import booking_notices as bookings
from domain.workshops import notices as workshops
from domain.workshops.bookings import BookingCancelReason
from domain.workshops.changes import COHORT_CANCELLED
from domain.workshops.schedule import WorkshopChangeReason
from events.event import Event
from events.workshops import (
    TrainingCompleted,
    TrainingReopened,
    WaitingListLapsed,
    WorkshopCancelled,
    WorkshopMissed,
    WorkshopReinstated,
    WorkshopReminderDue,
    WorkshopRescheduled,
)
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA
from tests.scenes.given import NOON, folded
from tests.scenes.pairs import pairing, recorded
from tests.scenes.training import (
    SKILLS_AT,
    SKILLS_DAY,
    booking,
    by_the_rules,
    gave_back,
    promised,
    skills_day,
    waits,
)

MOVED = WorkshopRescheduled(
    workshop_id=SKILLS_DAY,
    cohort_id=AUTUMN,
    starts_at=SKILLS_AT + timedelta(days=7),
    ends_at=SKILLS_AT + timedelta(days=7, hours=6),
    **by_the_rules(SKILLS_AT + timedelta(days=7), SKILLS_AT + timedelta(days=7, hours=6)),
    reason="workshop.venue-not-available",
)
CANCELLED = WorkshopCancelled(
    workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.bad-weather"
)
LAPSED = WaitingListLapsed(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
REMINDER = WorkshopReminderDue(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
MISSED = WorkshopMissed(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)


def found(fact: Event, *before: Event) -> list[Notice]:
    """What people hear of a fact, after these and itself."""
    facts = [*before, fact]
    return [
        notice
        for telling in NOTICES[type(fact)]
        for notice in telling(recorded(fact), lambda wanted: folded(wanted, facts))
    ]


def words(notices: Iterable[Notice]) -> str:
    return "\n".join(line for one in notices for line in (one.subject, *one.paragraphs))


def test_a_booking_says_when_and_where_and_fits_the_calendar() -> None:
    (notice,) = found(booking(ADA), skills_day())
    assert notice.to == ADA
    assert notice.subject == "Your place on Trying out skills, Wednesday 15 January 2025"
    assert "It starts at 10am and ends at 4pm." in notice.paragraphs[1]
    assert notice.appointment is not None
    assert notice.appointment.uid == SKILLS_DAY


def test_a_booking_after_a_move_tells_the_new_time() -> None:
    (notice,) = found(booking(ADA), skills_day(), MOVED)
    assert "Wednesday 22 January 2025" in notice.subject


def test_who_waits_hears_that_they_wait_and_a_pair_that_it_waits_together() -> None:
    (alone,) = found(waits(ADA), skills_day())
    (together,) = found(waits(ADA, pairing()), skills_day())
    assert "You are on the waiting list." in words([alone])
    assert "two places together" not in words([alone])
    assert "two places together" in words([together])


def test_a_held_place_says_until_when() -> None:
    (notice,) = found(promised(ADA), skills_day())
    assert "We hold the place for you until midday on Wednesday 18 September 2024." in (
        notice.paragraphs
    )


def test_a_held_place_that_lapsed_may_be_waited_for_again() -> None:
    assert "please tell us. Then you are on the waiting list again" in words(
        found(LAPSED, skills_day())
    )


def test_a_place_given_back_is_confirmed_with_its_reason() -> None:
    said = words(found(gave_back(ADA), skills_day(), booking(ADA)))
    assert "You told us that you are not well." in said
    assert "You can still catch up" in said
    left = words(found(gave_back(ADA, "booking.left-the-cohort"), skills_day(), booking(ADA)))
    assert "catch up" not in left


def test_a_move_is_told_to_everybody_on_the_list_with_the_same_calendar_entry() -> None:
    notices = found(MOVED, skills_day(), booking(ADA), promised(BEN), waits(AMINA))
    assert {notice.to for notice in notices} == {ADA, BEN, AMINA}
    mine = next(notice for notice in notices if notice.to == ADA)
    assert mine.appointment is not None
    assert mine.appointment.uid == SKILLS_DAY
    assert mine.appointment.starts_at == MOVED.starts_at
    assert "Your place is still yours." in words([mine])
    assert all(one.appointment is None for one in notices if one.to != ADA)


def entries(*facts: Event, to: str = ADA) -> list[tuple[int, bool]]:
    """What each fact says to somebody's calendar: how often the entry was changed, and its end."""
    told = [
        one
        for number, fact in enumerate(facts)
        if type(fact) in NOTICES
        for one in found(fact, *facts[:number])
    ]
    return [
        (one.appointment.sequence, one.appointment.cancelled)
        for one in told
        if one.to == to and one.appointment
    ]


def test_each_change_of_an_entry_in_the_calendar_is_a_later_one_and_ends_are_said() -> None:
    back = WorkshopReinstated(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, number=1, reason="workshop.cancelled-by-mistake"
    )
    life = (skills_day(), booking(ADA), MOVED, CANCELLED, back, gave_back(ADA), booking(ADA))
    assert entries(*life) == [(0, False), (1, False), (2, True), (3, False), (4, True), (5, False)]


def test_who_never_had_a_place_or_gave_it_back_gets_nothing_for_the_calendar() -> None:
    assert entries(skills_day(), waits(ADA), MOVED, CANCELLED) == []
    left = (skills_day(), booking(ADA), gave_back(ADA), waits(ADA), MOVED)
    assert entries(*left) == [(0, False), (1, True)]
    assert entries(skills_day(), booking(BEN), waits(ADA), gave_back(ADA)) == []


def test_no_letter_promises_a_lunch_that_nobody_may_have_ordered() -> None:
    said = words([*found(booking(ADA), skills_day()), *found(REMINDER, skills_day(), booking(ADA))])
    assert "lunch" not in said.lower()


def test_a_cancelled_workshop_is_told_to_everybody_on_the_list() -> None:
    notices = found(CANCELLED, skills_day(), booking(ADA), waits(BOLA))
    assert {notice.to for notice in notices} == {ADA, BOLA}
    assert "The weather makes it unsafe to travel." in words(notices)


def test_a_reminder_says_when_and_where() -> None:
    said = words(found(REMINDER, skills_day(), booking(ADA)))
    assert "only a few days away" in said
    assert "The Guildhall, Exeter" in said


def test_who_missed_a_workshop_hears_how_to_make_it_up() -> None:
    assert "You can make it up" in words(found(MISSED, skills_day()))


def test_the_end_of_the_training_is_celebrated_and_a_mistake_owned_up_to() -> None:
    assert "Well done!" in words(found(TrainingCompleted(person_id=ADA, cohort_id=AUTUMN)))
    said = words(found(TrainingReopened(person_id=ADA, cohort_id=AUTUMN)))
    assert "we are sorry" in said
    assert "You can make it up." in said


def test_every_reason_that_people_are_given_has_its_sentence() -> None:
    assert set(bookings.REASONS) == set(BookingCancelReason)
    assert set(workshops.REASONS) == {*WorkshopChangeReason, COHORT_CANCELLED}


@pytest.mark.parametrize(
    "fact",
    [booking(ADA), waits(ADA), promised(ADA), LAPSED, gave_back(ADA), MOVED, CANCELLED, MISSED],
    ids=lambda fact: str(fact.name),
)
def test_nothing_is_said_before_the_plan_is_known(fact: Event) -> None:
    assert found(fact) == []


@pytest.mark.parametrize(("hours", "urgent"), [(30, False), (23, True), (-1, False)])
def test_what_calls_somebody_off_who_may_be_on_their_way_waits_for_no_morning(
    hours: int, urgent: bool
) -> None:
    soon = skills_day().model_copy(update={"starts_at": NOON + timedelta(hours=hours)})
    for fact in (MOVED, CANCELLED):
        assert [one.urgent for one in found(fact, soon, booking(ADA))] == [urgent]
