"""Scenes with matching runs: made, signed, and what they found."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.matching.asking import AnotherRunReason, AskForRun
from domain.matching.certificate import Solution, certified
from domain.matching.runs import ApproveRun
from events.event import Event
from events.ids import PersonId
from events.matching import (
    Inputs,
    Matching,
    MatchingRunApproved,
    MatchingRunAsked,
    MatchingRunMade,
    PairLocked,
)
from events.people import RelationshipDeclared
from events.terms import Relationship, Role, System
from services.matching.computing import record_of
from services.matching.solving import Table, solved
from tests.scenes.cast import ADA, AUTUMN, BEN, CARYS, CLEO, HEALTHCARE, PATIENT, registered
from tests.scenes.given import Given, given
from tests.scenes.team import granted


def vetoes(one: PersonId, other: PersonId) -> RelationshipDeclared:
    return RelationshipDeclared(person_id=one, other_id=other, kind=Relationship.VETO)


def locked(one: PersonId = ADA, other: PersonId = BEN, reason: str = "asked-by-both") -> PairLocked:
    two = {"patient_leader_id": one, "healthcare_leader_id": other}
    return PairLocked.model_validate({"cohort_id": AUTUMN, **two, "reason": reason})


def the_run(after: Given) -> MatchingRunMade:
    return next(fact for fact in reversed(after.facts) if isinstance(fact, MatchingRunMade))


def found_by(run: MatchingRunMade) -> Matching:
    assert isinstance(run.found, Matching)
    return run.found


SEED = "5eed" * 16
COMMANDS: Final = f"system:{System.COMMANDS}"


def solve(table: Table) -> Solution:
    """As the process beside the worker does."""
    return Solution(*solved(table))


def ask_for(*, again: bool = False, **said: int) -> AskForRun:
    """A wish for a run over the autumn cohort; `again` if there was one."""
    reason = AnotherRunReason.OTHER if again else None
    weights = {code.replace("_", "."): weight for code, weight in said.items()}
    return AskForRun.model_validate({"cohort_id": AUTUMN, "weights": weights, "reason": reason})


def the_asked(after: Given) -> MatchingRunAsked:
    return next(fact for fact in reversed(after.facts) if isinstance(fact, MatchingRunAsked))


def inputs_of(asked: MatchingRunAsked) -> Inputs:
    assert isinstance(asked.inputs, Inputs)
    return asked.inputs


def computed(asked: Given, seed: str = SEED) -> Given:
    """What was asked for last, computed and handed in."""
    fact = the_asked(asked)
    record = record_of(fact.run_id, inputs_of(fact), lambda _: seed, solve)
    named = f"computed {fact.run_id}"
    made = asked.when(record, role=Role.SYSTEM, by=COMMANDS, named=named)
    return made.then_kinds(MatchingRunMade)


def made_from(before: Given, wish: AskForRun | None = None, named: str = "asked") -> Given:
    """A run that is asked for, and computed."""
    return computed(before.when(wish or ask_for(), named=named).then_kinds(MatchingRunAsked))


def run_over(*facts: Event | Iterable[Event], **weights: int) -> Matching:
    return found_by(the_run(made_from(given(*facts), ask_for(again=False, **weights))))


def certified_by_us(run: Matching) -> bool:
    return certified(run, AUTUMN)


def chosen(run: Matching) -> set[tuple[PersonId, PersonId]]:
    return {(pair.patient_leader_id, pair.healthcare_leader_id) for pair in run.pairs}


def forbidden(run: Matching) -> dict[tuple[PersonId, PersonId], str]:
    """The pairs that a rule forbids, each with that rule."""
    return {
        (row.patient_leader_id, other): kind
        for row in run.weighed.rows
        for other, cell in zip(run.weighed.healthcare_leader_ids, row.cells, strict=True)
        if isinstance(kind := run.weighed.kinds[cell], str)
    }


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
    made = made_from(given(*facts, co_chairs_of_runs()))
    for side, chair in CHAIRS.items():
        wish = ApproveRun(run_id=the_run(made).run_id, side=side)
        made = made.when(wish, role=Role.CO_CHAIR, by=chair).then_kinds(MatchingRunApproved)
    return made
