"""Why this partner, why not that one: answered from a stored run, with nothing else at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.matching.certificate import Solution
from domain.matching.worth import Scale, Worths, worths
from domain.pairings.suitability import reasons
from events.ids import PersonId
from events.matching import Matching, Reason
from events.terms import Code

Solve = Callable[[Worths], Solution]


class Verdict(StrEnum):
    """How a run saw two people."""

    TOGETHER = "together"
    FORBIDDEN = "forbidden"
    AS_GOOD = "as-good"
    BETTER_OTHERWISE = "better-otherwise"
    NOT_WEIGHED = "not-weighed"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a run has to say about two people, in the order in which they were named.

    `rule` is the rule that keeps them apart, `reasons` is what speaks for them. With these two as
    a pair, and all others paired as well as can be, there would be `fewer_pairs`, and
    `fewer_points` in all (negative if more, which fewer pairs can have). None fewer of either
    means that it was as good, and the seed decided. `partners` are those whom the run chose for the
    two.
    """

    answer: Verdict
    rule: Code | None = None
    reasons: tuple[Reason, ...] = ()
    fewer_pairs: int = 0
    fewer_points: int = 0
    partners: tuple[PersonId | None, PersonId | None] = (None, None)


def why(run: Matching, one: PersonId, other: PersonId, solve: Solve) -> Explanation:
    """Why the two were paired, or were not; `solve` finds the best of what is left."""
    partner = {pair.patient_leader_id: pair.healthcare_leader_id for pair in run.pairs}
    partner |= {with_: who for who, with_ in partner.items()}
    partners = (partner.get(one), partner.get(other))
    place = _place(run, one, other)
    if place is None:
        return Explanation(Verdict.NOT_WEIGHED, partners=partners)
    row, column = place
    kind = run.weighed.kinds[run.weighed.rows[row].cells[column]]
    if isinstance(kind, str):
        return Explanation(Verdict.FORBIDDEN, rule=kind, partners=partners)
    spoke = reasons(run.weighed.codes, kind)
    if partner.get(one) == other:
        return Explanation(Verdict.TOGETHER, reasons=spoke, partners=partners)
    pairs, points = _fewer(run, row, column, solve)
    answer = Verdict.BETTER_OTHERWISE if pairs or points else Verdict.AS_GOOD
    return Explanation(answer, None, spoke, pairs, points, partners)


class Candidate(NamedTuple):
    """Somebody with whom a person could lead, and what speaks for the two."""

    person_id: PersonId
    points: int
    reasons: tuple[Reason, ...]


def best_for(run: Matching, who: PersonId, many: int) -> list[Candidate]:
    """Up to so many with whom somebody could lead, the most points first; nobody of whom a rule
    keeps them apart.
    """
    weighed, found = run.weighed, []
    if who in weighed.healthcare_leader_ids:
        column = weighed.healthcare_leader_ids.index(who)
        beside = [(row.patient_leader_id, row.cells[column]) for row in weighed.rows]
    else:
        cells = next((row.cells for row in weighed.rows if row.patient_leader_id == who), ())
        beside = [*zip(weighed.healthcare_leader_ids, cells, strict=False)]
    for other, cell in beside:
        if not isinstance(kind := weighed.kinds[cell], str):
            found.append(Candidate(other, sum(kind), reasons(weighed.codes, kind)))
    return sorted(found, key=lambda one: (-one.points, one.person_id))[:many]


def _place(run: Matching, one: PersonId, other: PersonId) -> tuple[int, int] | None:
    """The row and column of the two, whichever was named first."""
    rows = {row.patient_leader_id: index for index, row in enumerate(run.weighed.rows)}
    columns = {who: index for index, who in enumerate(run.weighed.healthcare_leader_ids)}
    for first, second in ((one, other), (other, one)):
        if first in rows and second in columns:
            return rows[first], columns[second]
    return None


def _fewer(run: Matching, row: int, column: int, solve: Solve) -> tuple[int, int]:
    """How many pairs and points are lost if this cell is chosen and the rest is matched anew."""
    table = worths(run.weighed, Scale(run.per_pair, run.per_point), run.seed)
    others = [place for place in range(len(table)) if place != row]
    rest = tuple(
        [None if place == column else worth for place, worth in enumerate(table[one])]
        for one in others
    )
    beside = zip(others, solve(rest).columns, strict=True)
    cells = [(row, column), *((one, it) for one, it in beside if it is not None)]
    points = sum(_points(run, *cell) for cell in cells)
    return len(run.pairs) - len(cells), sum(pair.points for pair in run.pairs) - points


def _points(run: Matching, row: int, column: int) -> int:
    kind = run.weighed.kinds[run.weighed.rows[row].cells[column]]
    return 0 if isinstance(kind, str) else sum(kind)
