"""The team ends a pairing for a reason that nobody else is told, and a concern is one of them."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.concerns.concern import RaiseConcern
from domain.decision import NotYourRole
from domain.matching.apart import ForbidPair
from domain.matching.locking import LockPair
from domain.pairings.availability import NotNow
from domain.pairings.compatibility import KeptApart
from domain.pairings.endings import EndForTeam, EndPairing
from domain.pairings.engagement import TEAM_LOOKS_FIRST
from domain.pairings.letting_in import ConcernsYou
from domain.pairings.notices import partner_left
from domain.pairings.proposals import AcceptPairing, ProposePairing
from domain.pairings.watching import KEPT_APART
from domain.people.person import UnknownPerson
from domain.people.ties import DeclareRelationship, EndRelationship
from events.cohorts import CohortCancelled, CohortCompleted
from events.event import Event
from events.ids import CohortId, PersonId
from events.pairings import (
    PairingEnded,
    PairingHeld,
    PairingProposed,
    PairingTakenBack,
    PersonHeldOut,
    RepairingAsked,
)
from events.people import PersonErased, RelationshipDeclared
from events.terms import Relationship, Role, System
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    COLM,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
)
from tests.scenes.given import Given, Result, Sharing, given
from tests.scenes.pairs import (
    TWO,
    active,
    asked_again,
    cohort_of,
    on_a_break,
    pairing,
    proposed,
    recorded,
)
from tests.scenes.runs import found_by, made_from, the_run, why_left

END = EndForTeam(person_id=BEN)
FOUR = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
HELD_OUT = PersonHeldOut(person_id=BEN, reason="team")
ENDED = PairingEnded(**TWO, reason="team")


def propose(one: PersonId, other: PersonId, cohort: CohortId = AUTUMN) -> ProposePairing:
    return ProposePairing(cohort_id=cohort, patient_leader_id=one, healthcare_leader_id=other)


def in_confidence(stage: Given) -> Result:
    return stage.when(END, by=f"system:{System.SAFEGUARDING}", role=Role.SYSTEM)


def over_a_concern() -> Given:
    """As a safeguarding lead decides on what is about Ben."""
    over = in_confidence(given(FOUR, active()))
    return given(over.then_kinds(PairingEnded, RepairingAsked, RepairingAsked).facts, HELD_OUT)


def test_the_team_and_what_was_told_in_confidence_end_it_in_the_same_words() -> None:
    first = [asked_again(ADA, PATIENT), asked_again(BEN, HEALTHCARE)]
    in_confidence(given(FOUR, active())).then(ENDED, *first)
    over = given(FOUR, active()).when(END, by=COLM).then(ENDED, *first)
    over.when(END, by=COLM).then_already_so()
    in_confidence(over).then_already_so()


@pytest.mark.parametrize("since", [on_a_break("work"), PairingHeld(**TWO, rule="rule.any")])
def test_so_it_does_during_a_break_and_while_the_two_wait(since: Event) -> None:
    stage = given(FOUR, active(), since)
    for found in (in_confidence(stage), stage.when(END, by=COLM)):
        found.then_kinds(PairingEnded, RepairingAsked, RepairingAsked)


def test_nobody_is_first_in_turn_in_a_cohort_that_was_cancelled() -> None:
    stage = given(FOUR, active(), CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue"))
    for found in (in_confidence(stage), stage.when(END, by=COLM)):
        found.then(ENDED)
    over = given(FOUR, active(), CohortCompleted(cohort_id=AUTUMN)).when(END, by=COLM)
    over.then_kinds(PairingEnded, RepairingAsked, RepairingAsked)


def test_what_was_proposed_is_taken_back_as_where_a_rule_keeps_two_apart() -> None:
    back = PairingTakenBack(**TWO, reason=KEPT_APART)
    in_confidence(given(FOUR, proposed())).then(back)
    given(FOUR, proposed()).when(END, by=COLM).then(back)


def test_the_two_are_never_asked_to_lead_together_again() -> None:
    two = given(FOUR, active())
    for over in (in_confidence(two), two.when(END, by=COLM)):
        stage = over.then_kinds(PairingEnded, RepairingAsked, RepairingAsked)
        stage.when(propose(ADA, BEN)).then_refused(KeptApart)
        stage.when(propose(ADA, BOLA)).then_kinds(PairingProposed)


def test_whom_it_is_about_is_held_out_in_all_cohorts_until_they_are_let_in() -> None:
    stage = given(over_a_concern().facts, [*confirmed(BEN, HEALTHCARE, SPRING)])
    stage.when(propose(AMINA, BEN)).then_refused(NotNow)
    stage.when(propose(ADA, BOLA)).then_kinds(PairingProposed)


def test_a_run_leaves_out_whom_it_is_about_and_the_other_comes_first() -> None:
    run = found_by(the_run(made_from(over_a_concern())))
    assert [(one.patient_leader_id, one.healthcare_leader_id) for one in run.pairs] == [(ADA, BOLA)]
    assert why_left(run)[BEN] == TEAM_LOOKS_FIRST
    assert BEN in run.people
    assert BEN not in run.weighed.healthcare_leader_ids


def test_nobody_says_yes_to_somebody_who_is_held_out_by_then() -> None:
    yes = AcceptPairing(pairing_id=pairing(AMINA, BEN), person_id=AMINA)
    given(FOUR, [proposed(AMINA, BEN), HELD_OUT]).when(yes).then_refused(NotNow)


@pytest.mark.parametrize("who", [ADA, BEN, CLEO])
def test_nobody_ends_what_is_theirs_or_of_who_is_close_to_them(who: PersonId) -> None:
    close = RelationshipDeclared(person_id=CLEO, other_id=BEN, kind=Relationship.FAMILY)
    given(FOUR, active(), close).when(END, by=who).then_refused(ConcernsYou)


def test_only_the_team_ends_it_and_only_of_who_is_known() -> None:
    given(FOUR, active()).when(END, by=ADA, role=Role.PARTICIPANT).then_refused(NotYourRole)
    given(FOUR).when(EndForTeam(person_id=NOBODY)).then_refused(UnknownPerson)
    given(FOUR).when(END).then_already_so()


def test_somebody_stays_held_out_when_their_partner_is_erased() -> None:
    gone = given(over_a_concern().facts, PersonErased(person_id=ADA))
    gone.when(propose(AMINA, BEN)).then_refused(NotNow)


def test_both_are_told_the_same_and_nothing_of_a_concern() -> None:
    asked = [fact for fact in over_a_concern().facts if isinstance(fact, RepairingAsked)]
    know = Sharing(over_a_concern().facts)
    (first,), (second,) = (list(partner_left(recorded(fact), know)) for fact in asked)
    assert {first.to, second.to} == {ADA, BEN}
    assert (first.subject, first.paragraphs) == (second.subject, second.paragraphs)
    assert "concern" not in " ".join(first.paragraphs)


WOULD_SAY: list[tuple[type[Any], dict[str, Any]]] = [
    (EndPairing, {"pairing_id": pairing(), "reported_by": ADA, "reason": "concern"}),
    (DeclareRelationship, {"person_id": ADA, "other_id": BEN, "kind": "concern"}),
    (
        EndRelationship,
        {"person_id": ADA, "other_id": BEN, "kind": "concern", "reason": "relationship.settled"},
    ),
    (
        ForbidPair,
        {
            "cohort_id": AUTUMN,
            "patient_leader_id": ADA,
            "healthcare_leader_id": BEN,
            "reason": "safeguarding",
        },
    ),
    (
        LockPair,
        {
            "cohort_id": AUTUMN,
            "patient_leader_id": ADA,
            "healthcare_leader_id": BEN,
            "reason": "concern",
        },
    ),
]


@pytest.mark.parametrize(("form", "said"), WOULD_SAY, ids=lambda it: getattr(it, "name", ""))
def test_whoever_would_name_a_concern_elsewhere_is_told_where_to_tell_it(
    form: type[Any], said: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as found:
        form.model_validate(said)
    (problem,) = found.value.errors()
    assert f"`{RaiseConcern.name}`" in problem["msg"]
    assert "value error" not in problem["msg"].lower()
