"""Scenes with matching runs: made, signed, and what they found."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.matching.making import MakeRun
from domain.matching.runs import ApproveRun
from events.event import Event
from events.ids import PersonId
from events.matching import Matching, MatchingRunApproved, MatchingRunMade
from events.people import RelationshipDeclared
from events.terms import Relationship, Role
from tests.scenes.cast import AUTUMN, CARYS, CLEO, HEALTHCARE, PATIENT, registered
from tests.scenes.given import Given, given
from tests.scenes.team import granted


def vetoes(one: PersonId, other: PersonId) -> RelationshipDeclared:
    return RelationshipDeclared(person_id=one, other_id=other, kind=Relationship.VETO)


def the_run(after: Given) -> MatchingRunMade:
    return next(fact for fact in reversed(after.facts) if isinstance(fact, MatchingRunMade))


def found_by(run: MatchingRunMade) -> Matching:
    assert isinstance(run.found, Matching)
    return run.found


def run_over(*facts: Event | Iterable[Event], **weights: int) -> Matching:
    said = {code.replace("_", "."): weight for code, weight in weights.items()}
    wish = MakeRun.model_validate({"cohort_id": AUTUMN, "weights": said})
    return found_by(the_run(given(*facts).when(wish).then_kinds(MatchingRunMade)))


def chosen(run: Matching) -> set[tuple[PersonId, PersonId]]:
    return {(pair.patient_leader_id, pair.healthcare_leader_id) for pair in run.pairs}


def why_left(run: Matching) -> dict[PersonId, str]:
    return {one.person_id: one.reason for one in run.unmatched}


CHAIRS: Final = {PATIENT: CLEO, HEALTHCARE: CARYS}


def co_chairs_of_runs() -> Iterator[Event]:
    """Cleo and Carys are known, and co-chairs of their sides."""
    for side, who in CHAIRS.items():
        yield registered(who)
        yield granted(who, Role.CO_CHAIR, side=side)


def signed_run(*facts: Event | Iterable[Event]) -> Given:
    """A run that both sides' co-chairs have signed."""
    made = (
        given(*facts, co_chairs_of_runs())
        .when(MakeRun(cohort_id=AUTUMN))
        .then_kinds(MatchingRunMade)
    )
    for side, chair in CHAIRS.items():
        wish = ApproveRun(run_id=the_run(made).run_id, side=side)
        made = made.when(wish, role=Role.CO_CHAIR, by=chair).then_kinds(MatchingRunApproved)
    return made
