"""Nobody acts on their own application, on a rival's, or on that of somebody close."""

from typing import Any

import pytest

from domain.applications.withdrawals import (
    ReinstatementReason,
    WithdrawalReason,
    WithdrawApplication,
)
from domain.assessments.assessors import AssignAssessor, DeclareConflict
from domain.assessments.members import AppliesThemselves
from domain.assessments.panel import (
    ChangeDecision,
    DecisionChangeReason,
    HoldModeration,
    MakeDecision,
)
from domain.catalogue import COMMANDS
from domain.cohorts.impartial import TooCloseToThem, YouHaveApplied
from domain.cohorts.windows import ExtensionReason, GrantExtension
from domain.decision import guards
from domain.offers.employers import AwaitEmployer
from domain.offers.offer import AcceptOffer, DeclineOffer, OfferWithdrawReason, WithdrawOffer
from domain.offers.places import ConfirmEmployerRelease, GiveUpPlace
from domain.offers.reinstating import ReinstateApplication
from domain.offers.release import ReleaseDecisions
from domain.offers.reopening import GiveBackPlace, GiveBackReason, ReopenOffer, ReopenReason
from domain.offers.reserve import ListAgain, RelistReason, ReorderReason, ReorderReserve
from domain.offers.signing import SignRelease
from events.cohorts import ReleaseSigned
from events.people import RelationshipDeclared
from events.terms import Outcome, Relationship, Role
from tests.domain.assessments.test_assessments import scores
from tests.domain.test_wishes_after_an_erasure import wish_about
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
)
from tests.scenes.erased import once_erased
from tests.scenes.given import Given, given
from tests.scenes.selection import (
    RELEASE_DAY,
    WYN,
    appointed,
    assessed,
    assigned,
    co_chairs,
    decided,
    signed,
)

ADAS: dict[str, Any] = {"application_id": application(ADA)}
WISHES = (
    HoldModeration(**ADAS),
    MakeDecision(**ADAS, outcome=Outcome.OFFER),
    ChangeDecision(**ADAS, outcome=Outcome.OFFER, reason=DecisionChangeReason.MISTAKE),
    AssignAssessor(**ADAS, assessor_id=COLM),
    DeclareConflict(**ADAS, assessor_id=CLEO, kind=Relationship.TEAM),
    scores(),
    ReorderReserve(**ADAS, place=1, reason=ReorderReason.MISTAKE),
    ListAgain(**ADAS, reason=RelistReason.OUR_MISTAKE),
    AcceptOffer(**ADAS),
    DeclineOffer(**ADAS),
    WithdrawOffer(**ADAS, reason=OfferWithdrawReason.MADE_BY_MISTAKE),
    ConfirmEmployerRelease(**ADAS),
    ReopenOffer(**ADAS, reason=ReopenReason.ANSWERED_LATE),
    AwaitEmployer(**ADAS, answer_by=RELEASE_DAY.date()),
    WithdrawApplication(**ADAS, reason=WithdrawalReason.NOT_SAID),
    ReinstateApplication(**ADAS, reason=ReinstatementReason.MISTAKE),
    GiveUpPlace(cohort_id=AUTUMN, person_id=ADA),
    GiveBackPlace(cohort_id=AUTUMN, person_id=ADA, reason=GiveBackReason.OUR_MISTAKE),
    GrantExtension(
        cohort_id=AUTUMN,
        person_id=ADA,
        until=RELEASE_DAY.date(),
        reason=ExtensionReason.CIRCUMSTANCES,
    ),
)
EVERY = pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.name)


def acts(scene: Given, wish: Any, who: str) -> Any:
    role = Role.COORDINATOR if Role.COORDINATOR in wish.roles else Role.CO_CHAIR
    return scene.when(wish, by=who, role=role, at=RELEASE_DAY)


@EVERY
def test_nobody_acts_on_their_own_application_or_on_a_rivals(wish: Any) -> None:
    scene = given(opened(), assessed(ADA, PATIENT), applied(BEN, HEALTHCARE))
    acts(scene, wish, ADA).then_refused(YouHaveApplied)
    acts(scene, wish, BEN).then_refused(YouHaveApplied)


