from datetime import timedelta

from domain.cohorts.cohort import UnknownCohort
from domain.decision import Act
from domain.offers.offer import NotOnTheCohort
from domain.pairings.pairing import NotYourPairing, PairingIsOver, UnknownPairing
from domain.pairings.together import PairingOfAnotherCohort
from domain.workshops.bookings import BookAsPair, BookWorkshop
from domain.workshops.policies import (
    when_a_cohort_goes_on_after_all,
    when_capacity_changed,
    when_held_place_lapsed,
    when_two_part,
    when_waiting_list_joined,
)
from domain.workshops.turns import (
    OfferHeldPlaces,
    OfferKeptPlaces,
    OfferToEach,
    PlaceStillKept,
    WaitingLine,
)
from domain.workshops.waiting_list import (
    HeldPlaceOver,
    JoinWaitingList,
    LapseHeldPlace,
    NoPlaceHeld,
    PlacesFree,
    PlaceStillHeld,
    TakeHeldPlace,
)
from domain.workshops.workshop import (
    UnknownWorkshop,
    WorkshopFull,
    WorkshopHasBegun,
    WorkshopIsCancelled,
)
from events.cohorts import CohortCompleted, CohortCompletionTakenBack
from events.pairings import PairingHeld
from events.terms import Role
from events.workshops import CapacityChanged, WaitingListLapsed, WorkshopCancelled
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
from tests.scenes.given import NOON, Given, Sharing, command_id, given
from tests.scenes.pairs import active, completed, ended, left, on_a_break, pairing, recorded
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
OFFER_KEPT = OfferKeptPlaces(workshop_id=SKILLS_DAY)
A_WEEK_BEFORE = SKILLS_AT - timedelta(days=7)
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
    off = given(skills_day(1), four_people(), waits(ADA), CANCELLED)
    off.when(OFFER, role=Role.SYSTEM).then_already_so()
    off.when(OFFER).then_refused(WorkshopIsCancelled)
    given().when(OFFER).then_refused(UnknownWorkshop)


def test_a_pair_is_offered_two_places_or_none() -> None:
    pair = (waits(ADA, pairing()), waits(BEN, pairing()))
    given(skills_day(2), four_people(), active(), *pair).when(OFFER).then(
        promised(ADA, pairing()), promised(BEN, pairing())
    )
    given(skills_day(1), four_people(), active(), *pair).when(OFFER).then_already_so()


def test_a_single_place_is_kept_for_two_who_are_first_in_line() -> None:
    """Whoever joins later does not pass them, until a week before the workshop."""
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    scene = given(skills_day(2), four_people(), active(), booking(BOLA), *queue)
    scene.when(OFFER).then_already_so()
    scene.when(OFFER_KEPT, at=A_WEEK_BEFORE - timedelta(microseconds=1)).then_refused(
        PlaceStillKept
    )
    given(scene.facts, gave_back(BOLA)).when(OFFER).then(
        promised(ADA, pairing()), promised(BEN, pairing())
    )


def test_a_place_that_was_kept_goes_to_whoever_it_suits_a_week_before() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    scene = given(skills_day(2), four_people(), active(), booking(BOLA), *queue)
    found = scene.when(OFFER_KEPT, at=A_WEEK_BEFORE)
    found.then(promised(AMINA, until=A_WEEK_BEFORE + timedelta(days=2))).when(
        OFFER_KEPT, at=A_WEEK_BEFORE
    ).then_already_so()
    given().when(OFFER_KEPT).then_refused(UnknownWorkshop)


def test_no_place_is_kept_for_two_where_there_are_never_two() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    given(skills_day(1), four_people(), active(), *queue).when(OFFER).then(promised(AMINA))


def test_a_pair_that_is_offered_two_places_leaves_none_of_them_to_the_next() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()), waits(AMINA))
    given(skills_day(2), four_people(), active(), *queue).when(OFFER).then(
        promised(ADA, pairing()), promised(BEN, pairing())
    )


