"""What must hold of places and offers: each invariant has a history that breaks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from events.assessments import CorrectionSigned
from events.cohorts import DecisionsReleased
from events.event import Event
from events.ids import PersonId
from events.offers import (
    ApplicationDeclined,
    DecisionCorrected,
    EmployerReleaseConfirmed,
    EmployerReleaseLost,
    EmployerSilent,
    OfferDayChanged,
    OfferDeclined,
    OfferLapsed,
    PlaceGivenBack,
    PlaceGivenUp,
    PlaceUnconfirmed,
    ReserveClosed,
    ReserveEnded,
    ReserveOpened,
    ReservePromoted,
)
from events.people import PersonErased, RelationshipDeclared
from events.terms import Relationship, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
    planned,
)
from tests.scenes.judged import DAY, Told, breaks, each, judged, stands, still_holds, told
from tests.scenes.selection import (
    ACCEPT_BY,
    RELEASE_DAY,
    SARA,
    TOO_LATE,
    WYN,
    accepted,
    awaited,
    offer,
    offered,
    place,
    turn,
    waits,
    withdrawn,
)

E = TypeVar("E", bound=Event)
RELEASED = DecisionsReleased(cohort_id=AUTUMN)
LATE_IN_IT = datetime(2025, 5, 20, 9, tzinfo=UTC)


def of(kind: type[E], who: PersonId, side: Side = PATIENT, **more: Any) -> E:
    ids = {"application_id": application(who), "cohort_id": AUTUMN, "person_id": who, "side": side}
    return kind.model_validate({**ids, **more})


def test_more_offers_than_places_are_found() -> None:
    name = "offers.places-never-exceeded"
    one_place = [*opened(places=1), *offered(ADA, PATIENT)]
    breaks(name, one_place, offer(AMINA, PATIENT))
    free = [*one_place, of(OfferLapsed, ADA), offer(AMINA, PATIENT), offer(BEN, HEALTHCARE)]
    assert judged(free).of(name) == []


def test_nobody_hears_before_the_release() -> None:
    before = [*opened(), *eligible(ADA, PATIENT)]
    breaks("offers.nothing-before-the-release", before, offer(ADA, PATIENT))


def test_whoever_waits_hears_at_the_release_and_once() -> None:
    name = "offers.all-hear-together"
    both = [*opened(), *eligible(ADA, PATIENT), *eligible(AMINA, PATIENT)]
    breaks(name, both, told(RELEASED, offer(ADA, PATIENT)))
    told_all = told(RELEASED, offer(ADA, PATIENT), turn(AMINA, PATIENT, 1))
    assert judged([*both, told_all]).of(name) == []
    breaks(name, both, told(*told_all.facts, offer(ADA, PATIENT)))
    assert (
        judged([*both, PersonErased(person_id=AMINA), told(RELEASED, offer(ADA, PATIENT))]).of(name)
        == []
    )


def test_an_offer_is_answered_once() -> None:
    name = "offers.step-by-step"
    lapsed = of(OfferLapsed, ADA)
    before = [*opened(), *offered(ADA, PATIENT)]
    breaks(name, [*before, lapsed], *each(lapsed))
    breaks(name, [*before, lapsed], accepted(ADA, PATIENT))
    breaks(name, before, of(PlaceGivenUp, ADA, reason="place.work"))
    breaks(name, before, *each(offer(ADA, PATIENT)))
    back = of(PlaceGivenBack, ADA, reason="place.given-up-in-error")
    there = [*before, accepted(ADA, PATIENT), place(ADA, PATIENT)]
    breaks(name, there, back)
    assert judged([*there, of(PlaceGivenUp, ADA, reason="place.work"), back]).of(name) == []


def test_nobody_is_offered_a_place_who_took_their_application_back() -> None:
    before = [*opened(), *eligible(ADA, PATIENT), withdrawn(ADA, PATIENT)]
    breaks("offers.to-the-eligible", before, offer(ADA, PATIENT))


def test_an_offer_lapses_and_is_accepted_by_its_day() -> None:
    before = [*opened(), *offered(ADA, PATIENT)]
    early, late = TOO_LATE - timedelta(minutes=1), TOO_LATE
    breaks("offers.lapses-only-after-its-day", before, told(of(OfferLapsed, ADA), at=early))
    breaks("offers.accepted-in-time", before, told(accepted(ADA, PATIENT), at=late))
    for name, right in (
        ("offers.lapses-only-after-its-day", told(of(OfferLapsed, ADA), at=late)),
        ("offers.accepted-in-time", told(accepted(ADA, PATIENT), at=early)),
    ):
        assert judged([*before, right]).of(name) == []


def test_the_days_to_answer_count_from_when_people_can_hear() -> None:
    """Entered on the 20th for the 4th, the offer would lapse as it is made."""
    name = "offers.time-to-answer"
    before = [*opened(), *eligible(ADA, PATIENT)]
    earlier = {"at": RELEASE_DAY, "recorded": RELEASE_DAY + 16 * DAY, "reason": "paper.form"}
    breaks(name, before, told(offer(ADA, PATIENT, ACCEPT_BY), **earlier))
    assert judged([*before, told(offer(ADA, PATIENT, ACCEPT_BY), at=RELEASE_DAY)]).of(name) == []


def test_an_offer_that_nobody_lapses_is_found() -> None:
    name = "offers.lapse-not-forgotten"
    history = [*opened(), *offered(ADA, PATIENT)]
    stands(name, history, until=TOO_LATE + DAY, from_then=TOO_LATE + 3 * DAY)


def test_no_professional_without_their_employers_release() -> None:
    name = "offers.released-by-the-employer"
    before = [*opened(), *offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE)]
    breaks(name, before, place(BEN, HEALTHCARE))
    released = [*before, of(EmployerReleaseConfirmed, BEN, HEALTHCARE), place(BEN, HEALTHCARE)]
    assert judged(released).of(name) == []
    lost = of(EmployerReleaseLost, BEN, HEALTHCARE, reason="place.employer-takes-back")
    breaks(name, released, told(lost))
    not_there = of(PlaceUnconfirmed, BEN, HEALTHCARE)
    without = [*released, told(lost, not_there, awaited(BEN))]
    assert judged(without).of(name) == []
    last = planned().ends_on
    to_the_end = {"answer_by": last, "remind_on": last - 7 * DAY}
    late = told(lost, not_there, awaited(BEN).model_copy(update=to_the_end), at=LATE_IN_IT)
    assert judged([*released, late]).of("rules.as-they-say") == [], "no longer than the cohort"
    breaks(name, without, place(BEN, HEALTHCARE))


def test_nobody_asks_an_employer_about_a_patient_leader() -> None:
    before = [*opened(), *offered(ADA, PATIENT)]
    breaks("offers.employer-only-of-professionals", before, of(EmployerReleaseConfirmed, ADA))


def test_the_reserve_list_goes_in_turn() -> None:
    name = "offers.next-in-turn"
    before = [*opened(), *waits(ADA, PATIENT, 2), *waits(AMINA, PATIENT, 1)]
    breaks(name, before, of(ReservePromoted, ADA))
    assert judged([*before, of(ReservePromoted, AMINA), offer(AMINA, PATIENT)]).of(name) == []
    erased = [*before, PersonErased(person_id=AMINA), of(ReservePromoted, ADA)]
    assert judged(erased).of(name) == []


def test_each_no_has_its_reason() -> None:
    name = "offers.reason-for-each-no"
    before = [*opened(), *eligible(ADA, PATIENT)]
    breaks(name, before, of(ApplicationDeclined, ADA, reasons=()))
    given_up = of(PlaceGivenUp, ADA, reason="place.work")
    breaks(name, before, given_up.model_copy(update={"reason": ""}))


def test_nobody_waits_beside_a_free_place() -> None:
    name = "offers.nobody-waits-beside-a-free-place"
    history = [told(*opened(places=1), at=RELEASE_DAY)]
    history += [told(*eligible(ADA, PATIENT), at=RELEASE_DAY)]
    waiting = [*history, told(RELEASED, *waits(AOIFE, PATIENT, 1), at=RELEASE_DAY)]
    stands(name, waiting, until=RELEASE_DAY + DAY, from_then=RELEASE_DAY + 3 * DAY)
    closed = [*waiting, told(ReserveClosed(cohort_id=AUTUMN), at=RELEASE_DAY)]
    later = told(*eligible(AMINA, PATIENT), at=RELEASE_DAY + 9 * DAY)
    assert judged([*closed, later], RELEASE_DAY + 9 * DAY).of(name) == []
    taken = [*waiting, told(offer(ADA, PATIENT), at=RELEASE_DAY), later]
    assert judged(taken, RELEASE_DAY + 9 * DAY).of(name) == []


def test_who_is_not_eligible_does_not_have_to_hear() -> None:
    before = [*opened(), *applied(ADA, PATIENT), withdrawn(ADA, PATIENT), RELEASED]
    assert judged(before).of("offers.all-hear-together") == []


LIST_OPENS = ReserveOpened(cohort_id=AUTUMN, closes_on=ACCEPT_BY)


def test_a_list_closes_on_its_day_and_nobody_has_a_turn_afterwards() -> None:
    name = "offers.reserve-closes-on-its-day"
    before = [*opened(), LIST_OPENS, *waits(AMINA, PATIENT, 1)]
    history = each(*before, at=RELEASE_DAY)
    stands(name, history, until=TOO_LATE + DAY, from_then=TOO_LATE + 3 * DAY)
    closed = [*before, of(ReserveEnded, AMINA), ReserveClosed(cohort_id=AUTUMN)]
    breaks(name, closed, of(ReservePromoted, AMINA))


def test_nobody_waits_in_vain_for_an_employer_who_was_not_asked_again() -> None:
    name = "offers.employer-not-forgotten"
    before = [*opened(), *offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE)]
    history = each(*before, awaited(BEN), at=RELEASE_DAY)
    stands(name, history, until=TOO_LATE + 11 * DAY, from_then=TOO_LATE + 13 * DAY)
    assert judged(before).of(name), "they have no day at all"
    said = [*before, awaited(BEN), of(EmployerSilent, BEN, HEALTHCARE)]
    still_holds(name, each(*said, at=RELEASE_DAY), TOO_LATE + 30 * DAY)


def test_nobody_is_told_less_in_a_hurry() -> None:
    name = "offers.never-less-in-a-hurry"
    before = each(*opened(), *offered(ADA, PATIENT), at=RELEASE_DAY)
    soon = of(OfferDayChanged, ADA, accept_by=RELEASE_DAY.date() + DAY, reason="offer.day-mistake")
    breaks(name, before, told(soon, at=RELEASE_DAY))
    later = of(OfferDayChanged, ADA, accept_by=ACCEPT_BY + DAY, reason="offer.more-time")
    assert judged([*before, told(later, at=RELEASE_DAY)]).of(name) == []


def test_nobody_of_the_team_acts_for_themselves() -> None:
    name = "offers.nobody-acts-for-themselves"
    before = [*opened(), *offered(ADA, PATIENT), *applied(AMINA, PATIENT)]
    no = of(OfferDeclined, ADA, reason="offer.work")
    breaks(name, before, told(no, by=AMINA, role="coordinator"))
    assert judged([*before, told(no, by=ADA, role="applicant")]).of(name) == []
    tie = RelationshipDeclared(person_id=CLEO, other_id=ADA, kind=Relationship.FAMILY)
    breaks(name, [*before, tie], told(no, by=CLEO, role="coordinator"))


def signs(who: PersonId, side: Side, outcome: str = "offer") -> Told:
    mine = CorrectionSigned.model_validate(
        {
            "application_id": application(ADA),
            "cohort_id": AUTUMN,
            "person_id": ADA,
            "signed_for": side,
            "signed_by": who,
            "holds": "declined",
            "outcome": outcome,
            "reasons": (),
            "reason": "decision.our-mistake",
        }
    )
    return told(mine, by=who, role="co-chair")


def test_what_people_heard_is_put_right_by_one_of_each_side() -> None:
    name = "offers.corrected-by-both-sides"
    right = of(DecisionCorrected, ADA, reason="decision.our-mistake")
    before = [*opened(), *eligible(ADA, PATIENT)]
    breaks(name, before, right)
    breaks(name, [*before, signs(WYN, PATIENT)], right)
    breaks(name, [*before, signs(WYN, PATIENT), signs(WYN, HEALTHCARE)], right)
    breaks(name, [*before, signs(WYN, PATIENT), signs(SARA, HEALTHCARE, "reserve")], right)
    breaks(name, before, replace(signs(WYN, PATIENT), by=SARA))
    both = [*before, signs(WYN, PATIENT), signs(SARA, HEALTHCARE), right]
    assert judged(both).of(name) == []
