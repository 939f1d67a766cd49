from datetime import timedelta

from domain.offers.offer import NotOnTheCohort
from domain.pairings.pairing import NotYourPairing, PairingIsOver, UnknownPairing
from domain.pairings.together import PairingOfAnotherCohort
from domain.workshops.policies import (
    when_capacity_changed,
    when_held_place_lapsed,
    when_waiting_list_joined,
)
from domain.workshops.waiting_list import (
    HeldPlaceOver,
    JoinWaitingList,
    LapseHeldPlace,
    NoPlaceHeld,
    OfferHeldPlaces,
    PlacesFree,
    PlaceStillHeld,
    TakeHeldPlace,
)
from domain.workshops.workshop import UnknownWorkshop, WorkshopHasBegun, WorkshopIsCancelled
from events.workshops import CapacityChanged, WaitingListLapsed, WorkshopCancelled
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, PATIENT, SPRING, confirmed
from tests.scenes.given import given
from tests.scenes.pairs import active, ended, pairing, recorded
from tests.scenes.training import (
    DURING,
    SKILLS_AT,
    SKILLS_DAY,
    UNTIL,
    booking,
    four_people,
    gave_back,
    promised,
    skills_day,
    waits,
)

WAIT = JoinWaitingList(workshop_id=SKILLS_DAY, person_id=ADA)
WAIT_TOGETHER = WAIT.model_copy(update={"pairing_id": pairing()})
OFFER = OfferHeldPlaces(workshop_id=SKILLS_DAY)
TAKE = TakeHeldPlace(workshop_id=SKILLS_DAY, person_id=ADA)
LAPSE = LapseHeldPlace(workshop_id=SKILLS_DAY, person_id=ADA)
LAPSED = WaitingListLapsed(workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA)
CANCELLED = WorkshopCancelled(
    workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.bad-weather"
)


def test_people_wait_once_and_only_when_a_workshop_is_full() -> None:
    full = given(skills_day(1), four_people(), booking(BOLA))
    full.when(WAIT).then(waits(ADA)).when(WAIT).then_already_so()
    given(skills_day(2), four_people(), booking(BOLA)).when(WAIT).then_refused(PlacesFree)


def test_who_has_a_place_does_not_wait_for_one() -> None:
    given(skills_day(1), four_people(), booking(ADA)).when(WAIT).then_already_so()
    given(skills_day(1), four_people(), promised(ADA)).when(WAIT).then_already_so()


def test_a_pair_waits_together_when_two_places_are_too_many() -> None:
    both = waits(ADA, pairing()), waits(BEN, pairing())
    scene = given(skills_day(2), four_people(), active(), booking(BOLA))
    scene.when(WAIT_TOGETHER).then(*both).when(WAIT_TOGETHER).then_already_so()
    scene.when(WAIT).then_refused(PlacesFree)


def test_only_an_active_pairing_of_this_cohort_waits_together() -> None:
    full = given(skills_day(1), four_people(), booking(BOLA))
    full.when(WAIT_TOGETHER).then_refused(UnknownPairing)
    given(full.facts, active(), ended()).when(WAIT_TOGETHER).then_refused(PairingIsOver)
    given(full.facts, active()).when(
        WAIT_TOGETHER.model_copy(update={"person_id": AMINA})
    ).then_refused(NotYourPairing)
    given(skills_day(1, SPRING), four_people(), active()).when(WAIT_TOGETHER).then_refused(
        PairingOfAnotherCohort
    )


def test_only_people_of_the_cohort_wait_and_only_before_it_begins() -> None:
    given(four_people()).when(WAIT).then_refused(UnknownWorkshop)
    given(skills_day(1), confirmed(ADA, PATIENT, SPRING), booking(BOLA)).when(WAIT).then_refused(
        NotOnTheCohort
    )
    full = given(skills_day(1), four_people(), booking(BOLA))
    full.when(WAIT, at=DURING).then_refused(WorkshopHasBegun)
    given(full.facts, CANCELLED).when(WAIT).then_refused(WorkshopIsCancelled)


def test_a_free_place_is_held_two_days_for_the_first_who_waits() -> None:
    scene = given(
        skills_day(1), four_people(), booking(BOLA), waits(ADA), waits(AMINA), gave_back(BOLA)
    )
    scene.when(OFFER).then(promised(ADA)).when(OFFER).then_already_so()


