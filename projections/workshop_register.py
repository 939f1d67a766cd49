"""Who waits for, holds and has used a place on every workshop."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from events.catalogue import Recorded
from events.event import Event
from events.ids import CohortId, PairingId, PersonId, WorkshopId
from events.personal import Closed, Line
from events.terms import Code
from events.workshops import (
    AttendanceCorrected,
    BookingCancelled,
    CapacityChanged,
    WaitingListJoined,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopCancelled,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from projections.projection import Part, Projection, Row, part_of, with_part


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
HOLDS_A_PLACE: Final = (
    PlaceState.OFFERED,
    PlaceState.BOOKED,
    PlaceState.ATTENDED,
    PlaceState.MISSED,
)
OF_A_PERSON: Final = frozenset({*PLACE_STATES, AttendanceCorrected})
OF_THE_WORKSHOP: Final = frozenset(
    {WorkshopScheduled, WorkshopRescheduled, WorkshopCancelled, CapacityChanged, WorkshopHeld}
)


class RegisterPlace(Part):
    """One person's place; `since` is when its state began, so who waits longest is first."""

    person_id: PersonId
    state: PlaceState
    since: datetime
    pairing_id: PairingId | None = None
    held_until: datetime | None = None
    scanned_at: datetime | None = None
    walk_in: bool = False
    made_up_by: Closed[Code] | None = None
    because: Closed[Code] | None = None


class WorkshopRow(Row):
    """One workshop and its register; `free` places can still be booked or offered."""

    workshop_id: WorkshopId
    cohort_id: CohortId
    number: int
    title: Closed[Line]
    starts_at: datetime
    ends_at: datetime
    venue: Closed[Line]
    capacity: int
    state: WorkshopState = WorkshopState.SCHEDULED
    because: Closed[Code] | None = None
    places: tuple[RegisterPlace, ...] = ()
    counts: dict[PlaceState, int] = Field(default_factory=dict)
    free: int


def keys(event: Any) -> Iterable[str]:
    """The workshop whose register changes."""
    kind = type(event)
    return (event.workshop_id,) if kind in OF_A_PERSON or kind in OF_THE_WORKSHOP else ()


def workshop_register(row: WorkshopRow | None, fact: Recorded[Any], key: str) -> WorkshopRow | None:
    """The register after one more fact."""
    event = fact.event
    if isinstance(event, WorkshopScheduled):
        facts = event.model_dump(exclude={"remind_on"})
        return WorkshopRow(position=fact.envelope.position, free=event.capacity, **facts)
    if row is None:
        return None
    if type(event) in OF_A_PERSON:
        place = _place(row, fact)
        return _counted(row.after(fact, places=with_part(row.places, place, "person_id")))
    return _counted(row.after(fact, **_workshop(event)))


def _workshop(event: Event) -> dict[str, Any]:
    match event:
        case WorkshopRescheduled(starts_at=starts_at, ends_at=ends_at, reason=reason):
            return {"starts_at": starts_at, "ends_at": ends_at, "because": reason}
        case CapacityChanged(capacity=capacity):
            return {"capacity": capacity}
        case WorkshopCancelled(reason=reason):
            return {"state": WorkshopState.CANCELLED, "because": reason}
        case WorkshopHeld():
            return {"state": WorkshopState.HELD}
        case _:
            return {}


def _place(row: WorkshopRow, fact: Recorded[Any]) -> RegisterPlace:
    event, time = fact.event, fact.envelope.time
    state = _place_state(event)
    before = part_of(row.places, "person_id", event.person_id)
    place = before or RegisterPlace(person_id=event.person_id, state=state, since=time)
    held_until = getattr(event, "until", None)
    because = getattr(event, "reason", None)
    return place.but(
        state=state, since=time, held_until=held_until, because=because, **_details(event)
    )


def _place_state(event: Event) -> PlaceState:
    if isinstance(event, AttendanceCorrected):
        return PlaceState.ATTENDED if event.attended else PlaceState.MISSED
    return PLACE_STATES[type(event)]


def _details(event: Event) -> dict[str, Any]:
    match event:
        case WaitingListJoined() | WaitingListOffered() | WorkshopBooked():
            return {"pairing_id": event.pairing_id}
        case WorkshopAttended(scanned_at=scanned_at, walk_in=walk_in):
            return {"scanned_at": scanned_at, "walk_in": walk_in}
        case WorkshopMadeUp(how=how):
            return {"made_up_by": how}
        case _:
            return {}


def _counted(row: WorkshopRow) -> WorkshopRow:
    counts = Counter(place.state for place in row.places)
    taken = sum(counts[state] for state in HOLDS_A_PLACE)
    return row.but(counts=dict(counts), free=max(0, row.capacity - taken))


WORKSHOP_REGISTER: Final = Projection(
    name="workshop_register",
    version=1,
    question="Who holds a place on every workshop, who waits, and who came?",
    row=WorkshopRow,
    keys=keys,
    fold=workshop_register,
)
