"""What must hold of workshops: each invariant has a history that breaks it."""

from datetime import timedelta
from typing import Any, TypeVar

import pytest

from events.cohorts import CohortCompleted
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.terms import HeadOfTheLine
from events.workshops import (
    AttendanceCorrected,
    CapacityChanged,
    RegisterOverdue,
    RegisterReopened,
    TrainingCompleted,
    WaitingListLapsed,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMissed,
    WorkshopReminderDue,
    WorkshopRescheduled,
)
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, CARYS, PATIENT, planned
from tests.scenes.given import NOON, person
from tests.scenes.judged import DAY, breaks, each, judged, stands, still_holds, told
from tests.scenes.pairs import active, ended, left, pairing
from tests.scenes.programme_rules import adopted
from tests.scenes.training import (
    AFTERWARDS,
    DURING,
    MEETING_DAY,
    REFLECTION_DAY,
    SKILLS_AT,
    SKILLS_DAY,
    UNTIL,
    booking,
    by_the_rules,
    came,
    day,
    four_people,
    gave_back,
    promised,
    skills_day,
    three_days,
    waits,
)

E = TypeVar("E", bound=Event)
ON_THE_DAY = [*three_days(), *four_people()]
PAIR = pairing()
TOGETHER = [*ON_THE_DAY, *active()]
MOVED: dict[str, Any] = {
    "ends_at": AFTERWARDS,
    **by_the_rules(AFTERWARDS, AFTERWARDS),
    "remind_on": NOON.date(),
    "reason": "workshop.weather",
}


def of(kind: type[E], who: PersonId | None = None, **more: Any) -> E:
    ids = {"workshop_id": SKILLS_DAY, "cohort_id": AUTUMN, **({"person_id": who} if who else {})}
    return kind.model_validate({**ids, **more})


def a_full_day(capacity: int = 1) -> list[Event]:
    return [*three_days(), *four_people(), of(CapacityChanged, capacity=capacity, reason="x.y")]


LAPSED = of(WaitingListLapsed, ADA)
OFF = of(WorkshopCancelled, reason="workshop.too-few-people")


def test_more_bookings_than_places_are_found() -> None:
    name = "workshops.capacity-never-exceeded"
    breaks(name, [*a_full_day(), booking(ADA)], booking(BEN))
    breaks(name, [*a_full_day(), booking(ADA), waits(BEN)], promised(BEN))
    smaller = of(CapacityChanged, capacity=1, reason="capacity.smaller-room")
    breaks(name, [*ON_THE_DAY, booking(ADA), booking(BEN)], smaller)


def test_a_pair_books_both_places_or_none() -> None:
    name = "workshops.pair-books-together"
    breaks(name, TOGETHER, told(booking(ADA, PAIR)))
    waiting = [*TOGETHER, told(waits(ADA, PAIR), waits(BEN, PAIR))]
    breaks(name, waiting, told(promised(ADA, PAIR)))
    both = [*waiting, told(promised(ADA, PAIR), promised(BEN, PAIR))]
    for right in (
        [*TOGETHER, told(booking(ADA, PAIR), booking(BEN, PAIR))],
        [*both, gave_back(BEN), told(booking(ADA, PAIR))],
        [*both, ended(), told(booking(ADA, PAIR))],
    ):
        assert judged(right).of(name) == []


def test_a_place_goes_step_by_step() -> None:
    name = "workshops.step-by-step"
    breaks(name, [*ON_THE_DAY, booking(ADA)], *each(booking(ADA)))
    breaks(name, ON_THE_DAY, gave_back(ADA))
    breaks(name, ON_THE_DAY, promised(ADA))
    breaks(name, [*ON_THE_DAY, waits(ADA), promised(ADA), LAPSED], *each(LAPSED))


def test_a_held_place_lapses_when_its_time_is_over() -> None:
    name = "workshops.lapses-only-when-over"
    held = [*ON_THE_DAY, waits(ADA), promised(ADA)]
    breaks(name, held, told(LAPSED, at=UNTIL - timedelta(seconds=1)))
    assert judged([*held, told(LAPSED, at=UNTIL)]).of(name) == []


def test_only_members_of_the_cohort_book() -> None:
    stranger = booking(PersonId(person("Gwen")))
    breaks("workshops.only-members-book", ON_THE_DAY, stranger)
    breaks("workshops.only-members-book", [*ON_THE_DAY, *left(ADA, PATIENT)], waits(ADA))


def test_nobody_books_when_it_has_begun() -> None:
    name = "workshops.booked-ahead"
    breaks(name, ON_THE_DAY, told(booking(ADA), at=SKILLS_AT))
    earlier = of(WorkshopRescheduled, starts_at=NOON, **MOVED)
    breaks(name, [*ON_THE_DAY, earlier], told(waits(ADA), at=NOON))


@pytest.mark.parametrize("then", [booking(ADA), of(WorkshopReminderDue, ADA), came(ADA), OFF])
def test_nothing_goes_on_of_a_workshop_that_is_off(then: Event) -> None:
    breaks("workshops.nothing-goes-on-when-off", [*ON_THE_DAY, OFF], *each(then))


