import pytest

from domain.cohorts.cohort import UnknownCohort
from domain.decision import NotYourRole, NotYours
from domain.offers.offer import NotOnTheCohort
from domain.pairings.pairing import NotYourPairing, PairingIsOver, UnknownPairing
from domain.pairings.together import PairingOfAnotherCohort
from domain.people.person import UnknownPerson
from domain.workshops.bookings import (
    BookAsPair,
    BookingCancelReason,
    BookWorkshop,
    CancelBooking,
    ReleaseBookings,
)
from domain.workshops.policies import when_booking_cancelled, when_somebody_leaves_the_cohort
from domain.workshops.turns import OfferHeldPlaces
from domain.workshops.workshop import (
    UnknownWorkshop,
    WorkshopFull,
    WorkshopHasBegun,
    WorkshopIsCancelled,
)
from events.event import Event
from events.people import PersonErased
from events.terms import Role
from events.workshops import WorkshopCancelled, WorkshopHeld
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
    planned,
)
from tests.scenes.given import given
from tests.scenes.pairs import active, ended, left, pairing, recorded, unreleased
from tests.scenes.selection import place
from tests.scenes.training import (
    DURING,
    SKILLS_DAY,
    UNKNOWN,
    booking,
    four_people,
    gave_back,
    promised,
    skills_day,
    waits,
)

BOOK = BookWorkshop(workshop_id=SKILLS_DAY, person_id=ADA)
TOGETHER = BookAsPair(workshop_id=SKILLS_DAY, pairing_id=pairing())
CANCEL = CancelBooking(workshop_id=SKILLS_DAY, person_id=ADA, reason=BookingCancelReason.UNWELL)
RELEASE = ReleaseBookings(cohort_id=AUTUMN, person_id=BEN)
CANCELLED = WorkshopCancelled(
    workshop_id=SKILLS_DAY, cohort_id=AUTUMN, reason="workshop.bad-weather"
)
HELD = WorkshopHeld(workshop_id=SKILLS_DAY, cohort_id=AUTUMN)


def test_a_full_workshop_takes_no_more() -> None:
    given(skills_day(capacity=1), four_people(), booking(BEN)).when(BOOK).then_refused(WorkshopFull)


def test_a_workshop_that_does_not_exist_takes_nobody() -> None:
    given(confirmed(ADA, PATIENT)).when(BOOK).then_refused(UnknownWorkshop)


def test_a_place_on_another_cohort_is_no_place_here() -> None:
    given(skills_day(), confirmed(ADA, PATIENT, SPRING)).when(BOOK).then_refused(NotOnTheCohort)


def test_a_booking_is_made_once() -> None:
    given(skills_day(), confirmed(ADA, PATIENT)).when(BOOK).then(booking(ADA)).when(
        BOOK
    ).then_already_so()


