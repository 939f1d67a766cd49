from datetime import UTC, date, datetime
from typing import Any

from events.ids import PersonId
from events.reasons import CohortReasonPutRight, OfSomebody, OfTheTeam, PersonReasonPutRight
from events.workshops import (
    AttendanceCorrected,
    BookingCancelled,
    CapacityChanged,
    MakeUpTakenBack,
    RegisterOverdue,
    RegisterReopened,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopAmended,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopReinstated,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from projections.projection import Shown
from projections.replay import folded
from projections.workshop_register import WORKSHOP_REGISTER, PlaceState, WorkshopRow, WorkshopState
from tests.projections.edge import told
from tests.scenes.cast import ADA, AMINA, BEN
from tests.scenes.history_choosing import day
from tests.scenes.history_learning import ADA_AND_BEN, SKILLS, at_workshop
from tests.scenes.scribe import Facts, Scribe, shown

TEN, FOUR = datetime(2025, 1, 15, 10, tzinfo=UTC), datetime(2025, 1, 15, 16, tzinfo=UTC)
SCAN: dict[str, Any] = {"scan_id": "scan.1", "scanned_at": TEN}


def register(*facts: Facts, capacity: int = 2) -> WorkshopRow:
    place = {"title": "Trying out skills", "venue": "The Guildhall, Exeter"}
    scheduled = at_workshop(
        WorkshopScheduled, number=2, starts_at=TEN, ends_at=FOUR, capacity=capacity, **place
    )
    return shown(WORKSHOP_REGISTER, SKILLS, scheduled, *facts)


def seen(row: WorkshopRow) -> Shown:
    return told(WORKSHOP_REGISTER, row)


def of(kind: Any, who: PersonId, **more: Any) -> Any:
    return at_workshop(kind, person_id=who, **more)


def states(row: WorkshopRow) -> dict[PersonId, str]:
    return {place.person_id: place.state.value for place in row.places}


def test_a_workshop_says_when_where_and_how_many() -> None:
    row = register()
    words = (seen(row)["title"], seen(row)["venue"])
    assert words == ("Trying out skills", "The Guildhall, Exeter")
    assert (row.starts_at, row.ends_at, row.capacity, row.free) == (TEN, FOUR, 2, 2)


def test_a_held_place_is_as_taken_as_a_booked_one() -> None:
    held = of(WaitingListOffered, BEN, until=TEN)
    row = register(of(WorkshopBooked, ADA), of(WaitingListJoined, BEN), held)
    assert states(row) == {ADA: "booked", BEN: "offered"}
    assert row.free == 0
    assert row.places[1].held_until == TEN
    lapsed = register(of(WorkshopBooked, ADA), held, of(WaitingListLapsed, BEN))
    assert (lapsed.free, lapsed.places[1].held_until) == (1, None)


def test_a_place_given_back_is_free_and_says_why() -> None:
    row = register(of(WorkshopBooked, ADA), of(BookingCancelled, ADA, reason="ill"))
    assert (row.free, states(row)) == (2, {ADA: "cancelled"})
    assert seen(row)["places"][0]["because"] == "ill"
    again = register(
        of(WorkshopBooked, ADA), of(BookingCancelled, ADA, reason="ill"), of(WorkshopBooked, ADA)
    )
    assert (again.free, states(again), again.places[0].because) == (1, {ADA: "booked"}, None)


def test_the_register_of_the_day() -> None:
    row = register(
        of(WorkshopBooked, ADA),
        of(WorkshopBooked, BEN),
        of(WorkshopAttended, ADA, **SCAN),
        of(WorkshopAttended, AMINA, walk_in=True, **{**SCAN, "scan_id": "scan.2"}),
        of(WorkshopMissed, BEN),
        at_workshop(WorkshopHeld),
    )
    assert states(row) == {ADA: "attended", BEN: "missed", AMINA: "attended"}
    assert [place.walk_in for place in row.places] == [False, False, True]
    assert row.places[0].scanned_at == TEN
    assert row.counts == {PlaceState.ATTENDED: 2, PlaceState.MISSED: 1}
    assert (row.state, row.free) == (WorkshopState.HELD, 0)


def test_a_mistake_is_put_right_and_a_missed_day_made_up() -> None:
    missed = (of(WorkshopBooked, ADA), of(WorkshopMissed, ADA))
    right = register(*missed, of(AttendanceCorrected, ADA, attended=True, reason="scanner"))
    assert states(right) == {ADA: "attended"}
    assert seen(right)["places"][0]["because"] == "scanner"
    made_up = register(*missed, of(WorkshopMadeUp, ADA, how="recording"))
    assert states(made_up) == {ADA: "made-up"}
    assert seen(made_up)["places"][0]["made_up_by"] == "recording"


def test_a_workshop_that_changes_shows_what_holds_now() -> None:
    later = {"starts_at": FOUR, "ends_at": FOUR, "reason": "venue.closed"}
    row = register(at_workshop(WorkshopRescheduled, **later), of(WorkshopBooked, ADA))
    assert (row.starts_at, seen(row)["because"]) == (FOUR, "venue.closed")
    more = at_workshop(CapacityChanged, capacity=5, reason="larger-room")
    assert register(of(WorkshopBooked, ADA), more).free == 4
    off = at_workshop(WorkshopCancelled, reason="snow")
    assert register(off).state is WorkshopState.CANCELLED


def test_who_walks_in_takes_no_place_that_can_be_booked() -> None:
    row = register(
        of(WorkshopBooked, ADA),
        of(WorkshopAttended, AMINA, walk_in=True, **SCAN),
        of(AttendanceCorrected, BEN, attended=True, reason="scanner"),
    )
    assert row.free == 1
    assert [place.has_place for place in row.places] == [True, False, False]
    made_up = register(of(WorkshopBooked, ADA), of(WorkshopMadeUp, ADA, how="recording"))
    assert made_up.free == 1


def test_who_comes_once_more_keeps_their_turn_in_line() -> None:
    scribe = Scribe()
    place = {"title": "Skills", "venue": "The library", "starts_at": TEN, "ends_at": FOUR}
    scribe.tell(day(2024, 12, 1), at_workshop(WorkshopScheduled, number=2, capacity=2, **place))
    for number, who in enumerate((ADA, AMINA), start=2):
        scribe.tell(day(2024, 12, number), of(WaitingListJoined, who))
    scribe.tell(day(2024, 12, 4), of(WaitingListJoined, ADA, pairing_id=ADA_AND_BEN))
    first, other = folded(WORKSHOP_REGISTER, scribe.recorded())[SKILLS].places
    assert first.since < other.since
    assert first.pairing_id == ADA_AND_BEN


def test_what_is_put_right_of_a_workshop_is_seen() -> None:
    new = {"title": "Skills", "venue": "The library", "number": 4, "reason": "workshop.other"}
    row = register(at_workshop(WorkshopAmended, **new))
    assert (seen(row)["title"], seen(row)["venue"], row.number) == ("Skills", "The library", 4)
    off = at_workshop(WorkshopCancelled, reason="snow")
    on = at_workshop(WorkshopReinstated, number=2, reason="workshop.cancelled-by-mistake")
    again = register(of(WorkshopBooked, ADA), off, on)
    assert (again.state, states(again)) == (WorkshopState.SCHEDULED, {ADA: "booked"})


def test_a_register_that_is_open_again_has_nobody_who_missed_it() -> None:
    closed = (of(WorkshopBooked, ADA), of(WorkshopMissed, ADA), at_workshop(WorkshopHeld))
    why = {"reason": "attendance.closed-by-mistake"}
    late = at_workshop(RegisterOverdue, close_by=date(2025, 4, 4))
    assert register(late).overdue
    assert not register(late, *closed).overdue
    row = register(*closed, at_workshop(RegisterReopened, close_by=date(2025, 4, 9), **why))
    assert (row.state, states(row)) == (WorkshopState.SCHEDULED, {ADA: "booked"})


def test_who_was_scanned_before_it_moved_has_a_place_again() -> None:
    later = {"starts_at": FOUR, "ends_at": FOUR, "reason": "venue.closed"}
    not_come = {"attended": False, "reason": "attendance.workshop-moved"}
    row = register(
        of(WorkshopBooked, ADA),
        of(WorkshopAttended, ADA, **SCAN),
        of(WorkshopAttended, AMINA, walk_in=True, **{**SCAN, "scan_id": "scan.2"}),
        *(of(AttendanceCorrected, who, **not_come) for who in (ADA, AMINA)),
        at_workshop(WorkshopRescheduled, **later),
    )
    assert states(row) == {ADA: "booked"}


def test_what_was_not_made_up_after_all_counts_as_before() -> None:
    back = of(MakeUpTakenBack, ADA, reason="make-up.recorded-by-mistake")
    made_up = (of(WorkshopBooked, ADA), of(WorkshopMadeUp, ADA, how="recording"), back)
    assert states(register(*made_up)) == {ADA: "booked"}
    row = register(made_up[0], of(WorkshopMissed, ADA), at_workshop(WorkshopHeld), *made_up[1:])
    assert states(row) == {ADA: "missed"}
    assert row.places[0].made_up_by is None


def test_the_right_reason_stands_where_another_one_stood() -> None:
    gone = of(BookingCancelled, ADA, reason="booking.unwell")
    right = of(
        PersonReasonPutRight, ADA, of=OfSomebody.BOOKING_CANCELLED, reason="booking.cannot-come"
    )
    (place,) = seen(register(of(WorkshopBooked, ADA), gone, right))["places"]
    assert (place["state"], place["because"]) == ("cancelled", "booking.cannot-come")
    off = at_workshop(WorkshopCancelled, reason="workshop.bad-weather")
    team = {"of": OfTheTeam.WORKSHOP_CANCELLED, "reason": "workshop.too-few-people"}
    row = seen(register(off, at_workshop(CohortReasonPutRight, **team)))
    assert (row["state"], row["because"]) == ("cancelled", "workshop.too-few-people")


def test_the_right_reason_of_something_else_leaves_the_one_that_is_shown() -> None:
    off = at_workshop(WorkshopCancelled, reason="workshop.bad-weather")
    room = {"of": OfTheTeam.CAPACITY_CHANGED, "reason": "workshop.larger-room"}
    row = seen(register(off, at_workshop(CohortReasonPutRight, **room)))
    assert row["because"] == "workshop.bad-weather"
    back = of(MakeUpTakenBack, ADA, reason="make-up.recorded-by-mistake")
    scan = {"of": OfSomebody.ATTENDANCE_CORRECTED, "reason": "attendance.left-early"}
    made_up = (of(WorkshopBooked, ADA), of(WorkshopMadeUp, ADA, how="recording"), back)
    (place,) = seen(register(*made_up, of(PersonReasonPutRight, ADA, **scan)))["places"]
    assert place["because"] == "make-up.recorded-by-mistake"
