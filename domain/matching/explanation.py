"""Why this partner, why not that one: answered from a stored run, with nothing else at hand."""

from dataclasses import dataclass
from enum import StrEnum

from domain.matching.assignment import assigned
from domain.matching.optimum import worth
from domain.pairings.suitability import reasons
from events.ids import PersonId
from events.matching import Matching, Reason
from events.terms import Code


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
    means that it was as good, and ids decided. `partners` are those whom the run chose for the
    two.
    """

    answer: Verdict
    rule: Code | None = None
    reasons: tuple[Reason, ...] = ()
    fewer_pairs: int = 0
    fewer_points: int = 0
    partners: tuple[PersonId | None, PersonId | None] = (None, None)


def why(run: Matching, one: PersonId, other: PersonId) -> Explanation:
    """Why the two were paired, or were not."""
    partner = {pair.patient_leader_id: pair.healthcare_leader_id for pair in run.pairs}
    partner |= {with_: who for who, with_ in partner.items()}
    partners = (partner.get(one), partner.get(other))
    for rule in run.forbidden:
        if {rule.patient_leader_id, rule.healthcare_leader_id} == {one, other}:
            return Explanation(Verdict.FORBIDDEN, rule=rule.reason, partners=partners)
    place = _place(run, one, other)
    if place is None:
        return Explanation(Verdict.NOT_WEIGHED, partners=partners)
    row, column = place
    spoke = reasons(run.weighed.codes, run.weighed.rows[row].points[column])
    if partner.get(one) == other:
        return Explanation(Verdict.TOGETHER, reasons=spoke, partners=partners)
    pairs, points = _fewer(run, row, column)
    answer = Verdict.BETTER_OTHERWISE if pairs or points else Verdict.AS_GOOD
    return Explanation(answer, None, spoke, pairs, points, partners)


def _place(run: Matching, one: PersonId, other: PersonId) -> tuple[int, int] | None:
    """The row and column of the two, whichever was named first."""
    rows = {row.patient_leader_id: index for index, row in enumerate(run.weighed.rows)}
    columns = {who: index for index, who in enumerate(run.weighed.healthcare_leader_ids)}
    for first, second in ((one, other), (other, one)):
        if first in rows and second in columns:
            return rows[first], columns[second]
    return None


def _fewer(run: Matching, row: int, column: int) -> tuple[int, int]:
    """How many pairs and points are lost if this cell is chosen and the rest is matched anew."""
    table = worth(run.weighed, run.per_pair)
    others = [
        [value for place, value in enumerate(values) if place != column]
        for index, values in enumerate(table)
        if index != row
    ]
    chosen = [table[row][column] or 0] + [
        values[place] or 0
        for values, place in zip(others, assigned(others).columns, strict=True)
        if place is not None
    ]
    points = sum(chosen) - run.per_pair * len(chosen)
    return len(run.pairs) - len(chosen), sum(pair.points for pair in run.pairs) - points
