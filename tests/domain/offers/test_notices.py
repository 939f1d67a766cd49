from collections.abc import Iterable

import pytest

from domain.assessments import notices as assessments
from domain.assessments.panel import DecisionReason
from domain.catalogue import NOTICES
from domain.decision import Know
from domain.notice import Notice
from domain.offers import notices as offers
from domain.offers.notices import REASONS
from domain.offers.offer import OfferWithdrawReason
from domain.offers.policies import when_a_place_comes_free
from domain.offers.release import PLACES_TAKEN
from domain.offers.reserve import PromoteFromReserve, RelistReason, ReorderReason
from events import assessments as panels_facts
from events.assessments import (
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorDayChanged,
    AssessorReminderDue,
)
from events.catalogue import facts_of
from events.event import Event
from events.offers import ApplicationDeclined, OfferLapsed, OfferWithdrawn, ReserveReordered
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    planned,
)
from tests.scenes.given import folded
from tests.scenes.pairs import recorded
from tests.scenes.selection import assigned, offer, place, turn, withdrawn

ADAS = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA, "side": PATIENT}


def knowing(*facts: Event) -> Know:
    return lambda wanted: folded(wanted, facts)


AUTUMNS = knowing(planned())


def the_one(notices: Iterable[Notice]) -> Notice:
    (notice,) = notices
    return notice


def test_a_patient_leader_hears_of_an_offer_until_when_and_that_we_pay_the_travel() -> None:
    notice = the_one(offers.offered(recorded(offer(ADA, PATIENT)), AUTUMNS))
    assert notice.to == ADA
    assert notice.subject == "We offer you a place on Autumn 2024"
    assert notice.paragraphs == (
        "Good news: we offer you a place on Leading Together, Autumn 2024.",
        "Please tell us by the end of Thursday 14 November 2024 if you want to take it.",
        "After that day it can go to someone else.",
        "The place is free. We pay for your travel to the workshops.",
        "We start on Monday 25 November 2024.",
        "If you can't take the place, please tell us soon. You need not say why.",
    )


def test_a_healthcare_leader_hears_of_the_release_and_that_the_employer_pays() -> None:
    words = the_one(offers.offered(recorded(offer(BEN, HEALTHCARE)), AUTUMNS)).paragraphs
    assert (
        "Your line manager must agree that you can take part. Please ask them to tell us." in words
    )
    assert "The place is free. Your employer pays for your travel." in words
    assert not any("We pay" in paragraph for paragraph in words)


def test_who_waits_hears_their_number_and_why() -> None:
    words = the_one(
        offers.listed(recorded(turn(ADA, PATIENT, 2, PLACES_TAKEN)), AUTUMNS)
    ).paragraphs
    assert words[:2] == (
        "You are number 2 on our reserve list for Autumn 2024.",
        "The panel liked your application, but all the places are taken.",
    )


def test_who_has_another_turn_hears_why() -> None:
    moved = ReserveReordered.model_validate(
        {**ADAS, "place": 1, "reason": ReorderReason.MISTAKE.value}
    )
    assert the_one(offers.turn_changed(recorded(moved), AUTUMNS)).paragraphs[:2] == (
        "You are now number 1 on our reserve list for Autumn 2024.",
        "We had made a mistake on the list, and put it right.",
    )


def test_who_gets_no_place_hears_every_reason_in_plain_words() -> None:
    no = ApplicationDeclined.model_validate(
        {**ADAS, "reasons": ("leadership.not-clear", "dates.do-not-fit")}
    )
    notice = the_one(offers.declined(recorded(no), AUTUMNS))
    assert notice.paragraphs == (
        "Thank you for your application for Autumn 2024. You put work and heart into it.",
        "We are sorry. We can't offer you a place this time.",
        "This is why:",
        REASONS[DecisionReason.LEADERSHIP_NOT_CLEAR],
        "You told us that you can't come on all the days. Other dates may suit you better.",
        "We would be glad if you applied again. Ask us if you want to talk about it.",
    )


def test_whose_offer_lapsed_hears_when_it_was_over() -> None:
    gone = recorded(OfferLapsed.model_validate(ADAS))
    words = the_one(offers.lapsed(gone, knowing(planned(), offer(ADA, PATIENT)))).paragraphs
    assert words[1] == "You could tell us until Thursday 14 November 2024 if you wanted it."
    assert not list(offers.lapsed(gone, AUTUMNS)), "asked again once the offer is known"


def test_whose_offer_is_taken_back_hears_why() -> None:
    back = OfferWithdrawn.model_validate({**ADAS, "reason": "offer.no-longer-in-touch"})
    words = the_one(offers.taken_back(recorded(back), AUTUMNS)).paragraphs
    assert "We tried to reach you, and could not." in words


def test_who_is_on_the_cohort_is_welcomed() -> None:
    notice = the_one(offers.confirmed(recorded(place(ADA, PATIENT)), AUTUMNS))
    assert notice.subject == "You have a place on Autumn 2024"
    assert "There are 3 workshops. Please come to all of them." in notice.paragraphs


def test_an_assessor_hears_of_an_application_and_nobody_else_does() -> None:
    notice = the_one(assessments.assigned(recorded(assigned(CLEO, ADA)), AUTUMNS))
    assert notice.to == CLEO
    assert f"Its number is {application(ADA)}." in notice.paragraphs
    assert ADA not in str(notice)


@pytest.mark.parametrize(
    "reason",
    [PLACES_TAKEN, *DecisionReason, *OfferWithdrawReason, *ReorderReason, *RelistReason],
)
def test_every_reason_that_people_are_given_has_its_sentence(reason: str) -> None:
    assert REASONS[reason].endswith(".")


def test_nothing_is_said_before_the_cohort_is_known() -> None:
    nothing = knowing()
    assert not list(offers.offered(recorded(offer(ADA, PATIENT)), nothing))
    assert not list(offers.confirmed(recorded(place(ADA, PATIENT)), nothing))
    assert not list(offers.listed(recorded(turn(ADA, PATIENT, 1)), nothing))
    assert not list(assessments.assigned(recorded(assigned(CLEO, ADA)), nothing))


def test_a_place_that_comes_free_goes_to_the_next() -> None:
    assert list(when_a_place_comes_free(recorded(withdrawn(ADA, PATIENT)))) == [
        PromoteFromReserve(cohort_id=AUTUMN, side=PATIENT)
    ]


def test_nothing_that_the_panel_does_is_told_to_anybody_before_the_release() -> None:
    of_assessors = {AssessorAssigned, AssessorAwaitedAgain, AssessorDayChanged, AssessorReminderDue}
    behind_closed_doors = {*facts_of(panels_facts)} - of_assessors
    assert not behind_closed_doors & NOTICES.keys()
