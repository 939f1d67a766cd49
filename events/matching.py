"""What has happened when a cohort's people were matched."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import CohortId, MatchingRunId, PersonId
from events.people import PersonStated
from events.personal import Beside, Closed, Erased, ForRules, OfCohort, OfRun, OfTwo
from events.terms import Code, Side, Value


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


class ForbiddenPair(Value):
    """Two people whom a rule keeps apart."""

    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    reason: Code


class Unmatched(Value):
    """Somebody for whom a run found no partner, and why."""

    person_id: PersonId
    reason: Code


class Price(Value):
    """A person's share in the proof that no other matching has more points (a dual variable)."""

    person_id: PersonId
    points: int


class WeighedRow(Value):
    """What counts between one patient leader and each healthcare leader of a run, in its order.

    `points[i]` holds the points of each code with the i-th healthcare leader; it is empty where
    a rule forbids the pair.
    """

    patient_leader_id: PersonId
    points: tuple[tuple[int, ...], ...]


class Weighed(Value):
    """Everything that a run weighed, so that it can be explained and checked without the log."""

    codes: tuple[Code, ...]
    healthcare_leader_ids: tuple[PersonId, ...]
    rows: tuple[WeighedRow, ...]


class Matching(Value):
    """What a run weighed, what it found, and the proof that nothing is better.

    `inputs_digest` is SHA-256 of the canonical inputs (ids and codes only). A pair's worth is its
    points and `per_pair`, which outweighs all points, so that the most pairs come first; `total`
    is the worth of the chosen pairs. `prices` certify that no matching can reach more: none is
    negative, for every allowed pair they add up to its worth or more, and all of them together
    to `total` (linear-programming duality).
    """

    inputs_digest: str
    weights: dict[Code, int]
    weighed: Weighed
    per_pair: int
    pairs: tuple[MatchedPair, ...]
    forbidden: tuple[ForbiddenPair, ...]
    unmatched: tuple[Unmatched, ...]
    prices: tuple[Price, ...]
    total: int

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody whom the run weighed, or left out."""
        patient_leaders = (row.patient_leader_id for row in self.weighed.rows)
        weighed = (*patient_leaders, *self.weighed.healthcare_leader_ids)
        return tuple(dict.fromkeys((*weighed, *(one.person_id for one in self.unmatched))))


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


class LeftUnpaired(Event):
    """A published run has no partner for somebody, for a reason they are told."""

    name: ClassVar = "matching.left-unpaired"
    run_id: MatchingRunId
    cohort_id: CohortId
    person_id: PersonId
    side: Side
    reason: Annotated[Closed[Code], ForRules(of="person_id")]
