from fractions import Fraction

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.assessments.assessment import AlreadyDecided, NotToAssess
from domain.assessments.panel import (
    ChangeDecision,
    DecisionChangeReason,
    DecisionReason,
    DecisionsAreOut,
    HoldModeration,
    MakeDecision,
    ModerationNeeded,
    NoLayAssessment,
    NotDecidedYet,
    ReasonMissing,
    TooFewAssessments,
)
from domain.assessments.scoring import gap, mean, share
from domain.decision import NotYourRole
from domain.people.person import PersonIsErased
from events.assessments import DecisionChanged, DecisionMade, ModerationHeld
from events.cohorts import Criterion, DecisionsReleased
from events.people import PersonErased, RelationshipDeclared
from events.terms import Outcome, Relationship, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    CARYS,
    CLEO,
    COLM,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
    planned,
)
from tests.scenes.given import given
from tests.scenes.selection import assessed, conflict, decision, scored, withdrawn

OFFER = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
TALK = HoldModeration(application_id=application(ADA))
OUT = DecisionsReleased(cohort_id=AUTUMN)
MADE = decision(ADA, PATIENT, score=733)


def says(outcome: Outcome, *reasons: DecisionReason) -> MakeDecision:
    return MakeDecision(application_id=application(ADA), outcome=outcome, reasons=reasons)


def changes(outcome: Outcome, *reasons: DecisionReason) -> ChangeDecision:
    return ChangeDecision(
        application_id=application(ADA),
        outcome=outcome,
        reason=DecisionChangeReason.NEW_INFORMATION,
        reasons=reasons,
    )


def test_two_assessors_one_of_them_lay_are_enough_to_decide_once() -> None:
    given(opened(), assessed(ADA, PATIENT)).when(OFFER).then(MADE).when(OFFER).then_already_so()


def test_one_assessment_is_not_enough() -> None:
    given(opened(), eligible(ADA, PATIENT), scored(CLEO, ADA, lay=True)).when(OFFER).then_refused(
        TooFewAssessments
    )


def test_assessments_of_somebody_else_do_not_count() -> None:
    given(opened(), eligible(ADA, PATIENT), assessed(AMINA, PATIENT)).when(OFFER).then_refused(
        TooFewAssessments
    )


def test_professionals_alone_do_not_decide() -> None:
    given(opened(), eligible(ADA, PATIENT), scored(CARYS, ADA), scored(COLM, ADA)).when(
        OFFER
    ).then_refused(NoLayAssessment)


def test_an_assessor_with_a_hard_conflict_does_not_count() -> None:
    given(opened(), assessed(ADA, PATIENT), conflict(CARYS, ADA, Relationship.TEAM)).when(
        OFFER
    ).then_refused(TooFewAssessments)


def test_a_lay_assessor_with_a_hard_conflict_is_not_the_lay_one() -> None:
    given(
        opened(),
        assessed(ADA, PATIENT),
        scored(COLM, ADA),
        conflict(CLEO, ADA, Relationship.HOUSEHOLD),
    ).when(OFFER).then_refused(NoLayAssessment)


def test_a_tie_that_nobody_declared_on_the_panel_counts_all_the_same() -> None:
    tie = RelationshipDeclared(person_id=CARYS, other_id=ADA, kind=Relationship.REFERS)
    given(opened(), assessed(ADA, PATIENT), tie).when(OFFER).then_refused(TooFewAssessments)


def test_an_assessment_behind_a_tie_that_was_erased_does_not_count() -> None:
    tie = RelationshipDeclared(person_id=CARYS, other_id=ADA, kind=Relationship.ACQUAINTED)
    table = given(opened(), assessed(ADA, PATIENT), tie)
    table.when(OFFER).then(MADE)
    given(table.facts, PersonErased(person_id=CARYS)).when(OFFER).then_refused(TooFewAssessments)


def test_on_who_was_erased_nothing_is_decided() -> None:
    given(opened(), assessed(ADA, PATIENT), PersonErased(person_id=ADA)).when(OFFER).then_refused(
        PersonIsErased
    )


def test_an_acquaintances_assessment_counts() -> None:
    given(opened(), assessed(ADA, PATIENT), conflict(CARYS, ADA, Relationship.ACQUAINTED)).when(
        OFFER
    ).then(MADE)


def test_scores_far_apart_are_talked_through_first() -> None:
    far_apart = given(
        opened(),
        eligible(ADA, PATIENT),
        scored(CLEO, ADA, 5, 5, lay=True),
        scored(CARYS, ADA, 3, 4),
    )
    far_apart.when(OFFER).then_refused(ModerationNeeded)
    far_apart.when(TALK).then_kinds(ModerationHeld).when(OFFER).then(
        decision(ADA, PATIENT, score=833)
    )


def test_a_gap_just_as_large_as_allowed_needs_no_talk() -> None:
    given(
        planned().model_copy(update={"moderation_gap": 40}),
        eligible(ADA, PATIENT),
        scored(CLEO, ADA, 5, 5, lay=True),
        scored(CARYS, ADA, 3, 3),
    ).when(OFFER).then_kinds(DecisionMade)