def test_two_whose_pairing_ended_wait_each_for_themselves() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()))
    scene = given(skills_day(1), four_people(), active(), *queue, ended())
    scene.when(OFFER).then(promised(ADA))
    scene.when(OfferToEach(pairing_id=pairing())).then(promised(ADA))
    given(scene.facts, booking(AMINA)).when(OfferToEach(pairing_id=pairing())).then_already_so()
    given(four_people()).when(OfferToEach(pairing_id=pairing())).then_refused(UnknownPairing)


def test_who_waits_alone_though_the_other_waits_as_one_of_two_is_offered_a_place_alone() -> None:
    """Ben gave his place back and waits alone now; Ada still waits for a place beside him."""
    queue = (waits(BOLA), waits(ADA, pairing()), waits(BEN))
    scene = given(skills_day(2), four_people(), active(), *queue)
    scene.when(OFFER).then(promised(BOLA), promised(ADA))


def test_nobody_who_left_the_cohort_is_offered_a_place() -> None:
    scene = given(skills_day(1), four_people(), waits(ADA), waits(AMINA), left(ADA, PATIENT))
    scene.when(OFFER).then(promised(AMINA))


def test_who_is_left_behind_by_a_partner_is_offered_a_place_alone() -> None:
    queue = (waits(ADA, pairing()), waits(BEN, pairing()))
    scene = given(skills_day(1), four_people(), active(), *queue, left(BEN, HEALTHCARE))
    scene.when(OFFER).then(promised(ADA))


def test_a_pair_does_not_pass_over_who_waits() -> None:
    """Ada waits before Amina, and Ben does not wait at all: his turn comes after Amina's."""
    both = BookAsPair(workshop_id=SKILLS_DAY, pairing_id=pairing())
    scene = given(skills_day(2), four_people(), active(), waits(ADA), waits(AMINA))
    scene.when(both).then_refused(WorkshopFull)
    scene.when(BookWorkshop(workshop_id=SKILLS_DAY, person_id=ADA)).then(booking(ADA))
    alone = given(skills_day(2), four_people(), active(), waits(ADA), waits(BEN), waits(AMINA))
    alone.when(both).then(booking(ADA, pairing()), booking(BEN, pairing()))


def test_nobody_s_time_to_answer_is_counted_from_before_they_were_asked() -> None:
    waiting = folded_line(given(skills_day(1), four_people(), waits(ADA)))
    earlier = Act(command_id(), NOON - timedelta(days=9), "x", Role.COORDINATOR, asked_at=NOON)
    assert [*waiting.offered(earlier)] == [promised(ADA)]


def folded_line(scene: Given) -> WaitingLine:
    return OFFER.needs(Sharing(scene.facts))[0]


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
    given(scene.facts, ended()).when(TAKE).then(booking(ADA))


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
    two = next(iter(active())).model_dump(include={*PairingHeld.model_fields} - {"rule"})
    held = PairingHeld.model_validate({**two, "rule": "rule.same-household"})
    for fact in (ended(), on_a_break("work"), held, [*completed()][-1]):
        assert [*when_two_part(recorded(fact))] == [OfferToEach(pairing_id=pairing())]


def test_what_came_free_while_a_cohort_was_over_is_offered_once_it_goes_on() -> None:
    """One place is free, and each of two could have it who part while nothing is offered."""
    pair = (waits(ADA, pairing()), waits(BEN, pairing()))
    over = CohortCompleted(cohort_id=AUTUMN)
    scene = given(planned(), skills_day(1), four_people(), active(), *pair, over, ended())
    parted = OfferToEach(pairing_id=pairing())
    scene.when(parted, role=Role.SYSTEM).then_already_so()
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    (wish,) = when_a_cohort_goes_on_after_all(recorded(back))
    scene.when(wish, role=Role.SYSTEM).then_already_so()
    goes_on = given(scene.facts, back).when(wish, role=Role.SYSTEM)
    goes_on.then(promised(ADA)).when(wish, role=Role.SYSTEM).then_already_so()
    given(scene.facts, back, CANCELLED).when(wish, role=Role.SYSTEM).then_already_so()
    given().when(wish, role=Role.SYSTEM).then_refused(UnknownCohort)
