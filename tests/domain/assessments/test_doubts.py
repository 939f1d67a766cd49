"""A decision does not rest on somebody who turns out to be too close: neither before anybody has
heard of it, nor silently afterwards.
"""

from typing import Any

from domain.assessments import policies as assessments
from domain.assessments.assessors import AssignAssessor, DeclareConflict
from domain.assessments.panel import MakeDecision
from domain.cohorts.cohort import UnknownCohort
from domain.offers.release import ReleaseDecisions
from domain.offers.results import NotAllDecided
from domain.offers.signing import SignRelease
from domain.pairings.policies import when_an_application_goes_on
from domain.pairings.watching import KeepApart
from domain.people.person import UnknownPerson
from events.applications import ApplicationReinstated
from events.assessments import (
    AssessmentsAwaited,
    AssessorAppointed,
    AssessorAssigned,
    ConflictDeclared,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
)
from events.cohorts import CohortCompleted, CohortCompletionTakenBack, DecisionsReleased
from events.event import Event
from events.ids import PersonId
from events.offers import DecisionCorrected
from events.people import PersonErased, RelationshipDeclared
from events.terms import Outcome, Relationship, Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    CARYS,
    COLM,
    PATIENT,
    SPRING,
    application,
    applied,
    opened,
    registered,
)
from tests.scenes.given import Given, given
from tests.scenes.pairs import recorded
from tests.scenes.selection import (
    RELEASE_DAY,
    WYN,
    appointed,
    assessed,
    assigned,
    co_chairs,
    decision,
    offer,
    scored,
    signed,
)

RELEASE = ReleaseDecisions(cohort_id=AUTUMN)
OUT = DecisionsReleased(cohort_id=AUTUMN)
ADAS: dict[str, Any] = {
    "application_id": application(ADA),
    "cohort_id": AUTUMN,
    "person_id": ADA,
}
FAMILY = RelationshipDeclared(person_id=CARYS, other_id=ADA, kind=Relationship.FAMILY)
REINSTATED = ApplicationReinstated(**ADAS, side=PATIENT, reason="application.our-mistake")
DECIDED = decision(ADA, PATIENT, score=733)


def decided(*more: Event) -> Given:
    people = [registered(ADA), *appointed(COLM), *co_chairs()]
    return given(people, opened(), assessed(ADA, PATIENT), DECIDED, *more)


def looks(who: PersonId) -> KeepApart:
    """What is asked for whenever something private was said of somebody."""
    return KeepApart(person_id=who)


def test_a_tie_that_is_declared_after_the_decision_holds_up_the_release_at_once() -> None:
    tied = given(signed(decided()).facts, FAMILY)
    tied.when(RELEASE, at=RELEASE_DAY).then_refused(NotAllDecided)
    sign = SignRelease(cohort_id=AUTUMN, side=PATIENT)
    tied.when(sign, by=WYN, role=Role.CO_CHAIR, at=RELEASE_DAY).then_refused(NotAllDecided)


def test_the_decision_is_open_again_whoever_said_it() -> None:
    for who in (ADA, CARYS):
        again = decided(FAMILY).when(looks(who), role=Role.SYSTEM).then(DecisionReopened(**ADAS))
        again.when(looks(who), role=Role.SYSTEM).then_already_so()
        third = given(again.facts, [*scored(COLM, ADA, 4, 4)][2:])
        decide = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
        third.when(decide).then_kinds(DecisionMade)


def test_a_decision_rests_on_as_many_as_the_rules_of_its_cohort_ask_for() -> None:
    """Two are enough by the first rules; by others three are, and then two of them are not."""
    three = [*assessed(ADA, PATIENT), *scored(COLM, ADA)]
    for needed, follows in ((2, ()), (3, (DecisionReopened(**ADAS),))):
        asked = [
            fact.model_copy(update={"needed": needed})
            if isinstance(fact, AssessorAssigned)
            else fact
            for fact in three
        ]
        judged = given(registered(ADA), opened(), asked, decision(ADA, PATIENT), FAMILY)
        judged.when(looks(ADA), role=Role.SYSTEM).then(*follows)


def test_when_everybody_has_heard_it_stands_and_is_in_doubt() -> None:
    heard = decided(OUT, offer(ADA, PATIENT), FAMILY)
    doubt = heard.when(looks(CARYS), role=Role.SYSTEM).then(DecisionInDoubt(**ADAS))
    doubt.when(looks(ADA), role=Role.SYSTEM).then_already_so()
    ask = AssignAssessor(application_id=application(ADA), assessor_id=COLM)
    doubt.when(ask).then_kinds(AssessorAssigned, AssessmentsAwaited)


def test_a_conflict_that_comes_up_after_the_release_is_told_and_empties_nothing() -> None:
    heard = decided(OUT, offer(ADA, PATIENT))
    wish = DeclareConflict(
        application_id=application(ADA), assessor_id=CARYS, kind=Relationship.TEAM
    )
    heard.when(wish).then_kinds(ConflictDeclared, DecisionInDoubt)