def test_nobody_has_places_on_two_sessions_of_one_workshop() -> None:
    name, other = "workshops.one-place-a-number", WorkshopId.derived(NOON, "another")
    another = day(other, 2, SKILLS_AT + DAY)
    there = booking(ADA).model_copy(update={"workshop_id": other})
    breaks(name, [*ON_THE_DAY, another, booking(ADA)], there)
    for sound in (
        [another, booking(BEN), there],
        [another, booking(ADA), OFF, there],
        [day(other, 3, SKILLS_AT + DAY), booking(ADA), there],
        [another, booking(ADA), told(there, at=SKILLS_AT)],
    ):
        assert judged([*ON_THE_DAY, *sound]).of(name) == []


def test_nobody_is_reminded_twice_of_one_day() -> None:
    name = "workshops.reminded-once"
    reminded = of(WorkshopReminderDue, ADA)
    breaks(name, [*ON_THE_DAY, booking(ADA), reminded], *each(reminded))
    breaks(name, ON_THE_DAY, reminded)
    moved = of(WorkshopRescheduled, starts_at=DURING, **MOVED)
    assert judged([*ON_THE_DAY, booking(ADA), reminded, moved, reminded]).of(name) == []


def test_a_held_place_that_nobody_lapses_is_found() -> None:
    name = "workshops.held-place-not-forgotten"
    held = [*ON_THE_DAY, waits(ADA), promised(ADA)]
    stands(name, held, until=UNTIL + DAY, from_then=UNTIL + 3 * DAY)


def test_nobody_waits_beside_a_free_place() -> None:
    """One place is free, a pair waits for two and ends: each could have it, and nobody is asked."""
    name = "workshops.nobody-waits-beside-a-free-place"
    pair = told(waits(ADA, PAIR), waits(BEN, PAIR))
    waiting = [*a_full_day(), *active(), pair]
    assert judged([*waiting, told(booking(AMINA), at=NOON + DAY)], NOON + DAY).of(name) == []
    stands(name, [*waiting, ended()], until=NOON, from_then=NOON + DAY)
    begun = told(*left(AMINA, PATIENT), at=SKILLS_AT)
    assert judged([*waiting, ended(), begun], SKILLS_AT).of(name) == []
    over = CohortCompleted(cohort_id=AUTUMN)
    still_holds(name, [*waiting, ended(), over], NOON + DAY)


def test_a_single_place_that_is_kept_for_two_is_not_idle() -> None:
    """Until a week before: then it would suit Amina, who joined later."""
    name = "workshops.nobody-waits-beside-a-free-place"
    pair = told(waits(ADA, PAIR), waits(BEN, PAIR))
    kept = [*a_full_day(2), *active(), booking(BOLA), pair, waits(AMINA)]
    week = SKILLS_AT - 7 * DAY
    stands(name, kept, until=week - DAY, from_then=week + DAY)
    line = HeadOfTheLine.WAITS_FOR_THE_FIRST
    rules = [*adopted((week - 3 * DAY).date(), head_of_the_line=line)]
    later = told(*left(CARYS, PATIENT), at=week + DAY)
    assert judged([*kept, *rules, later], week + DAY).of(name) == []


def test_nobody_is_passed_over() -> None:
    name = "workshops.nobody-is-passed-over"
    two = told(waits(ADA, PAIR), waits(BEN, PAIR))
    line = [*a_full_day(2), *active(), two, waits(AMINA)]
    breaks(name, line, promised(AMINA))
    late = told(promised(AMINA), at=SKILLS_AT - 6 * DAY)
    assert judged([*line, late]).of(name) == []
    breaks(name, [*a_full_day(2), waits(AMINA), waits(BOLA)], promised(BOLA))
    breaks(name, [*a_full_day(2), waits(AMINA)], booking(BOLA))
    breaks(
        name,
        [*a_full_day(2), *active(), waits(ADA), waits(AMINA)],
        told(booking(ADA, PAIR), booking(BEN, PAIR)),
    )
    first = [*a_full_day(2), waits(AMINA), promised(AMINA), waits(BOLA), booking(AMINA)]
    assert judged(first).of(name) == []
    gone = [*a_full_day(2), waits(AMINA), waits(BOLA), *left(AMINA, PATIENT), promised(BOLA)]
    assert judged(gone).of(name) == []


def test_a_register_that_nobody_closes_is_found() -> None:
    name = "workshops.register-not-forgotten"
    over = SKILLS_AT + 4 * DAY
    only_this = [planned(), skills_day()]
    stands(name, only_this, until=over, from_then=over + 3 * DAY)
    still_holds(name, [*only_this, told(of(WorkshopHeld), at=AFTERWARDS)], over + 9 * DAY)
    again = of(RegisterReopened, close_by=over.date(), reason="attendance.other-reason")
    at = SKILLS_AT + 30 * DAY
    later = {"starts_at": at, "ends_at": at, **by_the_rules(at, at)}
    moved = of(WorkshopRescheduled, **{**MOVED, **later})
    still_holds(name, [*only_this, again, moved], over + 9 * DAY)


