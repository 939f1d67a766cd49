"""The day of a named person's offer may be another one, and never in a hurry."""

from datetime import date, timedelta

from domain.applications.standing import NoOpenOffer
from domain.cohorts.impartial import TooCloseToThem, YouHaveApplied
from domain.offers.days import (
    AnswerDayIsOver,
    ChangeOfferDay,
    DayTooLate,
    DayTooSoon,
    OfferDayReason,
)
from domain.offers.offer import AcceptOffer, LapseOffer, OfferOver, OfferStillOpen
from events.offers import OfferAccepted, OfferDayChanged, OfferLapsed, PlaceConfirmed
from events.people import RelationshipDeclared
from events.terms import Relationship, Role
from tests.scenes.cast import ADA, AMINA, PATIENT, application, eligible, opened
from tests.scenes.given import Given, given
from tests.scenes.selection import ACCEPT_BY, RELEASE_DAY, TOO_LATE, WYN, offer, offered

DAY = timedelta(days=1)
YES = AcceptOffer(application_id=application(ADA))
LAPSE = LapseOffer(application_id=application(ADA))


def to(day: date) -> ChangeOfferDay:
    return ChangeOfferDay(
        application_id=application(ADA), accept_by=day, reason=OfferDayReason.MORE_TIME
    )


def adas_offer() -> Given:
    return given(opened(), offered(ADA, PATIENT))


def test_somebody_is_given_longer_and_their_offer_lapses_by_the_new_day() -> None:
    later = adas_offer().when(to(ACCEPT_BY + DAY), at=RELEASE_DAY).then_kinds(OfferDayChanged)
    later.when(LAPSE, at=TOO_LATE).then_refused(OfferStillOpen)
    later.when(YES, at=TOO_LATE).then_kinds(OfferAccepted, PlaceConfirmed)
    later.when(LAPSE, at=TOO_LATE + DAY).then_kinds(OfferLapsed)
    later.when(to(ACCEPT_BY + DAY), at=RELEASE_DAY).then_already_so()


def test_more_time_is_taken_back_but_never_in_a_hurry() -> None:
    longer = ACCEPT_BY + 9 * DAY
    later = adas_offer().when(to(longer), at=RELEASE_DAY).then_kinds(OfferDayChanged)
    back = later.when(to(ACCEPT_BY), at=RELEASE_DAY).then_kinds(OfferDayChanged)
    back.when(YES, at=TOO_LATE).then_refused(OfferOver)
    later.when(to(ACCEPT_BY), at=TOO_LATE).then_refused(AnswerDayIsOver)
    later.when(to(ACCEPT_BY + 3 * DAY), at=TOO_LATE).then_refused(DayTooSoon)
    later.when(to(ACCEPT_BY + 4 * DAY), at=TOO_LATE).then_kinds(OfferDayChanged)


def test_of_a_day_that_is_near_already_it_is_said_that_it_stays() -> None:
    near = adas_offer().when(to(ACCEPT_BY - DAY), at=TOO_LATE - 2 * DAY)
    near.then_refused(DayTooSoon)
    assert near.refusal is not None
    assert str(ACCEPT_BY) in near.refusal.sentence


def test_of_an_offer_that_is_open_again_no_earlier_day_has_another_reason() -> None:
    two_days = adas_offer().when(to(ACCEPT_BY + DAY), at=RELEASE_DAY).then_kinds(OfferDayChanged)
    last = two_days.when(to(ACCEPT_BY + 2 * DAY), at=RELEASE_DAY).then_kinds(OfferDayChanged)
    made = offer(ADA, PATIENT).model_copy(update={"accept_by": ACCEPT_BY + DAY})
    other = to(ACCEPT_BY + DAY).model_copy(update={"reason": OfferDayReason.ACCESS_NEEDS})
    given(last.facts, made).when(other, at=RELEASE_DAY).then_already_so()


def test_a_day_lies_within_the_cohort_and_is_of_an_open_offer() -> None:
    adas_offer().when(to(date(2026, 1, 1)), at=RELEASE_DAY).then_refused(DayTooLate)
    given(opened(), eligible(ADA, PATIENT)).when(to(ACCEPT_BY)).then_refused(NoOpenOffer)


def test_nobody_who_applies_or_is_close_changes_a_day() -> None:
    wish, rival = to(ACCEPT_BY + DAY), given(adas_offer().facts, eligible(AMINA, PATIENT))
    rival.when(wish, by=AMINA, at=RELEASE_DAY).then_refused(YouHaveApplied)
    tie = RelationshipDeclared(person_id=WYN, other_id=ADA, kind=Relationship.FAMILY)
    scene = given(adas_offer().facts, tie)
    scene.when(wish, by=WYN, at=RELEASE_DAY, role=Role.COORDINATOR).then_refused(TooCloseToThem)
