from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.assessments.assessment import (
    AlreadyDecided,
    NotAssigned,
    ScoresDontFit,
    SubmitAssessment,
    TooClose,
    UndeclaredAcquaintance,
)
from domain.assessments.panel import HoldModeration, MakeDecision, ModerationNeeded
from domain.decision import NewerCounts, NotYourRole, NotYours
from domain.people.person import PersonIsErased
from events.assessments import AssessmentAmended, AssessmentSubmitted, ModerationHeld
from events.ids import PersonId
from events.people import PersonErased, RelationshipDeclared
from events.personal import Sealed
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
    eligible,
    opened,
    planned,
)
from tests.scenes.given import NOON, Given, given
from tests.scenes.selection import (
    appointed,
    assessed,
    assigned,
    conflict,
    decision,
    withdrawn,
)

FAIR = {"interest": 4, "leadership": 3}
ACQUAINTED = RelationshipDeclared(person_id=ADA, other_id=CLEO, kind=Relationship.ACQUAINTED)


def scores(given_scores: dict[str, int] | None = None, who: str = CLEO) -> SubmitAssessment:
    return SubmitAssessment.model_validate(
        {
            "application_id": application(ADA),
            "assessor_id": who,
            "scores": given_scores or FAIR,
            "recommendation": Outcome.OFFER,
            "comment": "Runs a newsletter that people read.",
        }
    )


def on_the_table() -> Given:
    return given(
        opened(),
        eligible(ADA, PATIENT),
        appointed(CLEO, lay=True),
        assigned(CLEO, ADA, lay=True),
    )


def test_an_assessment_is_submitted_once_and_other_content_is_taken_in_until_it_is_decided() -> (
    None
):
    scene = (
        on_the_table()
        .when(scores(), by=CLEO, role=Role.ASSESSOR)
        .then(
            AssessmentSubmitted(
                application_id=application(ADA),
                cohort_id=AUTUMN,
                person_id=ADA,
                assessor_id=CLEO,
                lay=True,
                scores=FAIR,
                recommendation=Outcome.OFFER,
                comment="Runs a newsletter that people read.",
                said_at=NOON,
            )
        )
    )
    same = scores().model_copy(update={"comment": None})
    scene.when(same, by=CLEO, role=Role.ASSESSOR).then_already_so()
    better = scores({"interest": 5, "leadership": 5})
    amended = scene.when(better, by=CLEO, role=Role.ASSESSOR).then_kinds(AssessmentAmended)
    amended.when(same).then_kinds(AssessmentAmended)
    given(amended.facts, decision(ADA, PATIENT)).when(same).then_refused(AlreadyDecided)


def test_scores_that_are_older_than_what_was_sent_in_since_are_not_taken() -> None:
    scene = on_the_table().when(scores(), by=CLEO, role=Role.ASSESSOR)
    there = scene.then_kinds(AssessmentSubmitted)
    better = scores({"interest": 5, "leadership": 5})
    asked = NOON + timedelta(days=1)
    there.when(better, at=NOON - timedelta(days=1), asked=asked).then_refused(NewerCounts)
    there.when(better, at=NOON, asked=asked).then_kinds(AssessmentAmended)


def test_what_was_talked_through_did_not_include_what_was_amended_since() -> None:
    talk, apart = HoldModeration(application_id=application(ADA)), {"interest": 0, "leadership": 0}
    table = given(opened(), assessed(ADA, PATIENT)).when(talk).then_kinds(ModerationHeld)
    decide = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
    wish = scores(apart, who=CARYS)
    table.when(wish).then_kinds(AssessmentAmended).when(decide).then_refused(ModerationNeeded)


def test_who_was_not_assigned_does_not_assess() -> None:
    on_the_table().when(scores(who=CARYS)).then_refused(NotAssigned)


def test_an_application_that_does_not_exist_is_not_assessed() -> None:
    given(opened(), appointed(CLEO)).when(scores()).then_refused(UnknownApplication)


