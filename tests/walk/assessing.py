"""What a panel means to do with the applications before it."""

from typing import Any

from events.applications import (
    ApplicationAmended,
    EligibilityConfirmed,
)
from events.assessments import (
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorStoodDown,
    ConflictDeclared,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
)
from events.ids import ApplicationId, PersonId
from events.terms import Outcome, Role, Side
from tests.walk.lives import Case, Lives, after, told


@after(ApplicationAmended)
def says_something_else(life: Lives, fact: ApplicationAmended) -> None:
    life.scored[fact.application_id] = 0
    if case := life.cases.get(fact.application_id):
        case.decided = False
        for who in case.assigned:
            scores(life, fact.application_id, who, 0.95)


@after(EligibilityConfirmed)
def to_assess(life: Lives, fact: EligibilityConfirmed) -> None:
    score = life.chance.randint(1, 5)
    before = life.cases.get(fact.application_id)
    life.cases[fact.application_id] = Case(fact.cohort_id, score, before.assigned if before else {})
    assigns(life, fact.application_id, 0.97)


def assigns(life: Lives, application_id: ApplicationId, likely: float) -> None:
    """A lay assessor and another one, or a third as well."""
    case = life.cases.get(application_id)
    panel = life.assessors[case.cohort_id] if case and case.cohort_id else {}
    free = [one for one in panel if not case or one not in case.assigned]
    lay = [one for one in free if panel[one]]
    first = life.chance.sample(lay, min(1, len(lay)))
    others = [one for one in free if one not in first]
    some = first + life.chance.sample(others, min(len(others), 1 + (life.chance.random() < 0.08)))
    for who in some:
        life.will(likely, 1, "assessment.assign", application_id=application_id, assessor_id=who)


@after(ConflictDeclared)
def too_close(life: Lives, fact: ConflictDeclared) -> None:
    life.scored[fact.application_id] -= 1
    assigns(life, fact.application_id, 0.9)
    if case := life.cases.get(fact.application_id):
        case.decided = case.decided and not fact.hard


@after(AssessorStoodDown)
def stood_down(life: Lives, fact: AssessorStoodDown) -> None:
    """Somebody else reads it; and now and then it was a slip."""
    if case := life.cases.get(fact.application_id):
        case.assigned.pop(fact.assessor_id, None)
        case.decided = case.decided and not fact.scored
    life.scored[fact.application_id] -= fact.scored
    assigns(life, fact.application_id, 0.9)
    back = {"cohort_id": fact.cohort_id, "assessor_id": fact.assessor_id, "lay": True}
    life.will(0.1, 1, "assessment.appoint-assessor", **back)


@after(DecisionReopened)
def open_again(life: Lives, fact: DecisionReopened) -> None:
    life.scored[fact.application_id] -= 1
    if case := life.cases.get(fact.application_id):
        case.decided = False
    assigns(life, fact.application_id, 0.9)


@after(DecisionInDoubt)
def in_doubt(life: Lives, fact: DecisionInDoubt) -> None:
    assigns(life, fact.application_id, 0.9)
    corrects(life, fact.application_id, 0.8)


def corrects(life: Lives, application_id: ApplicationId, likely: float) -> None:
    """Both co-chairs sign the same, most of the time."""
    outcome = life.chance.choice((Outcome.OFFER, Outcome.OFFER, *Outcome))
    reasons = [] if outcome is Outcome.OFFER else ["score.others-higher"]
    this = {"outcome": outcome, "reasons": reasons, "reason": "decision.our-mistake"}
    if life.chance.random() < likely:
        for side in Side:
            mine = {"application_id": application_id, **this, "side": side}
            life.will(0.9, 3, "decision.correct", role=Role.CO_CHAIR, **mine)


@after(AssessorAssigned)
def to_score(life: Lives, fact: AssessorAssigned) -> None:
    mine = {"application_id": fact.application_id, "assessor_id": fact.assessor_id}
    me = fact.assessor_id
    if case := life.cases.get(fact.application_id):
        case.assigned[me] = None
    life.will(0.03, 2, "assessment.declare-conflict", by=me, **mine)
    scores(life, fact.application_id, me, 0.95)
    theirs = {"cohort_id": fact.cohort_id, "assessor_id": me}
    life.will(0.06, 2, "assessment.change-day", **theirs)
    office = {"cohort_id": fact.cohort_id, "person_id": me, "role": Role.ASSESSOR}
    life.will(0.02, 4, "role.withdraw", **office)
    both = {"person_id": me, "other_id": fact.person_id}
    life.will(0.06, 6, "person.declare-relationship", by=me, **both)


def scores(life: Lives, application_id: ApplicationId, who: PersonId, likely: float) -> None:
    case = life.cases.setdefault(application_id, Case(None))
    score = case.score if life.chance.random() < 0.9 else life.chance.randint(0, 5)
    found = {"scores": {"interest": score, "leadership": min(5, score + 1)}}
    mine = {"application_id": application_id, "assessor_id": who, **found}
    life.will(likely, 1.5, "assessment.submit", by=who, **mine)


@after(AssessmentSubmitted)
def scored(life: Lives, fact: AssessmentSubmitted) -> None:
    life.will(0.05, 3, "assessment.hold-moderation", application_id=fact.application_id)
    me = fact.assessor_id
    scores(life, fact.application_id, me, 0.06)
    ties = {"person_id": me, "other_id": fact.person_id}
    life.will(0.12, 0.4, "person.declare-relationship", by=me, **ties)
    life.scored[fact.application_id] += 1
    decides(life, fact.application_id, 1, 0.9 if life.scored[fact.application_id] > 1 else 0.05)


def decides(life: Lives, application_id: ApplicationId, days: float, likely: float = 0.7) -> None:
    outcome = life.chance.choice((*[Outcome.OFFER] * 7, *Outcome))
    reasons = [] if outcome is Outcome.OFFER else ["score.others-higher"]
    this = {"application_id": application_id, "outcome": outcome, "reasons": reasons}
    life.will(likely, days, "assessment.decide", **this)


@told("release.not-all-decided")
def chases(life: Lives, given: dict[str, Any]) -> None:
    """A coordinator goes through all that still waits."""
    cohort_id = given.get("cohort_id")
    for one, case in life.cases.items():
        if case.cohort_id == cohort_id and not case.decided:
            this = {"application_id": one}
            for who in case.assigned:
                scores(life, one, who, 0.9)
            if life.scored[one] < 2 or len(case.assigned) < 2:
                assigns(life, one, 0.9)
            decides(life, one, 2, 0.9)
            case.chased += 1
            life.will(0.3 if case.chased > 3 else 0.02, 2, "application.withdraw", **this)
    for who in life.staff[::2]:
        mine = {"cohort_id": cohort_id, "assessor_id": who, "lay": True}
        life.will(0.3, 0.2, "assessment.appoint-assessor", **mine)


@after(DecisionMade)
def decided(life: Lives, fact: DecisionMade) -> None:
    this = {"application_id": fact.application_id}
    if case := life.cases.get(fact.application_id):
        case.decided = True
    life.will(0.07, 3, "assessment.change-decision", **this)
    life.will(0.03, 20, "assessment.declare-conflict", **this)
