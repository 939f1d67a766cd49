from datetime import date, timedelta
from typing import Any

import pytest

from domain.decision import NotYours, Refusal
from domain.people.person import Between
from domain.people.ties import (
    DeclareRelationship,
    EndRelationship,
    EndsOnADayToCome,
    ForACoordinatorToEnd,
    NotForYouToEnd,
    NothingBetweenThem,
    RelationshipEndReason,
    TheOtherWayRound,
    TiesOf,
)
from events.event import Event
from events.ids import PersonId
from events.people import PersonStated, RelationshipDeclared, RelationshipEnded
from events.terms import Relationship, Role
from tests.scenes.cast import ADA, BEN, CLEO, HEALTHCARE, PATIENT, applied, registered
from tests.scenes.given import Given, folded, given

TODAY = date(2024, 9, 16)
OVER, MISTAKE = RelationshipEndReason.OVER, RelationshipEndReason.MISTAKE
TWO = [registered(ADA), registered(BEN), registered(CLEO)]
ALIKE = [Relationship.HOUSEHOLD, Relationship.FAMILY, Relationship.TEAM, Relationship.ACQUAINTED]
DIRECTED = [Relationship.TREATS, Relationship.MANAGES, Relationship.REFERS]


def declared(one: PersonId, kind: Relationship, other: PersonId) -> RelationshipDeclared:
    return RelationshipDeclared(person_id=one, other_id=other, kind=kind)


def ends(
    one: PersonId, kind: Relationship, other: PersonId, reason: Any = OVER, **more: Any
) -> EndRelationship:
    return EndRelationship(person_id=one, other_id=other, kind=kind, reason=reason, **more)


def over(
    one: PersonId, kind: Relationship, other: PersonId, reason: str = OVER, day: date = TODAY
) -> RelationshipEnded:
    return RelationshipEnded(person_id=one, other_id=other, kind=kind, reason=reason, ended_on=day)


def after(*facts: Event) -> Given:
    return given(*TWO, *facts)


@pytest.mark.parametrize("kind", DIRECTED)
def test_either_of_the_two_says_who_treats_manages_or_refers(kind: Relationship) -> None:
    """Ada can say that Ben treats her."""
    wish = DeclareRelationship(person_id=BEN, other_id=ADA, kind=kind)
    for who in (ADA, BEN):
        after().when(wish, by=who, role=Role.APPLICANT).then(declared(BEN, kind, ADA))
    after().when(wish, by=CLEO, role=Role.APPLICANT).then_refused(NotYours)


@pytest.mark.parametrize("kind", [*ALIKE, Relationship.VETO])
def test_nobody_says_for_another_what_is_between_them(kind: Relationship) -> None:
    wish = DeclareRelationship(person_id=BEN, other_id=ADA, kind=kind)
    after().when(wish, by=ADA, role=Role.APPLICANT).then_refused(NotYours)


@pytest.mark.parametrize("kind", ALIKE)
def test_what_is_the_same_for_both_is_said_once(kind: Relationship) -> None:
    wish = DeclareRelationship(person_id=BEN, other_id=ADA, kind=kind)
    after(declared(ADA, kind, BEN)).when(wish).then_already_so()


def test_nobody_is_taken_for_the_doctor_of_their_doctor() -> None:
    """Ada leads as a patient and Ben as a professional, so it is he who treats her."""
    here = given(applied(ADA, PATIENT), applied(BEN, HEALTHCARE))
    wrong = DeclareRelationship(person_id=ADA, other_id=BEN, kind=Relationship.TREATS)
    here.when(wrong, by=ADA, role=Role.APPLICANT).then_refused(TheOtherWayRound)
    right = DeclareRelationship(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)
    here.when(right, by=ADA, role=Role.APPLICANT).then_kinds(RelationshipDeclared)


@pytest.mark.parametrize("kind", [*ALIKE, *DIRECTED])
@pytest.mark.parametrize("by", [ADA, BEN])
def test_either_of_the_two_or_a_coordinator_says_that_it_is_over(
    kind: Relationship, by: PersonId
) -> None:
    here = after(declared(ADA, kind, BEN))
    wish = ends(ADA, kind, BEN)
    done = here.when(wish, by=by, role=Role.PARTICIPANT).then(over(ADA, kind, BEN))
    here.when(wish).then(over(ADA, kind, BEN))
    here.when(wish, by=CLEO, role=Role.ASSESSOR).then_refused(NotYours)
    done.when(wish).then_already_so()


@pytest.mark.parametrize("kind", ALIKE)
def test_what_is_the_same_for_both_ends_whoever_is_named_first(kind: Relationship) -> None:
    here = after(declared(ADA, kind, BEN)).when(ends(BEN, kind, ADA)).then(over(BEN, kind, ADA))
    assert not folded(TiesOf(ADA), here.facts).related


def test_what_one_does_to_the_other_ends_in_its_own_direction_alone() -> None:
    kind = Relationship.MANAGES
    here = after(declared(ADA, kind, BEN), declared(BEN, kind, ADA)).when(ends(BEN, kind, ADA))
    left = folded(TiesOf(ADA), [*here.facts, *here.new])
    assert left.lasting == {(ADA, BEN, kind)}


