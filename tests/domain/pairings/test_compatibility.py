import pytest

from domain.pairings.compatibility import (
    OVER_THE_RELATIONSHIP,
    TEAM,
    Circle,
    Leader,
    Possible,
    forbidden,
)
from domain.pairings.endings import EndReason
from domain.pairings.engagement import Engagement
from domain.pairings.proposals import DeclineReason
from events.event import Event
from events.ids import CohortId, PersonId
from events.matching import PairForbidden
from events.pairings import PairingDeclined
from events.people import PersonErased, RelationshipDeclared
from events.terms import Relationship
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, SPRING
from tests.scenes.given import folded
from tests.scenes.pairs import ended, pairing


def declared(one: PersonId, kind: Relationship, other: PersonId) -> RelationshipDeclared:
    return RelationshipDeclared(person_id=one, other_id=other, kind=kind)


def kept_apart(cohort: CohortId) -> PairForbidden:
    return PairForbidden(
        cohort_id=cohort, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="known-conflict"
    )


def rule_between(*facts: Event, one: PersonId = ADA, other: PersonId = BEN) -> str | None:
    def leader(who: PersonId) -> Leader:
        return Leader(who, Engagement(AUTUMN, who), folded(Circle(who), facts))

    return forbidden(Possible(leader(one), leader(other)))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (Relationship.TREATS, "rule.treats"),
        (Relationship.FAMILY, "rule.one-family"),
        (Relationship.HOUSEHOLD, "rule.one-household"),
        (Relationship.MANAGES, "rule.manages"),
        (Relationship.TEAM, "rule.one-team"),
        (Relationship.VETO, "rule.veto"),
    ],
)
def test_what_either_declares_keeps_the_two_apart(kind: Relationship, rule: str) -> None:
    assert rule_between(declared(ADA, kind, BEN)) == rule
    assert rule_between(declared(BEN, kind, ADA)) == rule


def test_people_who_only_know_each_other_may_lead_together() -> None:
    assert rule_between(declared(ADA, Relationship.ACQUAINTED, BEN)) is None
    assert rule_between() is None


def test_what_concerns_somebody_else_keeps_nobody_apart() -> None:
    assert rule_between(declared(ADA, Relationship.TREATS, BOLA)) is None
    assert rule_between(declared(AMINA, Relationship.VETO, BEN)) is None


@pytest.mark.parametrize("near", [Relationship.FAMILY, Relationship.HOUSEHOLD])
def test_a_clinician_never_leads_with_the_family_of_somebody_they_treat(near: Relationship) -> None:
    treats = declared(BEN, Relationship.TREATS, AMINA)
    assert rule_between(treats, declared(AMINA, near, ADA)) == "rule.treats-family"
    assert rule_between(treats, declared(ADA, near, AMINA)) == "rule.treats-family"


def test_a_pair_that_ended_over_the_relationship_is_never_paired_again() -> None:
    assert rule_between(ended(reason="relationship")) == "rule.parted-before"
    assert rule_between(ended(reason="team")) == "rule.parted-before"
    assert rule_between(ended(reason="changed-job")) == "rule.asked-before"
    assert rule_between(ended(reason="relationship"), other=BOLA) is None


def test_a_no_over_the_relationship_is_not_asked_again() -> None:
    no = PairingDeclined(
        pairing_id=pairing(),
        cohort_id=SPRING,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        declined_by=BEN,
        reason="relationship",
    )
    assert rule_between(no) == "rule.parted-before"


def test_a_coordinator_keeps_two_apart_in_one_cohort() -> None:
    assert rule_between(kept_apart(AUTUMN)) == "rule.forbidden-by-coordinator"
    assert rule_between(kept_apart(SPRING)) is None


def erased(who: PersonId) -> PersonErased:
    return PersonErased(person_id=who)


@pytest.mark.parametrize("gone", [ADA, BEN])
@pytest.mark.parametrize("says", [(ADA, BEN), (BEN, ADA)])
@pytest.mark.parametrize("kind", [Relationship.ACQUAINTED, Relationship.VETO])
def test_what_was_between_the_two_and_was_erased_may_have_been_anything(
    gone: PersonId, says: tuple[PersonId, PersonId], kind: Relationship
) -> None:
    fact = declared(says[0], kind, says[1])
    assert rule_between(fact, erased(gone)) == "rule.not-known-any-more"
    assert rule_between(fact, erased(gone), other=BOLA) is None


def test_what_was_erased_between_others_keeps_nobody_apart() -> None:
    assert rule_between(declared(AMINA, Relationship.VETO, BEN), erased(AMINA)) is None
    assert rule_between(declared(ADA, Relationship.VETO, AMINA), erased(AMINA)) is None


@pytest.mark.parametrize("clinician", [(ADA, BEN), (BEN, ADA)])
@pytest.mark.parametrize("kin_says", [True, False])
@pytest.mark.parametrize("kind", [Relationship.TREATS, Relationship.TEAM])
def test_an_erased_person_may_have_been_the_patient_of_one_and_the_family_of_the_other(
    clinician: tuple[PersonId, PersonId],
    kin_says: bool,
    kind: Relationship,
) -> None:
    one, other = clinician
    near = (AMINA, other) if kin_says else (other, AMINA)
    kin = declared(near[0], Relationship.FAMILY, near[1])
    facts = [declared(one, kind, AMINA), kin, erased(AMINA)]
    assert rule_between(*facts) == "rule.treats-family"


@pytest.mark.parametrize("gone", [ADA, BEN])
def test_two_who_parted_for_a_reason_that_was_erased_are_never_paired_again(
    gone: PersonId,
) -> None:
    no = PairingDeclined(
        pairing_id=pairing(),
        cohort_id=SPRING,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        declined_by=BEN,
        reason="no-time",
    )
    for parted in (ended(reason="changed-job"), no):
        assert rule_between(parted) == "rule.asked-before"
        assert rule_between(parted, erased(gone)) == "rule.parted-before"
        assert rule_between(parted, erased(gone), other=BOLA) is None


@pytest.mark.parametrize("gone", [ADA, BEN])
@pytest.mark.parametrize("cohort", [AUTUMN, SPRING])
def test_two_whom_a_coordinator_kept_apart_stay_so_when_one_is_erased(
    gone: PersonId, cohort: CohortId
) -> None:
    rule = rule_between(kept_apart(cohort), erased(gone))
    if gone == ADA:  # under whose cover it stood: nobody can tell for which cohort
        assert rule == "rule.not-known-any-more"
    else:
        assert rule == ("rule.forbidden-by-coordinator" if cohort == AUTUMN else None)


def test_nobody_is_their_own_partner() -> None:
    assert rule_between(one=ADA, other=ADA) == "rule.same-person"


def test_the_reasons_that_part_are_reasons_that_can_be_given() -> None:
    assert {*EndReason, TEAM} >= OVER_THE_RELATIONSHIP
    assert DeclineReason.RELATIONSHIP in OVER_THE_RELATIONSHIP