def test_nobody_books_in_somebody_elses_name() -> None:
    scene = given(skills_day(), four_people())
    scene.when(BOOK, by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    scene.when(BOOK, by=ADA, role=Role.PARTICIPANT).then(booking(ADA))
    scene.when(BOOK, role=Role.HOST).then_refused(NotYourRole)


def test_a_promised_place_is_not_free_for_others() -> None:
    given(skills_day(capacity=1), four_people(), promised(BEN)).when(BOOK).then_refused(
        WorkshopFull
    )


def test_who_was_promised_a_place_can_simply_book_it() -> None:
    given(skills_day(capacity=1), four_people(), promised(ADA)).when(BOOK).then(booking(ADA))


def test_nobody_overtakes_those_who_wait() -> None:
    scene = given(skills_day(capacity=1), four_people(), booking(BEN), waits(AMINA))
    freed = given(scene.facts, gave_back(BEN))
    freed.when(BOOK).then_refused(WorkshopFull)
    freed.when(BookWorkshop(workshop_id=SKILLS_DAY, person_id=AMINA)).then(booking(AMINA))


def test_a_booking_closes_a_waiting_entry() -> None:
    given(skills_day(capacity=2), four_people(), booking(BEN), waits(ADA), booking(ADA)).when(
        OfferHeldPlaces(workshop_id=SKILLS_DAY)
    ).then_already_so()


@pytest.mark.parametrize("command", [BOOK, TOGETHER])
def test_there_is_nothing_to_book_on_what_began_was_held_or_cancelled(command: object) -> None:
    scene = given(skills_day(), four_people(), active())
    scene.when(command, at=DURING).then_refused(WorkshopHasBegun)
    given(scene.facts, HELD).when(command).then_refused(WorkshopHasBegun)
    given(scene.facts, CANCELLED).when(command).then_refused(WorkshopIsCancelled)


def test_a_pair_books_both_or_none() -> None:
    both = booking(ADA, pairing()), booking(BEN, pairing())
    scene = given(four_people(), active())
    given(skills_day(2), scene.facts).when(TOGETHER).then(*both).when(TOGETHER).then_already_so()
    given(skills_day(1), scene.facts).when(TOGETHER).then_refused(WorkshopFull)


def test_a_pair_of_whom_one_has_a_place_needs_one_more() -> None:
    given(skills_day(2), four_people(), active(), booking(BOLA), booking(BEN)).when(
        TOGETHER
    ).then_refused(WorkshopFull)
    given(skills_day(2), four_people(), active(), booking(BEN)).when(TOGETHER).then(
        booking(ADA, pairing())
    )


def test_only_an_active_pairing_of_this_cohort_books_together() -> None:
    known = given(skills_day(), four_people())
    known.when(TOGETHER).then_refused(UnknownPairing)
    given(known.facts, active(), ended()).when(TOGETHER).then_refused(PairingIsOver)
    given(skills_day(cohort=SPRING), four_people(), active()).when(TOGETHER).then_refused(
        PairingOfAnotherCohort
    )
    given(four_people(), active()).when(TOGETHER).then_refused(UnknownWorkshop)


def test_both_of_a_pair_must_be_on_the_cohort() -> None:
    given(skills_day(), confirmed(ADA, PATIENT), active()).when(TOGETHER).then_refused(
        NotOnTheCohort
    )


def test_only_the_two_book_for_their_pair() -> None:
    scene = given(skills_day(), four_people(), active())
    scene.when(TOGETHER, by=BOLA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
    scene.when(TOGETHER.model_copy(update={"person_id": BOLA})).then_refused(NotYourPairing)
    scene.when(
        TOGETHER.model_copy(update={"person_id": ADA}), by=BEN, role=Role.PARTICIPANT
    ).then_refused(NotYours)
    scene.when(TOGETHER, by=BEN, role=Role.PARTICIPANT).then(
        booking(ADA, pairing()), booking(BEN, pairing())
    )


@pytest.mark.parametrize("had", [booking(ADA), promised(ADA), waits(ADA)])
def test_a_place_a_promise_or_a_wait_is_given_back_once(had: Event) -> None:
    given(skills_day(), four_people(), had).when(CANCEL).then(gave_back(ADA)).when(
        CANCEL
    ).then_already_so()


def test_there_is_nothing_to_give_back_on_what_began_or_is_unknown() -> None:
    given(skills_day(), four_people(), booking(ADA)).when(CANCEL, at=DURING).then_refused(
        WorkshopHasBegun
    )
    given(four_people()).when(CANCEL).then_refused(UnknownWorkshop)
    given(skills_day()).when(CANCEL).then_refused(NotOnTheCohort)
    given(skills_day(), confirmed(ADA, PATIENT, SPRING)).when(CANCEL).then_refused(NotOnTheCohort)


def test_nobody_gives_back_somebody_elses_place() -> None:
    given(skills_day(), four_people(), booking(ADA)).when(
        CANCEL, by=BEN, role=Role.PARTICIPANT
    ).then_refused(NotYours)


def test_a_place_given_back_goes_to_those_who_wait() -> None:
    assert list(when_booking_cancelled(recorded(gave_back(ADA)))) == [
        OfferHeldPlaces(workshop_id=SKILLS_DAY)
    ]


def test_who_leaves_the_cohort_gives_their_coming_places_to_others() -> None:
    gone = gave_back(BEN, BookingCancelReason.LEFT.value)
    scene = given(planned(), skills_day(), four_people(), booking(BEN), left(BEN, HEALTHCARE))
    scene.when(RELEASE).then(gone).when(RELEASE).then_already_so()
    scene.when(RELEASE, at=DURING).then_already_so()
    given(scene.facts, CANCELLED).when(RELEASE).then_already_so()


def test_who_is_still_on_the_cohort_keeps_their_places() -> None:
    given(planned(), skills_day(), four_people(), booking(BEN)).when(RELEASE).then_already_so()
    given(planned(), skills_day(), four_people(), booking(BEN), left(BEN, HEALTHCARE, SPRING)).when(
        RELEASE
    ).then_already_so()


def test_the_places_of_who_was_erased_go_to_others_too() -> None:
    gone = gave_back(BEN, BookingCancelReason.LEFT.value)
    scene = given(planned(), skills_day(), four_people(), booking(BEN), left(BEN, HEALTHCARE))
    given(scene.facts, PersonErased(person_id=BEN)).when(RELEASE).then(gone)


def test_nothing_is_released_for_the_unknown() -> None:
    given(four_people()).when(RELEASE).then_refused(UnknownCohort)
    given(planned()).when(ReleaseBookings(cohort_id=AUTUMN, person_id=NOBODY)).then_refused(
        UnknownPerson
    )


def test_the_places_of_whom_the_employer_does_not_let_come_go_to_others_for_now() -> None:
    lost = given(planned(), skills_day(), four_people(), booking(BEN), unreleased(BEN))
    back = gave_back(BEN, "booking.employer-no-longer-releases")
    gone = lost.when(RELEASE, role=Role.SYSTEM).then(back)
    gone.when(BookWorkshop(workshop_id=SKILLS_DAY, person_id=BEN)).then_refused(NotOnTheCohort)
    again = given(gone.facts, place(BEN, HEALTHCARE))
    again.when(BookWorkshop(workshop_id=SKILLS_DAY, person_id=BEN)).then(booking(BEN))
    _, fact = unreleased(BEN)
    assert [*when_somebody_leaves_the_cohort(recorded(fact))] == [RELEASE]


def test_leaving_the_cohort_is_followed_by_releasing_the_places() -> None:
    (fact,) = left(BEN, HEALTHCARE)
    assert [*when_somebody_leaves_the_cohort(recorded(fact))] == [RELEASE]


def test_an_unknown_workshop_is_not_confused_with_a_known_one() -> None:
    given(skills_day(), four_people()).when(
        BookWorkshop(workshop_id=UNKNOWN, person_id=AMINA)
    ).then_refused(UnknownWorkshop)
