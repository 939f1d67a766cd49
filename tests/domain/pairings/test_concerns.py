"""Whom a concern is about is asked to lead with nobody until the team has decided."""

import pytest

from domain.decision import NotYourRole
from domain.pairings.availability import NotNow
from domain.pairings.endings import EndPairing, EndReason
from domain.pairings.engagement import TEAM_LOOKS_FIRST
from domain.pairings.letting_in import ConcernsYou, LetInReason, LetPersonIn
from domain.pairings.notices import partner_left
from domain.pairings.proposals import AcceptPairing, ProposePairing
from domain.people.person import UnknownPerson
from events.event import Event
from events.ids import CohortId, PersonId
from events.pairings import PairingEnded, PairingProposed, PersonLetIn, RepairingAsked
from events.people import PersonErased, RelationshipDeclared
from events.terms import Relationship, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    HEALTHCARE,
    NOBODY,
    SPRING,
    confirmed,
)
from tests.scenes.given import Given, Sharing, given
from tests.scenes.pairs import active, cohort_of, pairing, proposed, recorded
from tests.scenes.runs import found_by, made_from, the_run, why_left

CONCERN = RelationshipDeclared(
    person_id=BEN, other_id=ADA, kind=Relationship.CONCERN, held_out=True
)
LET_IN = LetPersonIn(person_id=BEN, reason=LetInReason.TALKED_OVER)
FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]


def propose(one: PersonId, other: PersonId, cohort: CohortId = AUTUMN) -> ProposePairing:
    return ProposePairing(cohort_id=cohort, patient_leader_id=one, healthcare_leader_id=other)


def over_a_concern() -> Given:
    """Ada has reported it, so it is about Ben."""
    wish = EndPairing(pairing_id=pairing(), reported_by=ADA, reason=EndReason.CONCERN)
    return (
        given(FOUR, active())
        .when(wish, by=ADA, role=Role.PARTICIPANT)
        .then_kinds(PairingEnded, RepairingAsked, RepairingAsked)
    )


@pytest.mark.parametrize("facts", [over_a_concern().facts, [*FOUR, CONCERN]])
def test_whom_a_concern_is_about_is_held_out_in_all_cohorts_until_it_is_decided(
    facts: list[Event],
) -> None:
    stage = given(facts, [*confirmed(BEN, HEALTHCARE, SPRING)])
    stage.when(propose(AMINA, BEN)).then_refused(NotNow)
    stage.when(propose(ADA, BOLA)).then_kinds(PairingProposed)
    after = stage.when(LET_IN).then(PersonLetIn(person_id=BEN, reason="pairing.talked-over"))
    after.when(LET_IN).then_already_so()
    after.when(propose(AMINA, BEN)).then_kinds(PairingProposed)


def test_a_run_leaves_out_whom_a_concern_is_about_and_the_other_comes_first() -> None:
    run = found_by(the_run(made_from(over_a_concern())))
    assert [(one.patient_leader_id, one.healthcare_leader_id) for one in run.pairs] == [(ADA, BOLA)]
    assert why_left(run)[BEN] == TEAM_LOOKS_FIRST
    assert BEN in run.people
    assert BEN not in run.weighed.healthcare_leader_ids


def test_nobody_says_yes_to_somebody_who_is_held_out_by_then() -> None:
    yes = AcceptPairing(pairing_id=pairing(AMINA, BEN), person_id=AMINA)
    given(FOUR, [proposed(AMINA, BEN), CONCERN]).when(yes).then_refused(NotNow)


@pytest.mark.parametrize("who", [ADA, BEN])
def test_neither_of_the_two_decides_on_a_concern(who: PersonId) -> None:
    for stage in (over_a_concern(), given(FOUR, CONCERN)):
        stage.when(LET_IN, by=who).then_refused(ConcernsYou)
        stage.when(LET_IN, by=CLEO).then_kinds(PersonLetIn)
        stage.when(LET_IN, by=CLEO, role=Role.PARTICIPANT).then_refused(NotYourRole)


def test_nor_does_somebody_close_to_whom_it_is_about() -> None:
    close = RelationshipDeclared(person_id=CLEO, other_id=BEN, kind=Relationship.FAMILY)
    over_a_concern().when(LET_IN, by=CLEO).then_kinds(PersonLetIn)
    given(FOUR, CONCERN, close).when(LET_IN, by=CLEO).then_refused(ConcernsYou)


def test_only_who_is_known_is_let_in_and_nobody_else_is_changed_by_it() -> None:
    stranger = LetPersonIn(person_id=NOBODY, reason=LetInReason.OTHER)
    given(FOUR).when(stranger).then_refused(UnknownPerson)
    given(FOUR).when(LET_IN).then_already_so()


def test_who_was_let_in_is_so_for_the_reason_said_last() -> None:
    there = over_a_concern().when(LET_IN).then_kinds(PersonLetIn)
    there.when(LET_IN).then_already_so()
    other = LET_IN.model_copy(update={"reason": LetInReason.OTHER})
    there.when(other).then_kinds(PersonLetIn).when(other).then_already_so()


def test_a_concern_stays_when_whoever_reported_it_is_erased() -> None:
    gone = PersonErased(person_id=ADA)
    for stage in (over_a_concern(), given(FOUR, CONCERN)):
        given(stage.facts, gone).when(propose(AMINA, BEN)).then_refused(NotNow)


def test_whatever_else_was_said_by_who_is_erased_holds_nobody_out() -> None:
    """It can't have been a concern, which stands at whom it is about."""
    family = RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.FAMILY)
    given(FOUR, family, PersonErased(person_id=ADA)).when(propose(AMINA, BEN)).then_kinds(
        PairingProposed
    )


def test_both_are_told_the_same_and_nothing_of_a_concern() -> None:
    asked = [fact for fact in over_a_concern().facts if isinstance(fact, RepairingAsked)]
    know = Sharing(over_a_concern().facts)
    (first,), (second,) = (list(partner_left(recorded(fact), know)) for fact in asked)
    assert {first.to, second.to} == {ADA, BEN}
    assert (first.subject, first.paragraphs) == (second.subject, second.paragraphs)
    assert "concern" not in " ".join(first.paragraphs)
