from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.workshops.bookings import BookAsPair, BookingCancelReason, BookWorkshop, CancelBooking
from domain.workshops.schedule import CapacityReason, ChangeCapacity
from domain.workshops.turns import OfferHeldPlaces
from domain.workshops.waiting_list import JoinWaitingList, LapseHeldPlace, TakeHeldPlace
from events.event import Event
from events.ids import PersonId
from events.workshops import (
    BookingCancelled,
    CapacityChanged,
    WaitingListLapsed,
    WaitingListOffered,
    WorkshopBooked,
    WorkshopScheduled,
)
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    confirmed,
)
from tests.scenes.given import NOON, given
from tests.scenes.pairs import active, pairing
from tests.scenes.training import SKILLS_DAY, four_people, skills_day, waits

PEOPLE = st.sampled_from([ADA, AMINA, AOIFE, BEN, BOLA])
PAIRS = st.sampled_from([(ADA, BEN), (AMINA, BOLA)])


def wishes() -> st.SearchStrategy[Any]:
    alone = [
        st.builds(kind, workshop_id=st.just(SKILLS_DAY), person_id=PEOPLE)
        for kind in (BookWorkshop, TakeHeldPlace, LapseHeldPlace)
    ]
    return st.one_of(
        *alone,
        PEOPLE.map(lambda who: JoinWaitingList(workshop_id=SKILLS_DAY, person_id=who)),
        PAIRS.map(lambda pair: BookAsPair(workshop_id=SKILLS_DAY, pairing_id=pairing(*pair))),
        PAIRS.map(
            lambda pair: JoinWaitingList(
                workshop_id=SKILLS_DAY, person_id=pair[0], pairing_id=pairing(*pair)
            )
        ),
        PEOPLE.map(
            lambda who: CancelBooking(
                workshop_id=SKILLS_DAY, person_id=who, reason=BookingCancelReason.OTHER
            )
        ),
        st.just(OfferHeldPlaces(workshop_id=SKILLS_DAY)),
        st.integers(1, 4).map(
            lambda places: ChangeCapacity(
                workshop_id=SKILLS_DAY, capacity=places, reason=CapacityReason.LARGER_ROOM
            )
        ),
    )


def fullest(facts: Sequence[Event]) -> int:
    """How many more places than there are were ever booked or promised, at any prefix."""
    capacity, places, worst = 0, set[PersonId](), -1000
    for fact in facts:
        match fact:
            case WorkshopScheduled() | CapacityChanged():
                capacity = fact.capacity
            case WorkshopBooked() | WaitingListOffered():
                places.add(fact.person_id)
            case WaitingListLapsed() | BookingCancelled():
                places.discard(fact.person_id)
        worst = max(worst, len(places) - capacity)
    return worst


def pairs_split(new: Sequence[Event], had: set[PersonId]) -> bool:
    """Whether only one of a pair was booked as a pair in one decision."""
    booked = {fact.person_id for fact in new if isinstance(fact, WorkshopBooked)}
    as_pair = [fact for fact in new if isinstance(fact, WorkshopBooked) and fact.pairing_id]
    for fact in as_pair:
        pair = next(two for two in ((ADA, BEN), (AMINA, BOLA)) if fact.person_id in two)
        if not set(pair) <= booked | had:
            return True
    return False


QUEUES = st.sampled_from(
    [
        (),
        (waits(AOIFE), waits(ADA, pairing()), waits(BEN, pairing())),
        (waits(ADA, pairing()), waits(BEN, pairing()), waits(AOIFE), waits(AMINA)),
    ]
)


@settings(max_examples=60, deadline=None)
@for_all(
    places=st.integers(1, 3),
    queue=QUEUES,
    sent=st.lists(st.tuples(wishes(), st.integers(0, 20)), max_size=30),
)
def test_no_more_places_are_booked_and_promised_than_there_are(
    places: int, queue: tuple[Event, ...], sent: list[tuple[Any, int]]
) -> None:
    scene = given(
        skills_day(places),
        four_people(),
        confirmed(AOIFE, PATIENT),
        active(),
        active(AMINA, BOLA),
        queue,
    )
    now = NOON
    for number, (wish, hours) in enumerate(sent):
        now += timedelta(hours=hours)
        result = scene.when(wish, at=now, named=str(number))
        scene = given(scene.facts, result.new)
        assert fullest(scene.facts) <= 0


@settings(max_examples=40, deadline=None)
@for_all(places=st.integers(1, 3), sent=st.lists(wishes(), max_size=25))
def test_a_pair_is_never_booked_by_half(places: int, sent: list[Any]) -> None:
    alone = [one for one in sent if not isinstance(one, CancelBooking | LapseHeldPlace)]
    scene = given(skills_day(places), four_people(), confirmed(AOIFE, HEALTHCARE))
    scene = given(scene.facts, active(), active(AMINA, BOLA))
    for number, wish in enumerate(alone):
        had = {fact.person_id for fact in scene.facts if isinstance(fact, WorkshopBooked)}
        result = scene.when(wish, named=str(number))
        assert not pairs_split(result.new, had)
        scene = given(scene.facts, result.new)
