"""What has happened when a cohort's people were matched."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from events.event import Event
from events.ids import CohortId, MatchingRunId, PersonId
from events.people import PersonStated
from events.personal import Beside, Closed, Erased, ForRules, OfCohort, OfRun, OfTwo
from events.terms import Code, Side, Value

Points = Annotated[int, Field(ge=0)]


class Reason(Value):
    """What counts for or against a pair: a code and its points."""

    code: Code
    points: int


class MatchedPair(Value):
    """A pair that a run proposes, and why."""

    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    points: int
    reasons: tuple[Reason, ...]


class Unmatched(Value):
    """Somebody for whom a run found no partner, and why."""

    person_id: PersonId
    reason: Code


class Price(Value):
    """A person's share in the proof that no other matching has more points (a dual variable)."""

    person_id: PersonId
    points: int


class Lock(Value):
    """Two who were to lead together whatever else speaks for it, and why.

    `lost` is why a run did not take that as given, if it could not: the rule that keeps the two
    apart, or that one of them is not free, or is in another lock.
    """

    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Code
    lost: Code | None = None

    @property
    def both(self) -> tuple[PersonId, PersonId]:
        """The two, the patient leader first."""
        return self.patient_leader_id, self.healthcare_leader_id


Kind = tuple[Points, ...] | Code
"""What a cell may hold: the points of each code of a run, or the rule that forbids the pair."""


class WeighedRow(Value):
    """What counts between one patient leader and each healthcare leader of a run, in its order.

    `cells[i]` says what counts with the i-th healthcare leader: the place of that among the kinds.
    """

    patient_leader_id: PersonId
    cells: tuple[Annotated[int, Field(ge=0)], ...]


