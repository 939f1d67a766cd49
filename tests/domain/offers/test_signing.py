"""Decisions are released once two co-chairs, one of each side, have signed them as they stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.cohorts.impartial import YouHaveApplied
from domain.decision import Act, NotYourRole
from domain.offers.release import ReleaseDecisions
from domain.offers.results import NotAllDecided, Results, StillTakingApplications
from domain.offers.signing import (
    NobodyHasSigned,
    SignedOtherwise,
    SignRelease,
)
from domain.roles.signing import NotYourSide, SignedForTheOtherSide
from events.applications import ApplicationStarted
from events.assessments import DecisionChanged
from events.cohorts import DecisionsReleased, ExtensionGranted, ReleaseSigned
from events.event import Event
from events.ids import PROGRAMME, PersonId
from events.offers import OfferMade, ReserveOpened
from events.people import PersonErased
from events.roles import RoleWithdrawn
from events.terms import Outcome, Relationship, Role, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    applied,
    opened,
    registered,
)
from tests.scenes.given import Given, Result, command_id, folded, given
from tests.scenes.selection import (
    RELEASE_DAY,
    SARA,
    WYN,
    co_chairs,
    conflict,
    decided,
    decision,
    place,
    reinstated,
    signed,
    withdrawn,
)
from tests.scenes.team import RUTH, granted

DAY = timedelta(days=1)
RELEASE = ReleaseDecisions(cohort_id=AUTUMN)
OUT = (DecisionsReleased, ReserveOpened, OfferMade, OfferMade)
CLOSED = datetime(2024, 10, 11, 23, tzinfo=UTC)  # midnight in London


def two_decided() -> Given:
    return given(opened(), co_chairs(), decided(ADA, PATIENT), decided(BEN, HEALTHCARE))


def sign(scene: Given, who: PersonId, side: Side, at: datetime = RELEASE_DAY) -> Result:
    wish = SignRelease(cohort_id=AUTUMN, side=side)
    return scene.when(wish, by=who, role=Role.CO_CHAIR, at=at)


def signature(scene: Given, who: PersonId, side: Side) -> ReleaseSigned:
    stands = folded(Results(AUTUMN), scene.facts).digest
    return ReleaseSigned(cohort_id=AUTUMN, side=side, signed_by=who, decisions=stands)


def changed(who: PersonId, outcome: Outcome, score: int = 800) -> DecisionChanged:
    before = decision(who, PATIENT, outcome, score)
    return DecisionChanged.model_validate({**before.model_dump(), "reason": "decision.mistake"})


def test_one_of_each_side_signs_what_is_decided_and_then_all_is_released() -> None:
    scene = two_decided()
    one = sign(scene, WYN, PATIENT).then(signature(scene, WYN, PATIENT))
    one.when(RELEASE, at=RELEASE_DAY).then_refused(NobodyHasSigned)
    both = sign(one, SARA, HEALTHCARE).then(signature(scene, SARA, HEALTHCARE))
    both.when(RELEASE, at=RELEASE_DAY).then_kinds(*OUT)


def test_nothing_is_released_that_nobody_signed() -> None:
    two_decided().when(RELEASE, at=RELEASE_DAY).then_refused(NobodyHasSigned)


def test_each_side_signs_once_and_afterwards_nobody_need_sign() -> None:
    both = signed(two_decided())
    sign(both, WYN, PATIENT).then_already_so()
    out = both.when(RELEASE, at=RELEASE_DAY).then_kinds(*OUT)
    sign(out, WYN, PATIENT).then_already_so()


def test_nobody_signs_for_both_sides_or_for_the_other_one() -> None:
    one = sign(two_decided(), WYN, PATIENT).then_kinds(ReleaseSigned)
    sign(one, WYN, HEALTHCARE).then_refused(SignedForTheOtherSide)


def test_a_co_chair_signs_for_their_own_side() -> None:
    from_outside = SignRelease(cohort_id=AUTUMN, side=PATIENT)
    scene = two_decided()
    known = from_outside.needs(lambda wanted: folded(wanted, scene.facts))
    act = Act(command_id(), RELEASE_DAY, WYN, Role.CO_CHAIR, side=HEALTHCARE)
    with pytest.raises(NotYourSide):
        list(from_outside.decide(act, *known))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CO_CHAIR}))
def test_nobody_signs_but_co_chairs(role: Role) -> None:
    wish = SignRelease(cohort_id=AUTUMN, side=PATIENT)
    two_decided().when(wish, by=WYN, role=role, at=RELEASE_DAY).then_refused(NotYourRole)


def test_nobody_signs_who_has_applied_for_the_cohort() -> None:
    sign(two_decided(), ADA, PATIENT).then_refused(YouHaveApplied)
    gone = given(two_decided().facts, withdrawn(ADA, PATIENT))
    sign(gone, ADA, PATIENT).then_refused(YouHaveApplied)
    elsewhere = given(two_decided().facts, opened(SPRING), applied(WYN, PATIENT, SPRING))
    sign(elsewhere, WYN, PATIENT).then_kinds(ReleaseSigned)


def test_a_signature_of_who_applies_afterwards_does_not_count() -> None:
    mine = ApplicationStarted(
        application_id=application(WYN), cohort_id=AUTUMN, person_id=WYN, side=PATIENT
    )
    after = given(signed(two_decided()).facts, mine)
    after.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)


@pytest.mark.parametrize(
    "change",
    [
        (changed(ADA, Outcome.RESERVE),),
        (changed(ADA, Outcome.OFFER, 700),),
        (changed(ADA, Outcome.RESERVE), changed(ADA, Outcome.OFFER)),
        (withdrawn(ADA, PATIENT),),
        (withdrawn(ADA, PATIENT), reinstated(ADA, PATIENT)),
        (conflict(CARYS, ADA, Relationship.TEAM), decision(ADA, PATIENT)),
        (PersonErased(person_id=ADA),),
        tuple(decided(AMINA, PATIENT)),
    ],
    ids=["outcome", "score", "back again", "withdrawn", "reinstated", "anew", "erased", "another"],
)
def test_after_any_change_both_are_asked_again(change: tuple[Event, ...]) -> None:
    scene = given(signed(two_decided()).facts, change)
    scene.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)
    one = sign(scene, WYN, PATIENT).then_kinds(ReleaseSigned)
    one.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)
    both = sign(one, SARA, HEALTHCARE).then_kinds(ReleaseSigned)
    done = both.when(RELEASE, at=RELEASE_DAY)
    assert done.refusal is None


def test_what_changes_nothing_voids_nothing() -> None:
    known = conflict(CARYS, ADA, Relationship.ACQUAINTED)
    scene = given(signed(two_decided()).facts, known, opened(SPRING), decided_in_spring())
    done = scene.when(RELEASE, at=RELEASE_DAY)
    assert done.refusal is None


def decided_in_spring() -> list[Event]:
    return list(applied(BOLA, HEALTHCARE, SPRING))


def test_whose_first_signature_is_void_may_sign_for_nobody_else() -> None:
    one = sign(two_decided(), WYN, PATIENT).then_kinds(ReleaseSigned)
    after = given(one.facts, changed(ADA, Outcome.RESERVE))
    sign(after, SARA, HEALTHCARE).then_kinds(ReleaseSigned).when(
        RELEASE, at=RELEASE_DAY
    ).then_refused(SignedOtherwise)


def test_only_what_is_whole_is_signed() -> None:
    some = given(opened(), decided(ADA, PATIENT), applied(BEN, HEALTHCARE))
    sign(some, WYN, PATIENT).then_refused(NotAllDecided)
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=BOLA, until=RELEASE_DAY.date(), reason="extension.illness"
    )
    waits = given(opened(), longer, decided(ADA, PATIENT))
    sign(waits, WYN, PATIENT).then_refused(StillTakingApplications)


def test_it_may_be_signed_before_the_day_of_the_release() -> None:
    sign(two_decided(), WYN, PATIENT, CLOSED).then_kinds(ReleaseSigned)


def test_what_is_signed_counts_as_it_stands_whatever_order_it_came_in() -> None:
    other_order = given(opened(), decided(BEN, HEALTHCARE), decided(ADA, PATIENT))
    mine = signature(two_decided(), WYN, PATIENT)
    assert signature(other_order, WYN, PATIENT) == mine
    reserve = given(opened(), decided(ADA, PATIENT, Outcome.RESERVE), decided(BEN, HEALTHCARE))
    assert signature(reserve, WYN, PATIENT) != mine


def without_sara() -> RoleWithdrawn:
    return RoleWithdrawn(
        person_id=SARA, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )


def after_both_signed() -> dict[str, Event]:
    """Sara signed for healthcare leaders, and does so no more."""
    days: Any = {"starts_on": RELEASE_DAY.date() - 2 * DAY, "ends_on": RELEASE_DAY.date() - DAY}
    return {
        "withdrawn": without_sara(),
        "over": granted(SARA, Role.CO_CHAIR, side=HEALTHCARE, **days),
        "of the other side": granted(SARA, Role.CO_CHAIR, side=PATIENT),
        "took part from the other side": place(SARA, PATIENT, SPRING),
        "erased": PersonErased(person_id=SARA),
    }


@pytest.mark.parametrize("why", after_both_signed())
def test_a_signature_counts_only_while_whoever_gave_it_is_co_chair_of_that_side(why: str) -> None:
    scene = given(signed(two_decided()).facts, after_both_signed()[why])
    scene.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)
    known = registered(CARYS), granted(CARYS, Role.CO_CHAIR, AUTUMN, side=HEALTHCARE)
    again = sign(given(scene.facts, known), CARYS, HEALTHCARE).then_kinds(ReleaseSigned)
    assert again.when(RELEASE, at=RELEASE_DAY).refusal is None


def test_a_signature_counts_again_once_its_giver_is_co_chair_again() -> None:
    back = granted(SARA, Role.CO_CHAIR, AUTUMN, side=HEALTHCARE)
    scene = given(signed(two_decided()).facts, without_sara(), back)
    assert scene.when(RELEASE, at=RELEASE_DAY).refusal is None
    elsewhere = granted(SARA, Role.CO_CHAIR, SPRING, side=HEALTHCARE)
    other = given(signed(two_decided()).facts, without_sara(), elsewhere)
    other.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)


def test_nobody_signs_for_both_sides_by_holding_one_office_after_the_other() -> None:
    """Who was co-chair of one side, and is of the other, may be of both again."""
    other = granted(WYN, Role.CO_CHAIR, AUTUMN, side=HEALTHCARE)
    back = RoleWithdrawn(person_id=WYN, role=Role.CO_CHAIR, cohort_id=AUTUMN, reason="role.left")
    first = sign(given(two_decided().facts, other), WYN, HEALTHCARE).then_kinds(ReleaseSigned)
    between = given(first.facts, back)
    sign(between, WYN, PATIENT).then_refused(SignedForTheOtherSide)
    both = given(between.facts, signature(between, WYN, PATIENT), other)
    both.when(RELEASE, at=RELEASE_DAY).then_refused(SignedOtherwise)


def test_whoever_says_that_it_was_earlier_is_judged_by_the_day_of_the_wish() -> None:
    over = granted(SARA, Role.CO_CHAIR, side=HEALTHCARE, ends_on=RELEASE_DAY.date())
    scene = given(signed(two_decided()).facts, over)
    asked: Any = {"asked_at": RELEASE_DAY + DAY, "reason": "systems.away"}
    act = Act(command_id(), RELEASE_DAY, RUTH, Role.COORDINATOR, **asked)
    known = RELEASE.needs(lambda wanted: folded(wanted, scene.facts))
    with pytest.raises(SignedOtherwise):
        list(RELEASE.decide(act, *known))
