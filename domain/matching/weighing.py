"""What a matching run weighs: every possible pair, as points or as the rule that forbids it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from domain.decision import Know
from domain.pairings.availability import Availability
from domain.pairings.compatibility import Circle, Leader, Possible, forbidden
from domain.pairings.engagement import Pool
from domain.pairings.suitability import SCORES, points
from events.ids import CohortId, PersonId
from events.matching import ForbiddenPair, Unmatched, Weighed, WeighedRow
from events.terms import Code, Side

Known = tuple[Circle, Availability]
"""What must be known of one person, over all cohorts."""
LEADS_ELSEWHERE = "unpaired.leads-elsewhere"
TEAM_LOOKS_FIRST = "unpaired.team-looks-first"


@dataclass(frozen=True)
class Inputs:
    """All that a run depends on. Its digest changes if, and only if, something of it does.

    `left_out` are those of the cohort who are not asked now, and why.
    """

    cohort_id: CohortId
    weights: Mapping[Code, int]
    weighed: Weighed
    forbidden: tuple[ForbiddenPair, ...]
    left_out: tuple[Unmatched, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over canonical JSON of ids, codes and points, in hexadecimal."""
        content = {
            "cohort": self.cohort_id,
            "weights": dict(self.weights),
            "weighed": self.weighed.model_dump(mode="json"),
            "forbidden": [pair.model_dump(mode="json") for pair in self.forbidden],
            "left_out": [one.model_dump(mode="json") for one in self.left_out],
        }
        return sha256(dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def known_of(know: Know, pool: Pool) -> tuple[Known, ...]:
    """What must be known of everybody of a cohort who is free in it, in that order."""
    return tuple((know(Circle(one)), know(Availability(one))) for one in pool.free)


def leaders(pool: Pool, known: Sequence[Known], side: Side) -> tuple[Leader, ...]:
    """Those of a side who are free, in all cohorts, by id; `known` is of everybody free in this
    one, in that order.
    """
    here = zip(pool.free, known, strict=True)
    free = ((one, circle) for one, (circle, availability) in here if availability.free)
    found = (Leader(one, pool.people[one], circle) for one, circle in free)
    return tuple(leader for leader in found if leader.engagement.side is side)


def _left_out(pool: Pool, known: Sequence[Known]) -> Iterator[Unmatched]:
    """Who has a partner in another cohort, and who is held out."""
    for person_id, (_, availability) in zip(pool.free, known, strict=True):
        if not availability.free:
            reason = LEADS_ELSEWHERE if availability.live else TEAM_LOOKS_FIRST
            yield Unmatched(person_id=person_id, reason=reason)


def inputs(
    cohort_id: CohortId, pool: Pool, known: Sequence[Known], weights: Mapping[Code, int]
) -> Inputs:
    """Weighs everybody free on one side with everybody free on the other."""
    patient_leaders = leaders(pool, known, Side.PATIENT_LEADER)
    healthcare_leaders = leaders(pool, known, Side.HEALTHCARE_LEADER)
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
    left_out = tuple(_left_out(pool, known))
    return Inputs(cohort_id, weights, weighed, tuple(kept_apart.values()), left_out)


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