@EVERY
@pytest.mark.parametrize("two", [(WYN, ADA), (ADA, WYN)])
def test_nobody_acts_on_the_application_of_somebody_close(wish: Any, two: tuple[str, str]) -> None:
    def knows(kind: Relationship) -> RelationshipDeclared:
        tie = {"person_id": two[0], "other_id": two[1], "kind": kind}
        return RelationshipDeclared.model_validate(tie)

    scene = given(opened(), assessed(ADA, PATIENT))
    acts(given(scene.facts, knows(Relationship.FAMILY)), wish, WYN).then_refused(TooCloseToThem)
    known = acts(given(scene.facts, knows(Relationship.ACQUAINTED)), wish, WYN)
    assert not isinstance(known.refusal, TooCloseToThem)


def test_whoever_has_applied_assesses_nobody_there() -> None:
    scene = given(opened(), eligible(ADA, PATIENT), appointed(AMINA), applied(AMINA, PATIENT))
    scene.when(AssignAssessor(**ADAS, assessor_id=AMINA)).then_refused(AppliesThemselves)
    before = given(scene.facts, assigned(AMINA, ADA))
    before.when(scores(who=AMINA), by=AMINA, role=Role.ASSESSOR).then_refused(YouHaveApplied)
    before.when(scores(who=AMINA)).then_refused(AppliesThemselves)


def test_nobody_signs_or_releases_what_is_decided_on_somebody_close() -> None:
    tie = RelationshipDeclared(person_id=ADA, other_id=WYN, kind=Relationship.HOUSEHOLD)
    scene = given(opened(), co_chairs(), decided(ADA, PATIENT))
    sign = SignRelease(cohort_id=AUTUMN, side=PATIENT)
    near = given(scene.facts, tie)
    near.when(sign, by=WYN, role=Role.CO_CHAIR, at=RELEASE_DAY).then_refused(TooCloseToThem)
    scene.when(sign, by=WYN, role=Role.CO_CHAIR, at=RELEASE_DAY).then_kinds(ReleaseSigned)
    release = ReleaseDecisions(cohort_id=AUTUMN)
    assert signed(scene).when(release, at=RELEASE_DAY).refusal is None
    late = given(signed(scene).facts, tie)
    assert late.when(release, at=RELEASE_DAY).refusal, "the signature does not count any more"
    signed(scene).when(release, by=ADA, at=RELEASE_DAY).then_refused(YouHaveApplied)


OF_THE_TEAM = frozenset({Role.COORDINATOR, Role.CO_CHAIR})
SELECTION = ("application", "assessment", "decision", "offer", "place", "reserve")
NOBODY_IN_PARTICULAR = {
    "application.start": "whoever is spoken for may say otherwise, and nothing is decided",
    "application.submit": "as above",
    "application.confirm-eligibility": "rules alone say what comes of it",
    "application.withdraw-those-of": "a consent that was withdrawn says so",
    "application.withdraw-with-cohort": "its cohort was cancelled, for everybody",
    "assessment.stand-down": "whoever applies says so by that",
    "assessment.appoint-assessor": "it gives nobody anything to assess",
    "assessment.note-late": "its day says so",
    "assessment.remind": "as above",
    "offer.lapse": "its day says so",
    "offer.remind": "as above",
    "place.note-employer-silent": "as above",
    "place.remind-employer": "as above",
    "reserve.close": "as above",
    "reserve.promote": "the order of the list says who it is",
}


def test_every_act_of_the_team_on_an_application_is_guarded() -> None:
    """A command that is new here either has a guard among its needs, or a reason why not."""
    found = set()
    for name, kind in COMMANDS.items():
        if name.partition(".")[0] in SELECTION and OF_THE_TEAM & kind.roles:
            wish: Any = wish_about(kind, ADA)
            if not [*guards(wish.needs(once_erased()))]:
                found.add(name)
    assert found == NOBODY_IN_PARTICULAR.keys()
