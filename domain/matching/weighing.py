"""What a matching run weighs: every possible pair, as points or as the rule that forbids it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from domain.pairings.compatibility import Circle, Leader, Possible, forbidden
from domain.pairings.engagement import Pool
from domain.pairings.suitability import SCORES, points
from events.ids import CohortId, PersonId
from events.matching import ForbiddenPair, Weighed, WeighedRow
from events.terms import Code, Side


@dataclass(frozen=True)
class Inputs:
    """All that a run depends on. Its digest changes if, and only if, something of it does."""

    cohort_id: CohortId
    weights: Mapping[Code, int]
    weighed: Weighed
    forbidden: tuple[ForbiddenPair, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over canonical JSON of ids, codes and points, in hexadecimal."""
        content = {
            "cohort": self.cohort_id,
            "weights": dict(self.weights),
            "weighed": self.weighed.model_dump(mode="json"),
            "forbidden": [pair.model_dump(mode="json") for pair in self.forbidden],
        }
        return sha256(dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def leaders(pool: Pool, circles: Sequence[Circle], side: Side) -> tuple[Leader, ...]:
    """Those of a side who are free, by id; `circles` are those of everybody free, in that order."""
    free = zip(pool.free, circles, strict=True)
    found = (Leader(one, pool.people[one], circle) for one, circle in free)
    return tuple(leader for leader in found if leader.engagement.side is side)


def inputs(
    cohort_id: CohortId, pool: Pool, circles: Sequence[Circle], weights: Mapping[Code, int]
) -> Inputs:
    """Weighs everybody free on one side with everybody free on the other."""
    patient_leaders = leaders(pool, circles, Side.PATIENT_LEADER)
    healthcare_leaders = leaders(pool, circles, Side.HEALTHCARE_LEADER)
    kept_apart = _kept_apart(patient_leaders, healthcare_leaders)
    rows = [
        WeighedRow(
            patient_leader_id=one.person_id,
            points=tuple(
                ()
                if (one.person_id, other.person_id) in kept_apart
                else points(Possible(one, other), weights)
                for other in healthcare_leaders
            ),
        )
        for one in patient_leaders
    ]
    weighed = Weighed(
        codes=tuple(code for code, _ in SCORES),
        healthcare_leader_ids=tuple(other.person_id for other in healthcare_leaders),
        rows=tuple(rows),
    )
    return Inputs(cohort_id, weights, weighed, tuple(kept_apart.values()))


def _kept_apart(
    patient_leaders: Sequence[Leader], healthcare_leaders: Sequence[Leader]
) -> dict[tuple[PersonId, PersonId], ForbiddenPair]:
    return {
        (one.person_id, other.person_id): ForbiddenPair(
            patient_leader_id=one.person_id, healthcare_leader_id=other.person_id, reason=reason
        )
        for one in patient_leaders
        for other in healthcare_leaders
        if (reason := forbidden(Possible(one, other)))
    }