def test_a_register_is_overdue_once_and_in_time() -> None:
    name = "workshops.register-overdue-once"
    due = (SKILLS_AT + 3 * DAY).date()
    late = told(of(RegisterOverdue, close_by=due), at=SKILLS_AT + 4 * DAY)
    breaks(name, ON_THE_DAY, told(of(RegisterOverdue, close_by=due), at=AFTERWARDS))
    breaks(name, [*ON_THE_DAY, late], late)
    breaks(name, [*ON_THE_DAY, told(of(WorkshopHeld), at=AFTERWARDS)], late)
    assert judged([*ON_THE_DAY, late]).of(name) == []


def test_who_was_scanned_in_has_not_come_to_what_moves() -> None:
    name = "workshops.moved-is-not-attended"
    moved = of(WorkshopRescheduled, starts_at=DURING, **MOVED)
    there = [*ON_THE_DAY, booking(ADA), told(came(ADA), at=SKILLS_AT)]
    breaks(name, there, told(moved, at=SKILLS_AT))
    not_come = of(AttendanceCorrected, ADA, attended=False, reason="attendance.workshop-moved")
    assert judged([*there, told(not_come, moved, at=SKILLS_AT)]).of(name) == []


def test_who_left_the_cohort_has_no_place() -> None:
    name = "workshops.no-place-for-who-is-gone"
    gone = [*ON_THE_DAY, booking(ADA), *left(ADA, PATIENT)]
    stands(name, gone, until=NOON, from_then=NOON + DAY)


def test_who_comes_has_a_place_or_walks_in() -> None:
    name = "workshops.attended-with-a-place"
    breaks(name, ON_THE_DAY, told(came(ADA), at=DURING))
    walked_in = came(ADA).model_copy(update={"walk_in": True})
    assert judged([*ON_THE_DAY, told(walked_in, at=DURING)]).of(name) == []
    breaks(name, [*ON_THE_DAY, *left(ADA, PATIENT)], told(walked_in, at=DURING))


def test_one_scan_counts_for_one_person() -> None:
    name = "workshops.one-scan-one-person"
    same = came(BEN).model_copy(update={"scan_id": came(ADA).scan_id})
    breaks(name, [*ON_THE_DAY, told(came(ADA), at=DURING)], told(same, at=DURING))
    elsewhere = came(ADA, MEETING_DAY).model_copy(update={"scan_id": came(ADA).scan_id})
    breaks(name, [*ON_THE_DAY, told(came(ADA), at=DURING)], told(elsewhere, at=DURING))


def test_nobody_comes_twice() -> None:
    name = "workshops.attended-once"
    came_once = [*ON_THE_DAY, told(came(ADA), at=DURING)]
    breaks(name, came_once, told(came(ADA), at=DURING))
    after_all = of(AttendanceCorrected, ADA, attended=False, reason="attendance.left-early")
    assert judged([*came_once, after_all, told(came(ADA), at=DURING)]).of(name) == []
    back = after_all.model_copy(update={"attended": True})
    breaks(name, [*ON_THE_DAY, back], told(came(ADA), at=DURING))


def test_who_comes_is_scanned_on_the_day() -> None:
    name = "workshops.attended-on-the-day"
    other_day = came(ADA).model_copy(update={"scanned_at": DURING - DAY})
    breaks(name, ON_THE_DAY, told(other_day, at=DURING))
    early = came(ADA).model_copy(update={"scanned_at": SKILLS_AT - timedelta(hours=3)})
    breaks(name, ON_THE_DAY, told(early, at=DURING))


def test_nobody_came_in_the_future() -> None:
    """At a minute past midnight it is known who will be scanned at three."""
    name = "workshops.no-attendance-of-the-future"
    breaks(name, ON_THE_DAY, told(came(ADA), at=DURING - timedelta(hours=10)))
    assert judged([*ON_THE_DAY, told(came(ADA), at=DURING)]).of(name) == []


def test_who_booked_and_did_not_come_missed_it() -> None:
    name = "workshops.missed-by-who-booked"
    missed = told(of(WorkshopMissed, ADA), of(WorkshopHeld), at=AFTERWARDS)
    breaks(name, ON_THE_DAY, missed)
    breaks(name, [*ON_THE_DAY, booking(ADA), told(came(ADA), at=DURING)], missed)
    assert judged([*ON_THE_DAY, booking(ADA), missed]).of(name) == []


def test_training_is_complete_with_all_workshops_and_not_without() -> None:
    name = "workshops.training-as-attended"
    complete = TrainingCompleted(person_id=ADA, cohort_id=AUTUMN)
    two = [*ON_THE_DAY, *each(came(ADA, MEETING_DAY), came(ADA, SKILLS_DAY))]
    breaks(name, two, told(complete))
    breaks(name, two, told(came(ADA, REFLECTION_DAY)))
    all_three = [*two, told(came(ADA, REFLECTION_DAY), complete)]
    assert judged(all_three).of(name) == []
    corrected = of(AttendanceCorrected, ADA, attended=False, reason="attendance.left-early")
    breaks(name, all_three, told(corrected))
    assert judged([*ON_THE_DAY, booking(BOLA), skills_day()][:-1]).of(name) == []
