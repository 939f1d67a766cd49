"""What people have heard is put right by two co-chairs, one of each side, and by nobody else."""

from typing import Any

import pytest

from domain.assessments.panel import ReasonMissing, TooFewAssessments
from domain.cohorts.impartial import YouHaveApplied
from domain.decision import NotYourRole, StandsInTheWay
from domain.offers.correcting import (
    CorrectDecision,
    DecisionCorrectionReason,
    HasComeToThat,
    NotHeardYet,
)
from domain.offers.offer import OfferWithdrawReason
from domain.people.person import TakesNoPart
from domain.roles.signing import SignedForTheOtherSide
from events.assessments import CorrectionSigned, DecisionInDoubt
from events.cohorts import DecisionsReleased
from events.event import Event
from events.ids import PROGRAMME, PersonId
from events.offers import (
    ApplicationDeclined,
    DecisionCorrected,
    OfferDeclined,
    OfferLapsed,
    OfferMade,
    OfferWithdrawn,
    PlaceGivenUp,
    ReserveClosed,
    ReserveEnded,
    ReserveListed,
)
from events.people import ConsentWithdrawn
from events.roles import RoleWithdrawn
from events.terms import Outcome, Role, Side
from services.handbook.drawing import PLACE
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    HEALTHCARE,
    PATIENT,
    application,
    opened,
)
from tests.scenes.given import Given, Result, given
from tests.scenes.selection import (
    RELEASE_DAY,
    SARA,
    WYN,
    accepted,
    assessed,
    co_chairs,
    decision,
    offer,
    place,
    reinstated,
    turn,
    withdrawn,
)

ADAS: dict[str, Any] = {
    "application_id": application(ADA),
    "cohort_id": AUTUMN,
    "person_id": ADA,
    "side": PATIENT,
}
OUT = DecisionsReleased(cohort_id=AUTUMN)
NO = ApplicationDeclined(**ADAS, reasons=("dates.do-not-fit",))
PUT_RIGHT = DecisionCorrected(**ADAS, reason="decision.our-mistake")
MIX = ("group.mix-of-people",)


def released(*heard: Event, places: int = 1) -> Given:
    """Ada was assessed, decided on, and has heard so."""
    table = assessed(ADA, PATIENT), decision(ADA, PATIENT, score=733)
    return given(opened(places=places), co_chairs(), *table, OUT, *heard)


def sign(scene: Given, who: PersonId, side: Side, outcome: Outcome, *reasons: str) -> Result:
    wish = CorrectDecision.model_validate(
        {
            "application_id": application(ADA),
            "side": side,
            "outcome": outcome,
            "reason": DecisionCorrectionReason.MISTAKE,
            "reasons": reasons,
        }
    )
    return scene.when(wish, by=who, role=Role.CO_CHAIR, at=RELEASE_DAY, named=f"{who}")


def both(scene: Given, outcome: Outcome, *reasons: str) -> Result:
    one = sign(scene, WYN, PATIENT, outcome, *reasons).then_kinds(CorrectionSigned)
    sign(one, WYN, PATIENT, outcome, *reasons).then_already_so()
    return sign(one, SARA, HEALTHCARE, outcome, *reasons)


def follows(result: Result) -> list[Event]:
    assert result.refusal is None, result.refusal
    return [fact for fact in result.new if not isinstance(fact, CorrectionSigned)]


def test_who_was_declined_is_offered_a_place_while_one_is_free() -> None:
    done = both(released(NO), Outcome.OFFER)
    assert follows(done) == [PUT_RIGHT, offer(ADA, PATIENT)]


def test_no_more_places_are_offered_than_there_are_and_who_gets_none_is_the_next() -> None:
    full = released(NO, offer(AMINA, PATIENT), turn(WYN, PATIENT, 1))
    assert follows(both(full, Outcome.OFFER)) == [
        PUT_RIGHT,
        turn(ADA, PATIENT, 1, "places.taken"),
    ]


def test_who_does_not_agree_any_more_is_offered_nothing_by_a_correction() -> None:
    no_more = released(NO, ConsentWithdrawn(person_id=ADA))
    sign(no_more, WYN, PATIENT, Outcome.OFFER).then_refused(TakesNoPart)
    sign(no_more, WYN, PATIENT, Outcome.RESERVE, *MIX).then_refused(TakesNoPart)


def test_who_withdrew_and_goes_on_after_the_release_is_put_right() -> None:
    late = released(withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT))
    assert follows(both(late, Outcome.OFFER)) == [PUT_RIGHT, offer(ADA, PATIENT)]
    waiting = follows(both(late, Outcome.RESERVE, *MIX))
    assert waiting == [PUT_RIGHT, turn(ADA, PATIENT, 1, *MIX)]