def test_no_place_is_held_beyond_the_beginning() -> None:
    given(skills_day(1), four_people(), waits(ADA)).when(
        OFFER, at=SKILLS_AT - timedelta(hours=5)
    ).then(promised(ADA, until=SKILLS_AT))
    given(skills_day(1), four_people(), waits(ADA)).when(OFFER, at=DURING).then_already_so()
    given(skills_day(1), four_people(), waits(ADA), CANCELLED).when(OFFER).then_already_so()
    given().when(OFFER).then_refused(UnknownWorkshop)


def test_a_pair_is_offered_two_places_or_none() -> None:
    pair = (waits(ADA, pairing()), waits(BEN, pairing()))
    given(skills_day(2), four_people(), active(), *pair).when(OFFER).then(
        promised(ADA, pairing()), promised(BEN, pairing())
    )
    given(skills_day(1), four_people(), active(), *pair).when(OFFER).then_already_so()


def test_a_single_place_goes_past_a_pair_that_keeps_its_turn() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    passed = given(skills_day(1), four_people(), active(), *queue).when(OFFER).then(promised(AMINA))
    more = CapacityChanged(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, capacity=3, reason="capacity.larger-room"
    )
    given(passed.facts, more).when(OFFER).then(promised(ADA, pairing()), promised(BEN, pairing()))


def test_a_pair_that_is_offered_two_places_leaves_none_of_them_to_the_next() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    given(skills_day(2), four_people(), active(), *queue).when(OFFER).then(
        promised(ADA, pairing()), promised(BEN, pairing())
    )


def test_two_whose_pairing_ended_wait_each_for_themselves() -> None:
    given(
        skills_day(1),
        four_people(),
        active(),
        waits(ADA, pairing()),
        waits(BEN, pairing()),
        ended(),
    ).when(OFFER).then(promised(ADA, pairing()))


def test_a_held_place_is_taken_once_and_in_time() -> None:
    scene = given(skills_day(1), four_people(), promised(ADA))
    last_moment = UNTIL - timedelta(microseconds=1)
    scene.when(TAKE, at=last_moment).then(booking(ADA)).when(TAKE).then_already_so()
    scene.when(TAKE, at=UNTIL).then_refused(HeldPlaceOver)


def test_a_place_that_is_not_held_is_not_taken() -> None:
    given(skills_day(), four_people()).when(TAKE).then_refused(NoPlaceHeld)
    given(four_people()).when(TAKE).then_refused(UnknownWorkshop)
    given(skills_day(), confirmed(ADA, PATIENT, SPRING), promised(ADA)).when(TAKE).then_refused(
        NotOnTheCohort
    )
    given(skills_day(), four_people(), promised(ADA), CANCELLED).when(TAKE).then_refused(
        WorkshopIsCancelled
    )


def test_one_of_a_pair_takes_both_places() -> None:
    held = (promised(ADA, pairing()), promised(BEN, pairing()))
    scene = given(skills_day(2), four_people(), active(), *held)
    scene.when(TAKE).then(booking(ADA, pairing()), booking(BEN, pairing()))
    given(scene.facts, ended()).when(TAKE).then(booking(ADA, pairing()))


def test_a_held_place_lapses_once_and_not_before_its_time() -> None:
    scene = given(skills_day(1), four_people(), promised(ADA))
    scene.when(LAPSE, at=UNTIL - timedelta(microseconds=1)).then_refused(PlaceStillHeld)
    scene.when(LAPSE, at=UNTIL).then(LAPSED).when(LAPSE, at=UNTIL).then_already_so()


def test_a_place_that_was_taken_does_not_lapse() -> None:
    given(skills_day(1), four_people(), promised(ADA), booking(ADA)).when(
        LAPSE, at=UNTIL
    ).then_already_so()
    given().when(LAPSE).then_refused(UnknownWorkshop)


def test_a_lapsed_place_goes_to_the_next() -> None:
    given(skills_day(1), four_people(), promised(ADA), waits(AMINA), LAPSED).when(OFFER).then(
        promised(AMINA)
    )


def test_whatever_frees_a_place_or_adds_a_wait_is_followed_by_an_offer() -> None:
    more = CapacityChanged(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, capacity=3, reason="capacity.larger-room"
    )
    assert [*when_capacity_changed(recorded(more))] == [OFFER]
    assert [*when_held_place_lapsed(recorded(LAPSED))] == [OFFER]
    assert [*when_waiting_list_joined(recorded(waits(ADA)))] == [OFFER]
