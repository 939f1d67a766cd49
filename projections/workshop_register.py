"""Who waits for, holds and has used a place on every workshop."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.personal import Closed, Line
from events.reasons import CohortReasonPutRight, PersonReasonPutRight
from events.terms import Code
from events.workshops import (
    BY_THE_RULES,
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
from projections.projection import (
    Explained,
    Projection,
    Row,
    part_of,
    reason_put_right,
    why,
    with_part,
)


class WorkshopState(StrEnum):
    """Where a workshop stands."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    HELD = "held"


class PlaceState(StrEnum):
    """Where somebody's place on a workshop stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    LAPSED = "lapsed"
    BOOKED = "booked"
    ATTENDED = "attended"
    MISSED = "missed"
    MADE_UP = "made-up"
    CANCELLED = "cancelled"


PLACE_STATES: Final[Mapping[type[Event], PlaceState]] = MappingProxyType(
    {
        WaitingListJoined: PlaceState.WAITING,
        WaitingListOffered: PlaceState.OFFERED,
        WaitingListLapsed: PlaceState.LAPSED,
        WorkshopBooked: PlaceState.BOOKED,
        BookingCancelled: PlaceState.CANCELLED,
        WorkshopAttended: PlaceState.ATTENDED,
        WorkshopMissed: PlaceState.MISSED,
        WorkshopMadeUp: PlaceState.MADE_UP,
    }
)
HAS_A_PLACE: Final[Mapping[type[Event], bool]] = MappingProxyType(
    {
        WaitingListJoined: False,
        WaitingListOffered: True,
        WaitingListLapsed: False,
        WorkshopBooked: True,
        BookingCancelled: False,
    }
)
"""Whether somebody has one after such a fact; all others leave it as it was."""
OF_A_PERSON: Final = frozenset({*PLACE_STATES, AttendanceCorrected, MakeUpTakenBack})
OF_THE_WORKSHOP: Final = frozenset(
    {
        WorkshopScheduled,
        WorkshopRescheduled,
        WorkshopAmended,
        WorkshopCancelled,
        WorkshopReinstated,
        CapacityChanged,
        WorkshopHeld,
        RegisterReopened,
        RegisterOverdue,
    }
)
PUT_RIGHT: Final = frozenset({PersonReasonPutRight, CohortReasonPutRight})
TO_COME: Final = (WorkshopRescheduled, RegisterReopened)
"""After these nobody has missed it, nor come who was scanned before it moved."""


class RegisterPlace(Explained):
    """One person's place; `since` is when its state began, so who waits longest is first. Who only
    walked in has not `has_place`: none of the `capacity` is theirs.
    """

    person_id: PersonId
    state: PlaceState
    has_place: bool = False
    since: datetime
    pairing_id: PairingId | None = None
    held_until: datetime | None = None
    scanned_at: datetime | None = None
    walk_in: bool = False
    made_up_by: Closed[Code] | None = None


class WorkshopRow(Row, Explained):
    """One workshop and its register; `free` places can still be booked or offered. The register is
    `overdue` if it should have been closed by now.
    """

    workshop_id: WorkshopId
    cohort_id: CohortId
    number: int
    title: Closed[Line]
    starts_at: datetime
    ends_at: datetime
    venue: Closed[Line]
    capacity: int
    state: WorkshopState = WorkshopState.SCHEDULED
    overdue: bool = False
    places: tuple[RegisterPlace, ...] = ()
    counts: dict[PlaceState, int] = Field(default_factory=dict)
    free: int


def keys(event: Any) -> Iterable[str]:
    """The workshop whose register changes."""
    kind = type(event)
    if kind not in OF_A_PERSON and kind not in OF_THE_WORKSHOP and kind not in PUT_RIGHT:
        return ()
    return (event.workshop_id,) if event.workshop_id else ()


def workshop_register(row: WorkshopRow | None, fact: Recorded[Any], key: str) -> WorkshopRow | None:
    """The register after one more fact."""
    event = fact.event
    if isinstance(event, WorkshopScheduled):
        facts = event.model_dump(exclude={*BY_THE_RULES})
        return WorkshopRow(position=fact.envelope.position, free=event.capacity, **facts)
    if row is None:
        return None
    if isinstance(event, PersonReasonPutRight):
        return row.after(fact, places=tuple(_put_right_for(row.places, event)))
    if isinstance(event, CohortReasonPutRight):
        return row.after(fact, because=reason_put_right(row, event).because)
    if type(event) in OF_A_PERSON:
        place = _place(row, fact)
        return _counted(row.after(fact, places=with_part(row.places, place, "person_id")))
    places = tuple(_to_come(row.places)) if isinstance(event, TO_COME) else row.places
    return _counted(row.after(fact, places=places, **why(event, _workshop(event))))


def _put_right_for(
    places: Iterable[RegisterPlace], event: PersonReasonPutRight
) -> Iterator[RegisterPlace]:
    for place in places:
        mine = place.person_id == event.person_id
        yield reason_put_right(place, event) if mine else place


def _to_come(places: Iterable[RegisterPlace]) -> Iterator[RegisterPlace]:
    """Who missed it has a place again, if they had one."""
    for place in places:
        if place.state is not PlaceState.MISSED:
            yield place
        elif place.has_place:
            yield place.but(state=PlaceState.BOOKED, scanned_at=None, because=None)


def _workshop(event: Event) -> dict[str, Any]:
    match event:
        case WorkshopRescheduled(starts_at=starts_at, ends_at=ends_at, reason=reason):
            return {"starts_at": starts_at, "ends_at": ends_at, "because": reason}
        case CapacityChanged(capacity=capacity):
            return {"capacity": capacity}
        case WorkshopCancelled(reason=reason):
            return {"state": WorkshopState.CANCELLED, "because": reason}
        case WorkshopHeld():
            return {"state": WorkshopState.HELD, "overdue": False}
        case _:
            return _put_right(event)


def _put_right(event: Event) -> dict[str, Any]:
    match event:
        case WorkshopAmended(title=title, venue=venue, number=number, reason=reason):
            new = {"title": title, "venue": venue, "number": number}
            said = {name: value for name, value in new.items() if value is not None}
            return {**said, "because": reason}
        case WorkshopReinstated(reason=reason) | RegisterReopened(reason=reason):
            again = {"state": WorkshopState.SCHEDULED, "overdue": False}
            return {**again, "because": reason}
        case RegisterOverdue():
            return {"overdue": True}
        case _:
            return {}


def _place(row: WorkshopRow, fact: Recorded[Any]) -> RegisterPlace:
    event, time = fact.event, fact.envelope.time
    before = part_of(row.places, "person_id", event.person_id)
    state = _place_state(row, before, event)
    place = before or RegisterPlace(person_id=event.person_id, state=state, since=time)
    return place.but(
        state=state,
        since=place.since if place.state is state else time,
        has_place=HAS_A_PLACE.get(type(event), place.has_place),
        held_until=getattr(event, "until", None),
        because=getattr(event, "reason", None),
        because_of=event.name,
        **_details(event),
    )


def _place_state(row: WorkshopRow, before: RegisterPlace | None, event: Event) -> PlaceState:
    match event:
        case AttendanceCorrected(attended=attended):
            return PlaceState.ATTENDED if attended else PlaceState.MISSED
        case MakeUpTakenBack():
            still_open = row.state is WorkshopState.SCHEDULED and before and before.has_place
            return PlaceState.BOOKED if still_open else PlaceState.MISSED
        case _:
            return PLACE_STATES[type(event)]


def _details(event: Event) -> dict[str, Any]:
    match event:
        case WaitingListJoined() | WaitingListOffered() | WorkshopBooked():
            return {"pairing_id": event.pairing_id}
        case WorkshopAttended(scanned_at=scanned_at, walk_in=walk_in):
            return {"scanned_at": scanned_at, "walk_in": walk_in}
        case WorkshopMadeUp(how=how):
            return {"made_up_by": how}
        case MakeUpTakenBack():
            return {"made_up_by": None}
        case _:
            return {}


def _counted(row: WorkshopRow) -> WorkshopRow:
    counts = Counter(place.state for place in row.places)
    taken = sum(place.has_place for place in row.places)
    return row.but(counts=dict(counts), free=max(0, row.capacity - taken))


WORKSHOP_REGISTER: Final = Projection(
    name="workshop_register",
    version=4,
    question="Who holds a place on every workshop, who waits, and who came?",
    row=WorkshopRow,
    keys=keys,
    fold=workshop_register,
)