def test_an_offer_by_mistake_is_taken_back_unless_it_was_accepted() -> None:
    scene = released(offer(ADA, PATIENT))
    back = OfferWithdrawn(**ADAS, reason=OfferWithdrawReason.MADE_BY_MISTAKE.value)
    no = ApplicationDeclined(**ADAS, reasons=MIX)
    assert follows(both(scene, Outcome.DECLINE, *MIX)) == [PUT_RIGHT, back, no]
    kinds = [type(fact) for fact in follows(both(scene, Outcome.RESERVE, *MIX))]
    assert kinds == [DecisionCorrected, OfferWithdrawn, ReserveListed]
    taken = given(scene.facts, accepted(ADA, PATIENT), place(ADA, PATIENT))
    sign(taken, WYN, PATIENT, Outcome.DECLINE, *MIX).then_refused(StandsInTheWay)


HELD: dict[str, tuple[Event, ...]] = {
    "declined": (NO,),
    "reserve": (turn(ADA, PATIENT, 1),),
    "not-reached": (turn(ADA, PATIENT, 1), ReserveEnded(**ADAS), ReserveClosed(cohort_id=AUTUMN)),
    "offered": (offer(ADA, PATIENT),),
    "turned-down": (offer(ADA, PATIENT), OfferDeclined(**ADAS, reason="offer.no-time")),
    "lapsed": (offer(ADA, PATIENT), OfferLapsed(**ADAS)),
    "taken-back": (offer(ADA, PATIENT), OfferWithdrawn(**ADAS, reason="offer.by-mistake")),
    "given-up": (
        *(offer(ADA, PATIENT), accepted(ADA, PATIENT), place(ADA, PATIENT)),
        PlaceGivenUp(**ADAS, reason="place.no-time"),
    ),
}


@pytest.mark.parametrize("holds", HELD)
@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_it_comes_to_is_drawn(holds: str, outcome: Outcome) -> None:
    scene = released(*HELD[holds])
    if sign(scene, WYN, PATIENT, outcome, *MIX).new:
        for fact in follows(both(scene, outcome, *MIX)):
            if (new := PLACE.to.get(type(fact))) is not None:
                assert holds in PLACE.since[type(fact)], type(fact)
                holds = new


def test_both_sign_the_same_and_nobody_signs_twice() -> None:
    one = sign(released(NO), WYN, PATIENT, Outcome.OFFER).then_kinds(CorrectionSigned)
    other = sign(one, SARA, HEALTHCARE, Outcome.RESERVE, *MIX)
    assert [type(fact) for fact in other.new] == [CorrectionSigned]
    sign(one, WYN, HEALTHCARE, Outcome.OFFER).then_refused(SignedForTheOtherSide)


def test_a_signature_counts_only_while_nothing_has_changed_and_its_giver_is_in_office() -> None:
    one = sign(released(NO), WYN, PATIENT, Outcome.OFFER).then_kinds(CorrectionSigned)
    left = RoleWithdrawn(
        person_id=WYN, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )
    moved = turn(ADA, PATIENT, 1)
    for change in (left, moved):
        late = sign(given(one.facts, change), SARA, HEALTHCARE, Outcome.OFFER)
        assert follows(late) == []


def test_what_is_in_doubt_may_be_signed_as_it_was() -> None:
    doubt = DecisionInDoubt(application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA)
    scene = released(offer(ADA, PATIENT))
    sign(scene, WYN, PATIENT, Outcome.OFFER).then_refused(HasComeToThat)
    looked = both(given(scene.facts, doubt), Outcome.OFFER)
    assert follows(looked) == [PUT_RIGHT]
    again = given([*looked.facts, *looked.new])
    sign(again, WYN, PATIENT, Outcome.OFFER).then_already_so()


def test_a_place_rests_on_two_assessors_and_a_no_on_a_reason() -> None:
    bare = given(opened(), co_chairs(), *([*assessed(ADA, PATIENT)][:6]), OUT, NO)
    sign(bare, WYN, PATIENT, Outcome.OFFER).then_refused(TooFewAssessments)
    sign(released(offer(ADA, PATIENT)), WYN, PATIENT, Outcome.DECLINE).then_refused(ReasonMissing)


def test_before_anybody_has_heard_there_is_nothing_to_put_right() -> None:
    table = assessed(ADA, PATIENT), decision(ADA, PATIENT, score=733)
    silent = given(opened(), co_chairs(), *table)
    sign(silent, WYN, PATIENT, Outcome.OFFER).then_refused(NotHeardYet)


def test_nobody_puts_right_what_was_decided_on_themselves() -> None:
    sign(released(NO), ADA, PATIENT, Outcome.OFFER).then_refused(YouHaveApplied)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CO_CHAIR}))
def test_only_co_chairs_put_it_right(role: Role) -> None:
    wish = CorrectDecision(
        application_id=application(ADA),
        side=PATIENT,
        outcome=Outcome.OFFER,
        reason=DecisionCorrectionReason.MISTAKE,
    )
    released(NO).when(wish, by=WYN, role=role).then_refused(NotYourRole)


def test_an_offer_has_its_days_from_when_it_is_made() -> None:
    *_, made = both(released(NO), Outcome.OFFER).new
    assert isinstance(made, OfferMade)