def test_only_who_asked_not_to_be_paired_takes_it_back() -> None:
    here, wish = after(declared(ADA, Relationship.VETO, BEN)), ends(ADA, Relationship.VETO, BEN)
    here.when(wish, by=ADA, role=Role.PARTICIPANT).then_kinds(RelationshipEnded)
    for by, role in ((BEN, Role.PARTICIPANT), (BEN, Role.COORDINATOR), (CLEO, Role.COORDINATOR)):
        here.when(wish, by=by, role=role).then_refused(NotForYouToEnd)


def test_what_was_a_mistake_is_settled_by_a_coordinator_who_is_close_to_neither() -> None:
    kind = Relationship.MANAGES
    here, wish = after(declared(ADA, kind, BEN)), ends(ADA, kind, BEN, MISTAKE)
    here.when(wish, by=CLEO).then_kinds(RelationshipEnded)
    refused: list[tuple[PersonId, Role]] = [(ADA, Role.PARTICIPANT), (ADA, Role.COORDINATOR)]
    for by, role in (*refused, (BEN, Role.COORDINATOR), (CLEO, Role.IMPORTER)):
        here.when(wish, by=by, role=role).then_refused(ForACoordinatorToEnd)
    for near in (declared(CLEO, Relationship.FAMILY, BEN), declared(ADA, Relationship.TEAM, CLEO)):
        given(here.facts, near).when(wish, by=CLEO).then_refused(ForACoordinatorToEnd)
    knows = declared(CLEO, Relationship.ACQUAINTED, BEN)
    given(here.facts, knows).when(wish, by=CLEO).then_kinds(RelationshipEnded)


def test_that_it_never_was_is_said_by_a_coordinator() -> None:
    """Whoever is close to an applicant could say so of themselves, and assess them."""
    kind = Relationship.FAMILY
    here, wish = after(declared(CLEO, kind, ADA)), ends(CLEO, kind, ADA, MISTAKE)
    for by in (CLEO, ADA):
        here.when(wish, by=by, role=Role.ASSESSOR).then_refused(ForACoordinatorToEnd)
    done = here.when(wish, by=BEN).then(over(CLEO, kind, ADA, MISTAKE))
    done.when(wish, by=BEN).then_already_so()
    assert not folded(Between(ADA, CLEO), done.facts).acquainted


def test_who_was_close_to_an_applicant_is_not_their_assessor_afterwards() -> None:
    kind = Relationship.FAMILY
    here = after(declared(CLEO, kind, ADA), over(CLEO, kind, ADA))
    assert folded(Between(ADA, CLEO), here.facts).too_close
    put_right = here.when(ends(CLEO, kind, ADA, MISTAKE), by=BEN).then_kinds(RelationshipEnded)
    assert not folded(Between(ADA, CLEO), put_right.facts).too_close


def test_it_is_over_from_a_day_that_is_not_to_come() -> None:
    kind = Relationship.TREATS
    here = after(declared(BEN, kind, ADA))
    day = TODAY - timedelta(days=40)
    here.when(ends(BEN, kind, ADA, ended_on=day)).then(over(BEN, kind, ADA, day=day))
    tomorrow = TODAY + timedelta(days=1)
    here.when(ends(BEN, kind, ADA, ended_on=tomorrow)).then_refused(EndsOnADayToCome)


def test_another_day_or_reason_is_taken_in_and_the_same_is_not() -> None:
    kind, day = Relationship.TREATS, TODAY - timedelta(days=40)
    done = after(declared(BEN, kind, ADA), over(BEN, kind, ADA))
    done.when(ends(BEN, kind, ADA)).then_already_so()
    right = done.when(ends(BEN, kind, ADA, ended_on=day)).then(over(BEN, kind, ADA, day=day))
    right.when(ends(BEN, kind, ADA)).then_already_so()


def test_what_was_never_said_does_not_end() -> None:
    after().when(ends(BEN, Relationship.TREATS, ADA)).then_refused(NothingBetweenThem)
    here = after(declared(BEN, Relationship.TREATS, ADA))
    here.when(ends(ADA, Relationship.TREATS, BEN)).then_refused(NothingBetweenThem)


def test_what_is_over_may_begin_again() -> None:
    kind = Relationship.HOUSEHOLD
    here = after(declared(ADA, kind, BEN), over(ADA, kind, BEN))
    wish = DeclareRelationship(person_id=ADA, other_id=BEN, kind=kind)
    again = here.when(wish).then(declared(ADA, kind, BEN))
    again.when(ends(ADA, kind, BEN)).then(over(ADA, kind, BEN))


@pytest.mark.parametrize("refusal", [NotForYouToEnd, ForACoordinatorToEnd, NothingBetweenThem])
def test_nobody_is_told_what_somebody_else_said(refusal: type[Refusal]) -> None:
    assert "veto" not in refusal().sentence


def test_the_end_looks_from_outside_as_the_beginning_does() -> None:
    assert RelationshipEnded.stored_as() is RelationshipDeclared.stored_as() is PersonStated