def test_a_decision_is_in_doubt_only_if_it_rests_on_whoever_declares_a_conflict() -> None:
    """Neither by whoever was asked and found nothing, nor once two co-chairs have put it right."""
    heard = decided(OUT, offer(ADA, PATIENT), assigned(COLM, ADA))
    right = DecisionCorrected(**ADAS, side=PATIENT, reason="decision.our-mistake")
    corrected = given(heard.facts, DecisionInDoubt(**ADAS), right)
    for scene, who in ((heard, COLM), (corrected, CARYS)):
        wish = DeclareConflict(
            application_id=application(ADA), assessor_id=who, kind=Relationship.TEAM
        )
        scene.when(wish).then_kinds(ConflictDeclared)


def test_what_changes_nothing_opens_nothing() -> None:
    known = RelationshipDeclared(person_id=CARYS, other_id=ADA, kind=Relationship.ACQUAINTED)
    stranger = RelationshipDeclared(person_id=COLM, other_id=ADA, kind=Relationship.FAMILY)
    for said in (known, stranger):
        for who in (ADA, CARYS, COLM):
            decided(said).when(looks(who), role=Role.SYSTEM).then_already_so()
    given(opened()).when(looks(ADA), role=Role.SYSTEM).then_refused(UnknownPerson)


def test_a_tie_of_which_nobody_can_tell_any_more_doubts_no_decision() -> None:
    """It may have been any; the two were not said to be close while somebody could read it."""
    known = RelationshipDeclared(person_id=CARYS, other_id=ADA, kind=Relationship.ACQUAINTED)
    heard = decided(OUT, offer(ADA, PATIENT), known, PersonErased(person_id=CARYS))
    heard.when(looks(ADA), role=Role.SYSTEM).then_already_so()


def test_whoever_was_left_out_for_a_tie_that_was_erased_is_left_out_still() -> None:
    """Carys and Colm were both too close when it was decided; two others are enough."""
    found = [*assessed(ADA, PATIENT), *scored(COLM, ADA, 5, 5), *scored(WYN, ADA, 4, 5)]
    mate = RelationshipDeclared(person_id=COLM, other_id=ADA, kind=Relationship.HOUSEHOLD)
    known = given(registered(ADA), opened(), found, FAMILY, mate)
    decide = MakeDecision(application_id=application(ADA), outcome=Outcome.OFFER)
    made = known.when(decide).then_kinds(DecisionMade)
    for who in (CARYS, COLM):
        gone = given(made.facts, PersonErased(person_id=who))
        gone.when(looks(ADA), role=Role.SYSTEM).then_already_so()
    other = decision(ADA, PATIENT, score=1)
    wrong = given(known.facts, other, PersonErased(person_id=COLM))
    wrong.when(looks(ADA), role=Role.SYSTEM).then(DecisionReopened(**ADAS))


def test_an_application_that_goes_on_is_looked_at_again() -> None:
    """What was said meanwhile was not looked at for it."""
    (wish,) = when_an_application_goes_on(recorded(REINSTATED))
    decided(FAMILY).when(wish, role=Role.SYSTEM).then(DecisionReopened(**ADAS))


def test_what_was_said_when_a_cohort_was_over_is_looked_at_once_it_is_not() -> None:
    """Of what is over nothing is looked at."""
    over = CohortCompleted(cohort_id=AUTUMN)
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    heard = decided(OUT, offer(ADA, PATIENT), over, FAMILY)
    heard.when(looks(CARYS), role=Role.SYSTEM).then_already_so()
    (wish,) = assessments.when_a_cohort_goes_on_after_all(recorded(back))
    heard.when(wish, role=Role.SYSTEM).then_already_so()
    again = given(heard.facts, back).when(wish, role=Role.SYSTEM).then(DecisionInDoubt(**ADAS))
    again.when(wish, role=Role.SYSTEM).then_already_so()
    given().when(wish, role=Role.SYSTEM).then_refused(UnknownCohort)


def test_what_two_co_chairs_have_put_right_is_not_in_doubt_again() -> None:
    """They knew who was too close when they signed."""
    right = DecisionCorrected(**ADAS, side=PATIENT, reason="decision.our-mistake")
    heard = decided(OUT, offer(ADA, PATIENT), FAMILY, DecisionInDoubt(**ADAS), right)
    heard.when(looks(CARYS), role=Role.SYSTEM).then_already_so()
    before = decided(OUT, offer(ADA, PATIENT), right, FAMILY)
    before.when(looks(CARYS), role=Role.SYSTEM).then(DecisionInDoubt(**ADAS))


def test_another_cohort_that_is_over_keeps_nothing_from_being_looked_at() -> None:
    there = AssessorAppointed(cohort_id=SPRING, assessor_id=CARYS, lay=False)
    others = [*opened(SPRING), there, *applied(ADA, PATIENT, SPRING)]
    over = given(others, CohortCompleted(cohort_id=SPRING), decided(FAMILY).facts)
    for who in (ADA, CARYS):
        over.when(looks(who), role=Role.SYSTEM).then(DecisionReopened(**ADAS))