def test_a_score_that_comes_after_the_talk_was_not_talked_through() -> None:
    talked = given(opened(), assessed(ADA, PATIENT)).when(TALK).then_kinds(ModerationHeld)
    given(talked.facts, scored(COLM, ADA, 0, 0)).when(OFFER).then_refused(ModerationNeeded)


def test_moderation_is_held_once_and_needs_two() -> None:
    given(opened(), assessed(ADA, PATIENT)).when(TALK).then_kinds(ModerationHeld).when(
        TALK
    ).then_already_so()
    given(opened(), eligible(ADA, PATIENT)).when(TALK).then_refused(TooFewAssessments)
    given(opened()).when(TALK).then_refused(UnknownApplication)


@pytest.mark.parametrize("outcome", [Outcome.RESERVE, Outcome.DECLINE])
def test_who_gets_no_place_is_owed_a_reason(outcome: Outcome) -> None:
    table = given(opened(), assessed(ADA, PATIENT))
    table.when(says(outcome)).then_refused(ReasonMissing)
    table.when(says(outcome, DecisionReason.DATES_DO_NOT_FIT)).then(
        decision(ADA, PATIENT, outcome, 733, ("dates.do-not-fit",))
    ).when(says(outcome, DecisionReason.DATES_DO_NOT_FIT)).then_already_so()


def test_an_application_that_does_not_exist_is_not_decided_on() -> None:
    given(opened()).when(OFFER).then_refused(UnknownApplication)


def test_only_an_eligible_application_is_decided_on() -> None:
    given(opened(), applied(ADA, PATIENT)).when(OFFER).then_refused(NotToAssess)
    given(opened(), assessed(ADA, PATIENT), withdrawn(ADA, PATIENT)).when(OFFER).then_refused(
        ApplicationIsWithdrawn
    )


def test_deciding_otherwise_is_a_change_with_a_reason() -> None:
    table = given(opened(), assessed(ADA, PATIENT), MADE)
    table.when(says(Outcome.DECLINE, DecisionReason.MIX_OF_PEOPLE)).then_refused(AlreadyDecided)
    table.when(changes(Outcome.RESERVE, DecisionReason.MIX_OF_PEOPLE)).then(
        DecisionChanged(
            application_id=application(ADA),
            cohort_id=AUTUMN,
            person_id=ADA,
            side=PATIENT,
            outcome=Outcome.RESERVE,
            score=733,
            reasons=("group.mix-of-people",),
            reason="decision.new-information",
        )
    ).when(changes(Outcome.RESERVE, DecisionReason.MIX_OF_PEOPLE)).then_already_so()


def test_a_change_owes_a_reason_to_the_person_too() -> None:
    given(opened(), assessed(ADA, PATIENT), MADE).when(changes(Outcome.DECLINE)).then_refused(
        ReasonMissing
    )


def test_what_was_not_decided_can_not_be_changed() -> None:
    given(opened(), assessed(ADA, PATIENT)).when(changes(Outcome.OFFER)).then_refused(NotDecidedYet)
    given(opened()).when(changes(Outcome.OFFER)).then_refused(UnknownApplication)


def test_after_the_release_the_panel_is_done() -> None:
    table = given(opened(), assessed(ADA, PATIENT))
    given(table.facts, OUT).when(OFFER).then_refused(DecisionsAreOut)
    given(table.facts, MADE, OUT).when(
        changes(Outcome.DECLINE, DecisionReason.MIX_OF_PEOPLE)
    ).then_refused(DecisionsAreOut)


def test_a_hard_conflict_that_comes_to_light_undoes_the_decision() -> None:
    doubtful = given(
        opened(), assessed(ADA, PATIENT), MADE, conflict(CARYS, ADA, Relationship.TEAM)
    )
    doubtful.when(OFFER).then_refused(TooFewAssessments)
    given(doubtful.facts, scored(COLM, ADA, 4, 4)).when(OFFER).then(
        decision(ADA, PATIENT, score=800)
    )


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.ASSESSOR, Role.SYSTEM])
def test_only_the_panel_decides(role: Role) -> None:
    given(opened(), assessed(ADA, PATIENT)).when(OFFER, by=CLEO, role=role).then_refused(
        NotYourRole
    )


CRITERIA = (Criterion(code="one", title="One", weight=3, top=4), Criterion(code="two", title="Two"))
SCORES = st.fixed_dictionaries({"one": st.integers(0, 4), "two": st.integers(0, 5)})


@over(st.lists(SCORES, min_size=1, max_size=5))
def test_a_mean_lies_between_the_strictest_and_the_kindest(
    all_scores: list[dict[str, int]],
) -> None:
    shares = [share(scores, CRITERIA) for scores in all_scores]
    assert all(0 <= one <= 1 for one in shares)
    assert round(1000 * min(shares)) - 1 <= mean(shares) <= round(1000 * max(shares)) + 1
    assert gap(shares) == 100 * (max(shares) - min(shares))


def test_a_half_of_a_tenth_is_rounded_up() -> None:
    assert mean([Fraction(1, 2000)]) == 1
    assert mean([Fraction(3, 2000)]) == 2
    assert mean([Fraction(1), Fraction(0)]) == 500