def test_a_withdrawn_application_is_not_assessed() -> None:
    given(on_the_table().facts, withdrawn(ADA, PATIENT)).when(scores()).then_refused(
        ApplicationIsWithdrawn
    )


def test_who_was_assigned_another_application_does_not_assess_this_one() -> None:
    given(opened(), eligible(ADA, PATIENT), eligible(AMINA, PATIENT), assigned(CLEO, AMINA)).when(
        scores()
    ).then_refused(NotAssigned)


def test_an_assessor_submits_for_themselves_only() -> None:
    on_the_table().when(scores(), by=CARYS, role=Role.ASSESSOR).then_refused(NotYours)


def test_an_applicant_assesses_nobody() -> None:
    on_the_table().when(scores(), by=CLEO, role=Role.APPLICANT).then_refused(NotYourRole)


def test_a_declared_hard_conflict_ends_an_assessors_part() -> None:
    given(on_the_table().facts, conflict(CLEO, ADA, Relationship.EMPLOYER)).when(
        scores()
    ).then_refused(TooClose)


def test_a_tie_that_comes_to_light_after_assigning_ends_an_assessors_part() -> None:
    tie = RelationshipDeclared(person_id=ADA, other_id=CLEO, kind=Relationship.FAMILY)
    given(on_the_table().facts, tie).when(scores()).then_refused(TooClose)


def test_an_acquaintance_is_declared_before_scoring() -> None:
    given(on_the_table().facts, ACQUAINTED).when(scores()).then_refused(UndeclaredAcquaintance)


def test_a_declared_acquaintance_may_score() -> None:
    given(on_the_table().facts, ACQUAINTED, conflict(CLEO, ADA, Relationship.ACQUAINTED)).when(
        scores()
    ).then_kinds(AssessmentSubmitted)


@pytest.mark.parametrize("gone", [ADA, CLEO])
@pytest.mark.parametrize("says", [(ADA, CLEO), (CLEO, ADA)])
def test_who_stood_to_somebody_in_a_way_that_was_erased_does_not_assess_them(
    gone: PersonId, says: tuple[PersonId, PersonId]
) -> None:
    tie = RelationshipDeclared(person_id=says[0], other_id=says[1], kind=Relationship.ACQUAINTED)
    known = conflict(CLEO, ADA, Relationship.ACQUAINTED)
    scene = given(on_the_table().facts, tie, known)
    scene.when(scores()).then_kinds(AssessmentSubmitted)
    if gone == CLEO:  # of an application whose applicant was erased the panel knows nothing
        given(scene.facts, PersonErased(person_id=gone)).when(scores()).then_refused(PersonIsErased)
    else:
        given(scene.facts, PersonErased(person_id=gone)).when(scores()).then_refused(PersonIsErased)


@pytest.mark.parametrize(
    "wrong",
    [
        {"interest": 4},
        {"interest": 4, "leadership": 3, "charm": 5},
        {"interest": 4, "charm": 5},
        {"interest": 6, "leadership": 3},
    ],
)
def test_scores_are_those_of_the_cohorts_criteria(wrong: dict[str, int]) -> None:
    on_the_table().when(scores(wrong)).then_refused(ScoresDontFit)


def test_a_score_below_nothing_has_no_form() -> None:
    with pytest.raises(ValidationError):
        scores({"interest": -1, "leadership": 3})


def test_what_is_decided_is_not_assessed_any_more() -> None:
    given(assessed(ADA, PATIENT), opened(), assigned(COLM, ADA), decision(ADA, PATIENT)).when(
        scores(who=COLM)
    ).then_refused(AlreadyDecided)


def test_what_nobody_opened_is_a_fault_and_never_a_score() -> None:
    criteria = Sealed(audience=f"cohort:{AUTUMN}", key="1", event="e", field="criteria", sealed="…")
    unread = planned().model_copy(update={"criteria": criteria})
    with pytest.raises(TypeError):
        given(on_the_table().facts, unread).when(scores())
