"""A workshop that is too full is held more than once; who attends any session has attended it."""

from datetime import timedelta
from typing import Any

import pytest

from domain.decision import StandsInTheWay
from domain.workshops.attendance import RecordAttendance
from domain.workshops.bookings import BookAsPair, BookWorkshop
from domain.workshops.changes import AmendWorkshop, ReinstateReason, ReinstateWorkshop
from domain.workshops.schedule import (
    NumberTaken,
    ScheduledOtherwise,
    ScheduleWorkshop,
    WorkshopChangeReason,
)
from domain.workshops.sessions import AnotherSession
from domain.workshops.waiting_list import JoinWaitingList, TakeHeldPlace
from domain.workshops.workshop import WorkshopFull
from events.event import Event
from events.ids import PersonId, WorkshopId
from events.workshops import (
    BookingCancelled,
    TrainingCompleted,
    WaitingListJoined,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopReinstated,
    WorkshopScheduled,
)
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, planned
from tests.scenes.given import NOON, Given, given
from tests.scenes.judged import judged, told
from tests.scenes.pairs import active, pairing
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

AGAIN = WorkshopId.derived(NOON, "skills once more")
AGAIN_AT = SKILLS_AT + timedelta(days=7)
SECOND = day(AGAIN, 2, AGAIN_AT, 2)
OFF = WorkshopCancelled(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.bad-weather")
PLAN: dict[str, Any] = {
    "cohort_id": AUTUMN,
    "number": 2,
    "title": "Trying out skills",
    "starts_at": AGAIN_AT,
    "ends_at": AGAIN_AT + timedelta(hours=6),
    "venue": "Elsewhere",
    "capacity": 8,
}


def there(fact: Event) -> Event:
    """The same, on the second session."""
    return fact.model_copy(update={"workshop_id": AGAIN})


def twice(*more: Event, capacity: int = 1) -> Given:
    return given(planned(), skills_day(capacity), SECOND, four_people(), more)


def book(who: PersonId, workshop: WorkshopId = AGAIN) -> BookWorkshop:
    return BookWorkshop(workshop_id=workshop, person_id=who)


def test_a_number_is_held_twice_only_if_that_is_meant() -> None:
    scene = given(planned(), skills_day())
    scene.when(ScheduleWorkshop(**PLAN)).then_refused(NumberTaken)
    meant = ScheduleWorkshop(**PLAN, workshop_id=AGAIN, another_session=True)
    done = scene.when(meant).then_kinds(WorkshopScheduled)
    done.when(meant).then_already_so()
    other = meant.model_copy(update={"capacity": 9})
    done.when(other).then_refused(ScheduledOtherwise)
    amend = AmendWorkshop(workshop_id=AGAIN, number=2, reason=WorkshopChangeReason.MISTAKE)
    third = given(scene.facts, day(AGAIN, 3, AGAIN_AT))
    third.when(amend).then_refused(NumberTaken)
    third.when(amend.model_copy(update={"another_session": True})).then_kinds(WorkshopAmended)


def test_who_finds_no_place_on_one_session_has_one_on_the_other() -> None:
    full = twice(booking(ADA))
    full.when(book(BEN, SKILLS_DAY)).then_refused(WorkshopFull)
    full.when(book(BEN)).then_kinds(WorkshopBooked)


@pytest.mark.parametrize("has", [[booking(ADA)], [came(ADA)]], ids=["booked", "been there"])
def test_nobody_has_a_place_on_two_sessions(has: list[Event]) -> None:
    scene = twice(*has, *active(), capacity=4)
    for wish in (
        book(ADA),
        BookAsPair(workshop_id=AGAIN, pairing_id=pairing()),
        JoinWaitingList(workshop_id=AGAIN, person_id=ADA),
    ):
        scene.when(wish).then_refused(AnotherSession)
    take = TakeHeldPlace(workshop_id=AGAIN, person_id=ADA)
    given(scene.facts, there(promised(ADA))).when(take).then_refused(AnotherSession)


def test_who_gave_a_place_back_or_was_away_books_on_the_other_session() -> None:
    twice(booking(ADA), gave_back(ADA)).when(book(ADA)).then_kinds(WorkshopBooked)
    twice(booking(ADA)).when(book(ADA), at=AFTERWARDS).then_kinds(WorkshopBooked)
    twice(booking(ADA), OFF).when(book(ADA)).then_kinds(WorkshopBooked)


def test_one_may_wait_for_either_session() -> None:
    scene = twice(booking(BEN), there(booking(BEN)), waits(ADA), capacity=1)
    full = given(scene.facts, SECOND.model_copy(update={"capacity": 1}))
    wish = JoinWaitingList(workshop_id=AGAIN, person_id=ADA)
    full.when(wish).then_kinds(WaitingListJoined)


def test_who_came_to_another_workshop_has_a_place_on_either_session_of_this_one() -> None:
    met = day(MEETING_DAY, 1, SKILLS_AT - timedelta(days=42))
    twice(met, came(ADA, MEETING_DAY)).when(book(ADA)).then_kinds(WorkshopBooked)


def test_nobody_gives_a_wait_back_for_a_session_that_has_begun() -> None:
    scene = twice(booking(BEN), waits(ADA), capacity=1)
    scene.when(book(ADA), at=DURING).then_kinds(WorkshopBooked)


def test_two_who_book_together_wait_for_no_other_session() -> None:
    scene = twice(booking(AMINA), waits(ADA), waits(BEN), *active(), capacity=1)
    wish = BookAsPair(workshop_id=AGAIN, pairing_id=pairing())
    done = scene.when(wish).then_kinds(*[WorkshopBooked] * 2, *[BookingCancelled] * 2)
    both = [gave_back(who, "booking.another-session") for who in (ADA, BEN)]
    assert sorted(done.facts[-2:], key=str) == sorted(both, key=str)


def test_who_has_a_place_on_one_session_waits_for_no_other() -> None:
    scene = twice(booking(BEN), waits(ADA), capacity=1)
    result = scene.when(book(ADA))
    done = result.then_kinds(WorkshopBooked, BookingCancelled)
    assert done.facts[-1] == gave_back(ADA, "booking.another-session")
    held = given(scene.facts, there(promised(ADA)), gave_back(BEN))
    take = TakeHeldPlace(workshop_id=AGAIN, person_id=ADA)
    held.when(take).then_kinds(WorkshopBooked, BookingCancelled)


def test_who_attends_either_has_attended_that_number_once() -> None:
    others = [came(ADA, MEETING_DAY), came(ADA, REFLECTION_DAY)]
    scene = given(three_days(), SECOND, four_people(), others, there(booking(ADA)))
    on_the_day = AGAIN_AT + timedelta(hours=1)
    scan = {"person_id": ADA, "scan_id": "scan.again", "scanned_at": on_the_day}
    wish = RecordAttendance.model_validate({"workshop_id": AGAIN, **scan})
    trained = scene.when(wish, at=on_the_day).then_kinds(WorkshopAttended, TrainingCompleted)
    name, told_together = "workshops.training-as-attended", told(*trained.facts[-2:])
    history = [*trained.facts[:-2], told_together]
    assert judged(history).of(name) == []
    assert judged([*history, came(ADA)]).of(name) == []
    walks_in = wish.model_copy(update={"workshop_id": SKILLS_DAY, "scan_id": "scan.skills"})
    first = {"scanned_at": DURING, "walk_in": True}
    both = walks_in.model_copy(update=first)
    trained.when(both, at=on_the_day).then_kinds(WorkshopAttended)


def test_a_session_that_takes_place_after_all_stands_beside_the_other() -> None:
    """Whoever booked on the other one meanwhile keeps that place."""
    scene = twice(booking(ADA), OFF, there(booking(ADA)), waits(BEN), capacity=2)
    wish = ReinstateWorkshop(workshop_id=SKILLS_DAY, reason=ReinstateReason.MISTAKE)
    scene.when(wish).then_refused(StandsInTheWay)
    result = scene.when(wish.model_copy(update={"another_session": True}))
    back = result.then_kinds(WorkshopReinstated, BookingCancelled)
    gone = back.facts[-1]
    assert isinstance(gone, BookingCancelled)
    assert (gone.person_id, gone.workshop_id) == (ADA, SKILLS_DAY)
    assert gone.reason == "booking.another-session"
