"""The team holds somebody out of leading with others for a reason that nobody else is told."""

import pytest

from domain.decision import NotYourRole
from domain.pairings.availability import NotNow
from domain.pairings.compatibility import KeptApart
from domain.pairings.letting_in import (
    ConcernsYou,
    HeldByAnother,
    HoldPersonOut,
    LetInReason,
    LetPersonIn,
)
from domain.pairings.proposals import ProposePairing
from domain.pairings.watching import HELD_OUT, KEPT_APART, KeepApart, ResumePairing
from domain.people.person import UnknownPerson
from events.event import Event
from events.ids import PersonId
from events.pairings import (
    PairingHeld,
    PairingProposed,
    PairingResumed,
    PairingTakenBack,
    PersonHeldOut,
    PersonLetIn,
)
from events.people import RelationshipDeclared
from events.terms import Relationship, Role, System
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, CLEO, COLM, NOBODY
from tests.scenes.given import Given, Result, given
from tests.scenes.pairs import active, cohort_of, on_a_break, pairing, proposed

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
HOLD, LET_IN = HoldPersonOut(person_id=BEN), LetPersonIn(person_id=BEN, reason=LetInReason.TEAM)
SAFEGUARDING = f"system:{System.SAFEGUARDING}"
HELD_BY_COLM = PersonHeldOut(person_id=BEN, reason="team", held_by=COLM)
HELD_IN_CONFIDENCE = PersonHeldOut(person_id=BEN, reason="team")
EITHER = pytest.mark.parametrize("held", [HELD_BY_COLM, HELD_IN_CONFIDENCE])
PROPOSE = ProposePairing(cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BEN)
RESUME = ResumePairing(pairing_id=pairing())


def in_confidence(stage: Given, wish: HoldPersonOut | LetPersonIn) -> Result:
    return stage.when(wish, by=SAFEGUARDING, role=Role.SYSTEM)


def test_a_coordinator_holds_somebody_out_and_lets_them_in_again() -> None:
    held = given(FOUR).when(HOLD, by=COLM).then(HELD_BY_COLM)
    held.when(HOLD, by=COLM).then_already_so()
    held.when(PROPOSE).then_refused(NotNow)
    let_in = PersonLetIn(person_id=BEN, reason="team", held_by=COLM)
    held.when(LET_IN, by=COLM).then(let_in).when(PROPOSE).then_kinds(PairingProposed)


def test_what_was_told_in_confidence_holds_somebody_out_with_the_same_words() -> None:
    held = in_confidence(given(FOUR), HOLD).then(HELD_IN_CONFIDENCE)
    in_confidence(held, HOLD).then_already_so()
    held.when(PROPOSE).then_refused(NotNow)
    free = in_confidence(held, LET_IN).then(PersonLetIn(person_id=BEN, reason="team"))
    free.when(PROPOSE).then_kinds(PairingProposed)


@EITHER
def test_nobody_else_lets_somebody_in_and_all_are_refused_in_the_same_words(held: Event) -> None:
    stage = given(FOUR, held)
    stage.when(LET_IN, by=CLEO).then_refused(HeldByAnother)
    stage.when(PROPOSE).then_refused(NotNow)


def test_whoever_is_held_out_by_two_is_free_when_both_let_them_in() -> None:
    stage = given(FOUR, HELD_BY_COLM, HELD_IN_CONFIDENCE)
    one = stage.when(LET_IN, by=COLM).then_kinds(PersonLetIn)
    one.when(PROPOSE).then_refused(NotNow)
    in_confidence(one, LET_IN).then_kinds(PersonLetIn).when(PROPOSE).then_kinds(PairingProposed)


@EITHER
def test_who_leads_with_them_waits_and_goes_on_when_they_are_let_in(held: PersonHeldOut) -> None:
    keep = KeepApart(person_id=BEN)
    stage = given(FOUR, active(), held).when(keep, by="system:policies", role=Role.SYSTEM)
    waits = stage.then_kinds(PairingHeld)
    (fact,) = (one for one in waits.facts if isinstance(one, PairingHeld))
    assert fact.rule == HELD_OUT
    waits.when(RESUME, by=CLEO).then_refused(KeptApart)
    free = given(waits.facts, PersonLetIn(person_id=BEN, reason="team", held_by=held.held_by))
    free.when(RESUME, by=CLEO).then_kinds(PairingResumed)


@EITHER
def test_who_is_asked_to_lead_with_them_is_not_asked_any_more(held: Event) -> None:
    keep = KeepApart(person_id=BEN)
    stage = given(FOUR, proposed(), held).when(keep, by="system:policies", role=Role.SYSTEM)
    asked = stage.then_kinds(PairingTakenBack)
    (fact,) = (one for one in asked.facts if isinstance(one, PairingTakenBack))
    assert fact.reason == KEPT_APART, "as where any rule keeps two apart"


@EITHER
def test_after_a_break_the_two_do_not_go_on_either(held: Event) -> None:
    given(FOUR, [*active(), on_a_break("work")], held).when(RESUME, by=CLEO).then_refused(KeptApart)


@pytest.mark.parametrize("who", [BEN, CLEO])
def test_nobody_looks_at_what_concerns_themselves_or_who_is_close(who: PersonId) -> None:
    close = RelationshipDeclared(person_id=CLEO, other_id=BEN, kind=Relationship.FAMILY)
    given(FOUR, close).when(HOLD, by=who).then_refused(ConcernsYou)
    given(FOUR, close, HELD_BY_COLM).when(LET_IN, by=who).then_refused(ConcernsYou)


def test_only_the_team_holds_out_and_only_who_is_known() -> None:
    given(FOUR).when(HOLD, by=ADA, role=Role.PARTICIPANT).then_refused(NotYourRole)
    given(FOUR).when(HoldPersonOut(person_id=NOBODY)).then_refused(UnknownPerson)
    given(FOUR).when(LetPersonIn(person_id=NOBODY, reason=LetInReason.TEAM)).then_refused(
        UnknownPerson
    )