class Weighed(Value):
    """Everything that a run weighed, so that it can be explained and checked without the log.

    Many cells are alike, so each of their kinds stands once.
    """

    codes: tuple[Code, ...]
    healthcare_leader_ids: tuple[PersonId, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[WeighedRow, ...]

    @property
    def people(self) -> tuple[PersonId, ...]:
        """All of both sides, the patient leaders first."""
        return (*(row.patient_leader_id for row in self.rows), *self.healthcare_leader_ids)


class Inputs(Value):
    """All that a run depends on: `left_out` are those who are not asked now, and why. Two who have
    said when they can meet share `common_days` at least. `locks` are taken as given.
    """

    cohort_id: CohortId
    weights: dict[Code, int]
    common_days: int
    weighed: Weighed
    left_out: tuple[Unmatched, ...] = ()
    locks: tuple[Lock, ...] = ()

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody whom a run over them weighs, leaves out, or names in a lock."""
        left_out = (one.person_id for one in self.left_out)
        locked = (who for lock in self.locks for who in lock.both)
        return tuple(dict.fromkeys((*self.weighed.people, *left_out, *locked)))


class Matching(Value):
    """What a run weighed, what it found, and the proof that nothing is better (docs/matching.md).

    `inputs_digest` is SHA-256 of the canonical inputs, `digest` of all the rest of this. A pair is
    worth `per_point` for each of its points and of `per_pair`, which outweighs all points, so that
    the most pairs come first; and less than `per_point` by the `seed`, which decides between what
    is as good. `total` is the worth of the chosen pairs. `prices` certify that no matching can
    reach more: none is negative, for every allowed pair they add up to its worth or more, and all
    of them together to `total` (linear-programming duality).

    Runs that were made before there was a seed have none, nor a digest: they prove nothing.
    """

    cohort_id: CohortId | None = None
    inputs_digest: str
    seed: str = ""
    weights: dict[Code, int]
    common_days: int = 0
    weighed: Weighed
    locks: tuple[Lock, ...] = ()
    per_pair: int
    per_point: int = 1
    pairs: tuple[MatchedPair, ...]
    unmatched: tuple[Unmatched, ...]
    prices: tuple[Price, ...]
    total: int
    digest: str = ""

    @model_validator(mode="before")
    @classmethod
    def as_it_was_first(cls, data: Any) -> Any:
        """The first runs had what counts in each cell, and the rules that forbid beside it."""
        return _by_kinds(data) if isinstance(data, dict) and "forbidden" in data else data

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody whom the run weighed, left out, or names in a lock."""
        unmatched = (one.person_id for one in self.unmatched)
        locked = (who for lock in self.locks for who in lock.both)
        return tuple(dict.fromkeys((*self.weighed.people, *unmatched, *locked)))


def _by_kinds(data: dict[str, Any]) -> dict[str, Any]:
    """A run as it was recorded first, in today's form."""
    weighed, others = data["weighed"], data["weighed"]["healthcare_leader_ids"]
    rules = {
        (one["patient_leader_id"], one["healthcare_leader_id"]): one["reason"]
        for one in data["forbidden"]
    }
    kinds: dict[tuple[int, ...] | str, int] = {}
    rows = []
    for row in weighed["rows"]:
        who = row["patient_leader_id"]
        beside = zip(others, row["points"], strict=True)
        found = [tuple(points) or rules[who, other] for other, points in beside]
        cells = tuple([kinds.setdefault(one, len(kinds)) for one in found])
        rows.append({"patient_leader_id": who, "cells": cells})
    rest = {name: value for name, value in data.items() if name != "forbidden"}
    return {**rest, "weighed": {**weighed, "kinds": tuple(kinds), "rows": tuple(rows)}}


class MatchingRunAsked(Event):
    """A matching over a cohort's free people was asked for: what it will weigh stands from now on,
    and is kept beside. Nobody is told.

    `digest` is that of what it will weigh, by which the same is known again. A cohort's further
    runs name the one before, and why there is another.
    """

    name: ClassVar = "matching.run-asked"
    run_id: MatchingRunId
    cohort_id: CohortId
    inputs: Annotated[Inputs | Beside | Erased, OfRun(of="run_id", field="inputs")]
    digest: Annotated[Closed[str], OfCohort(of="cohort_id", even=96)]
    former_run_id: MatchingRunId | None = None
    reason: Annotated[Closed[Code] | None, OfCohort(of="cohort_id")] = None


class MatchingRunGivenUp(Event):
    """A matching that was asked for could not be computed, for a reason. Nothing came of it."""

    name: ClassVar = "matching.run-given-up"
    run_id: MatchingRunId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class MatchingRunMade(Event):
    """A cohort's people were matched on paper; nobody is told. What was found is kept beside.

    `digest` is that of what it weighed, by which the same is known again.
    """

    name: ClassVar = "matching.run-made"
    run_id: MatchingRunId
    cohort_id: CohortId
    found: Annotated[Matching | Beside | Erased, OfRun(of="run_id")]
    digest: Annotated[Closed[str] | None, OfCohort(of="cohort_id", even=96)] = None


class MatchingRunApproved(Event):
    """One side's co-chair signs a run."""

    name: ClassVar = "matching.run-approved"
    run_id: MatchingRunId
    cohort_id: CohortId
    side: Side
    signed_by: PersonId | None = None


class MatchingRunPublished(Event):
    """A run was made known: its pairs are proposed. It never changes any more."""

    name: ClassVar = "matching.run-published"
    run_id: MatchingRunId
    cohort_id: CohortId


class MatchingRunDiscarded(Event):
    """A run will not be used, for a reason."""

    name: ClassVar = "matching.run-discarded"
    run_id: MatchingRunId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]


class PairForbidden(Event):
    """A coordinator keeps two people of a cohort apart, for a reason."""

    name: ClassVar = "matching.pair-forbidden"
    cover: ClassVar = PersonStated
    own_names: ClassVar = {"person_id": "patient_leader_id"}
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PairAllowed(Event):
    """A coordinator does not keep two people of a cohort apart any more, for a reason."""

    name: ClassVar = "matching.pair-allowed"
    cover: ClassVar = PersonStated
    own_names: ClassVar = {"person_id": "patient_leader_id"}
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PairLocked(Event):
    """A coordinator has two people of a cohort lead together, if nothing keeps them apart: the next
    run takes that as given, for a reason.
    """

    name: ClassVar = "matching.pair-locked"
    cover: ClassVar = PersonStated
    own_names: ClassVar = {"person_id": "patient_leader_id"}
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class PairUnlocked(Event):
    """A coordinator lets a run choose again for two people who were locked, for a reason."""

    name: ClassVar = "matching.pair-unlocked"
    cover: ClassVar = PersonStated
    own_names: ClassVar = {"person_id": "patient_leader_id"}
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Annotated[Closed[Code], OfTwo(of="patient_leader_id+healthcare_leader_id")]


class LeftUnpaired(Event):
    """A published run has no partner for somebody, for a reason they are told."""

    name: ClassVar = "matching.left-unpaired"
    run_id: MatchingRunId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
