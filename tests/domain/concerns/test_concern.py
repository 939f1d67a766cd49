"""What is told in confidence: anybody tells it, few read it, and one decides."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.concerns.concern import (
    AboutSomebodyElse,
    DecideConcern,
    ListConcerns,
    NoSuchConcern,
    RaiseConcern,
    ReadConcern,
    StillHeldOut,
    WhomIsItAbout,
)
from domain.decision import NotYourRole, NotYours
from domain.roles.acting import NobodyAsked
from events.catalogue import CATALOGUE, OF_CONCERNS
from events.clear import clear_fields, objections
from events.concerns import ConcernDecided, ConcernRaised, ConcernRead
from events.ids import ConcernId, PersonId
from events.terms import ConcernDecision, Role
from tests.scenes.cast import ADA, AMINA, BEN, CARYS, CLEO, COLM
from tests.scenes.given import NOON, Given, given

LEAD = Role.SAFEGUARDING_LEAD
CASE, OTHER = (ConcernId.derived(NOON, name) for name in ("case", "another"))
TOLD = ConcernRaised(concern_id=CASE, about=BEN, raised_by=ADA, words="He shouts.")
UNNAMED = TOLD.model_copy(update={"about": None})
HELD = ConcernDecided(concern_id=CASE, decision=ConcernDecision.HOLD_OUT)
READ = ReadConcern(concern_id=CASE)


def decide(decision: ConcernDecision, **more: Any) -> DecideConcern:
    return DecideConcern(concern_id=CASE, decision=decision, **more)


HOLD, LET_IN = decide(ConcernDecision.HOLD_OUT), decide(ConcernDecision.LET_IN)
CLOSE = decide(ConcernDecision.CLOSE, note="Talked over with both.")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_anybody_raises_a_concern_about_anybody(role: Role) -> None:
    for about in (BEN, None):
        wish = RaiseConcern(about=about, words="He shouts.")
        after = given().when(wish, by=ADA, role=role).then_kinds(ConcernRaised)
        (told,) = after.facts
        assert isinstance(told, ConcernRaised)
        assert (told.about, told.raised_by, told.raised_for) == (about, ADA, None)


def test_whoever_writes_it_down_for_somebody_says_who_asked() -> None:
    wish = RaiseConcern(about=BEN, raised_for=ADA, words="He shouts at her.")
    given().when(wish, by=CARYS).then_refused(NobodyAsked)
    given().when(wish, by=CARYS, role=Role.PARTICIPANT).then_refused(NotYours)


def test_a_safeguarding_lead_reads_it_and_that_is_recorded() -> None:
    given(TOLD).when(READ, by=CLEO, role=LEAD).then(ConcernRead(concern_id=CASE, read_by=CLEO))
    given(TOLD).when(READ, by=ADA, role=Role.APPLICANT).then_kinds(ConcernRead)


@pytest.mark.parametrize(
    ("by", "role"), [(COLM, Role.APPLICANT), (BEN, Role.APPLICANT), (BEN, LEAD)]
)
def test_nobody_else_is_told_whether_there_is_one(by: PersonId, role: Role) -> None:
    """Not even a lead whom it is about; and all in the words of what nobody raised."""
    given(TOLD).when(READ, by=by, role=role).then_refused(NoSuchConcern)
    nothing = ReadConcern(concern_id=OTHER)
    given(TOLD).when(nothing, by=by, role=role).then_refused(NoSuchConcern)


@pytest.mark.parametrize("role", sorted(set(Role) - {LEAD}))
def test_only_a_safeguarding_lead_decides(role: Role) -> None:
    for wish in (HOLD, LET_IN, CLOSE, ListConcerns()):
        given(TOLD).when(wish, by=CLEO, role=role).then_refused(NotYourRole)


def test_nobody_decides_on_what_is_about_themselves() -> None:
    given(TOLD).when(HOLD, by=BEN, role=LEAD).then_refused(NoSuchConcern)
    about = decide(ConcernDecision.CLOSE, about=CLEO, note="It is about me.")
    given(UNNAMED).when(about, by=CLEO, role=LEAD).then_refused(NoSuchConcern)
    nothing = DecideConcern(concern_id=OTHER, decision=ConcernDecision.HOLD_OUT)
    given(TOLD).when(nothing, by=CLEO, role=LEAD).then_refused(NoSuchConcern)


def by_cleo(stage: Given, wish: DecideConcern) -> Any:
    return stage.when(wish, by=CLEO, role=LEAD)


def test_a_lead_holds_somebody_out_lets_them_in_and_closes_it_with_a_word() -> None:
    held = by_cleo(given(TOLD), HOLD).then(HELD)
    by_cleo(held, HOLD).then_already_so()
    by_cleo(held, CLOSE).then_refused(StillHeldOut)
    free = by_cleo(held, LET_IN).then_kinds(ConcernDecided)
    by_cleo(free, LET_IN).then_already_so()
    closed = by_cleo(free, CLOSE).then_kinds(ConcernDecided)
    by_cleo(closed, HOLD).then_kinds(ConcernDecided)
    with pytest.raises(ValidationError):
        decide(ConcernDecision.CLOSE)


def test_whom_it_is_about_is_said_once() -> None:
    by_cleo(given(UNNAMED), HOLD).then_refused(WhomIsItAbout)
    named = decide(ConcernDecision.HOLD_OUT, about=BEN)
    held = by_cleo(given(UNNAMED), named).then_kinds(ConcernDecided)
    other = decide(ConcernDecision.HOLD_OUT, about=AMINA)
    by_cleo(held, other).then_refused(AboutSomebodyElse)
    by_cleo(given(TOLD), other).then_refused(AboutSomebodyElse)
    by_cleo(held, named).then_already_so()


def test_all_but_the_id_of_the_case_is_sealed_and_who_acted_too() -> None:
    for kind in OF_CONCERNS.values():
        assert [*clear_fields(kind)] == ["concern_id"]
        assert kind.veiled
        assert "by" in kind.model_fields
        assert kind.__doc__
    assert [*objections(OF_CONCERNS.values(), {})] == []


def test_no_fact_of_it_can_stand_in_the_programmes_log() -> None:
    assert CATALOGUE.keys().isdisjoint(OF_CONCERNS)
