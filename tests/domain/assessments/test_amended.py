"""What assessors found of an application does not count once it says something else."""

from domain.assessments.assessment import NotToAssess, SubmitAssessment
from domain.assessments.panel import MakeDecision, TooFewAssessments
from events.applications import ApplicationAmended, EligibilityConfirmed, Profile
from events.terms import Area, Outcome
from tests.scenes.cast import ADA, AUTUMN, CARYS, CLEO, PATIENT, application, opened
from tests.scenes.given import given
from tests.scenes.selection import assessed, decision

DECIDE = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
AMENDED = ApplicationAmended(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    profile=Profile(area=Area.DEVON),
    experiences=2,
    interest="I want to help more.",
)
ELIGIBLE = EligibilityConfirmed(
    application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
)


def test_it_is_scored_and_decided_on_again_once_it_was_looked_at() -> None:
    before = given(opened(), assessed(ADA, PATIENT), decision(ADA, PATIENT), AMENDED)
    before.when(DECIDE).then_refused(NotToAssess)
    scene = given(before.facts, ELIGIBLE)
    scene.when(DECIDE).then_refused(TooFewAssessments)
    for who in (CLEO, CARYS):
        score = SubmitAssessment(
            application_id=application(ADA),
            assessor_id=who,
            scores={"interest": 5, "leadership": 5},
            recommendation=Outcome.OFFER,
        )
        scene = given(scene.facts, scene.when(score, named=f"{who} scores").new)
    (again,) = scene.when(DECIDE).new
    assert getattr(again, "score", None) == 1000
