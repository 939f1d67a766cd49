"""Whether a run is what it says, and the best there is: seen from the run alone, in one pass."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.matching.canon import digest_of, inputs_of
from domain.matching.worth import Worths, scale_of, worths
from domain.pairings.suitability import reasons
from events.ids import CohortId, PersonId
from events.matching import Inputs, MatchedPair, Matching, Price, Unmatched, Weighed
from events.terms import Code

MORE_ON_YOUR_SIDE = "unpaired.more-on-your-side"
NO_ALLOWED_PARTNER = "unpaired.no-allowed-partner"
PARTNERS_TAKEN = "unpaired.partners-taken"


class Solution(NamedTuple):
    """The column of each row (None: left over), and everybody's price, by row and by column."""

    columns: Sequence[int | None]
    row_prices: Sequence[int]
    column_prices: Sequence[int]


def matching_of(given: Inputs, seed: str, solution: Solution) -> Matching:
    """The run that a solution of its inputs makes; whether that is right is told by `certified`.

    ValueError if the solution is of other sizes.
    """
    weighed, (per_pair, per_point) = given.weighed, scale_of(given.weighed)
    table = worths(weighed, scale_of(weighed), seed)
    pairs = tuple(_pairs(weighed, solution.columns))
    prices = zip(weighed.people, (*solution.row_prices, *solution.column_prices), strict=True)
    chosen = zip(table, solution.columns, strict=True)
    run = Matching(
        cohort_id=given.cohort_id,
        inputs_digest=digest_of(given),
        seed=seed,
        weights=given.weights,
        common_days=given.common_days,
        weighed=weighed,
        per_pair=per_pair,
        per_point=per_point,
        pairs=pairs,
        unmatched=(*left_over(weighed, pairs), *given.left_out),
        prices=tuple(Price(person_id=who, points=price) for who, price in prices),
        total=sum(row[column] or 0 for row, column in chosen if column is not None),
    )
    return run.model_copy(update={"digest": digest_of(run)})


def certified(run: Matching, cohort_id: CohortId) -> bool:
    """Whether the run is whole, and its own prices prove that its pairs are the best there are.

    Weak duality: any matching's worth is at most the sum of its people's prices, so at most the
    sum of all of them. If the chosen pairs reach that sum, nothing can reach more.
    """
    given = inputs_of(run)
    return (
        given is not None
        and run.cohort_id == cohort_id
        and _well_formed(run, given)
        and run.inputs_digest == digest_of(given)
        and run.digest == digest_of(run)
        and (run.per_pair, run.per_point) == scale_of(run.weighed)
        and _says_what_follows(run, given)
        and _proven(run)
    )


def _well_formed(run: Matching, given: Inputs) -> bool:
    """Everybody stands once, each row has all its cells, and each kind has all its codes."""
    weighed, width = given.weighed, len(given.weighed.healthcare_leader_ids)
    everybody = [*weighed.people, *(one.person_id for one in given.left_out)]
    points = [kind for kind in weighed.kinds if not isinstance(kind, str)]
    priced = [price.person_id for price in run.prices]
    return (
        len(set(everybody)) == len(everybody)
        and tuple(priced) == weighed.people
        and all(len(row.cells) == width for row in weighed.rows)
        and max((max(row.cells, default=0) for row in weighed.rows), default=0)
        < max(len(weighed.kinds), 1)
        and len(set(weighed.kinds)) == len(weighed.kinds)
        and len(set(weighed.codes)) == len(weighed.codes)
        and set(run.weights) == set(weighed.codes)
        and all(len(kind) == len(weighed.codes) for kind in points)
    )


def _says_what_follows(run: Matching, given: Inputs) -> bool:
    """The pairs are pairs of it, nobody has two partners, and all else that it says follows."""
    weighed = run.weighed
    places = {who: place for place, who in enumerate(weighed.healthcare_leader_ids)}
    partner = {pair.patient_leader_id: pair.healthcare_leader_id for pair in run.pairs}
    beside = (partner.get(row.patient_leader_id) for row in weighed.rows)
    columns = [places.get(one) if one else None for one in beside]
    taken = [column for column in columns if column is not None]
    return (
        len(set(taken)) == len(taken) == len(run.pairs)
        and all(_cell(weighed, row, column) for row, column in enumerate(columns))
        and run.pairs == tuple(_pairs(weighed, columns))
        and run.unmatched == (*left_over(weighed, run.pairs), *given.left_out)
    )


def _cell(weighed: Weighed, row: int, column: int | None) -> bool:
    """Whether the two may be a pair; whoever is left over breaks no rule."""
    return column is None or not isinstance(_kind(weighed, row, column), str)


def _kind(weighed: Weighed, row: int, column: int) -> tuple[int, ...] | Code:
    return weighed.kinds[weighed.rows[row].cells[column]]


def _proven(run: Matching) -> bool:
    """By its prices."""
    table = worths(run.weighed, scale_of(run.weighed), run.seed)
    prices = [price.points for price in run.prices]
    ours, theirs = prices[: len(table)], prices[len(table) :]
    return (
        min(prices, default=0) >= 0
        and _prices_cover(table, ours, theirs)
        and run.total == sum(prices) == sum(_chosen(run, table))
    )


def _prices_cover(table: Worths, ours: Sequence[int], theirs: Sequence[int]) -> bool:
    return all(
        worth is None or mine + price >= worth
        for row, mine in zip(table, ours, strict=True)
        for worth, price in zip(row, theirs, strict=True)
    )


def _chosen(run: Matching, table: Worths) -> Iterator[int]:
    rows = {row.patient_leader_id: place for place, row in enumerate(run.weighed.rows)}
    columns = {who: place for place, who in enumerate(run.weighed.healthcare_leader_ids)}
    for pair in run.pairs:
        yield table[rows[pair.patient_leader_id]][columns[pair.healthcare_leader_id]] or 0


def _pairs(weighed: Weighed, columns: Sequence[int | None]) -> Iterator[MatchedPair]:
    for place, column in enumerate(columns):
        if column is not None:
            kind = _kind(weighed, place, column)
            points = () if isinstance(kind, str) else kind
            yield MatchedPair(
                patient_leader_id=weighed.rows[place].patient_leader_id,
                healthcare_leader_id=weighed.healthcare_leader_ids[column],
                points=sum(points),
                reasons=reasons(weighed.codes, points) if points else (),
            )


def left_over(weighed: Weighed, pairs: Sequence[MatchedPair]) -> Iterator[Unmatched]:
    """Everybody weighed who is in no pair, in the order of the run, and why."""
    paired = {one for pair in pairs for one in (pair.patient_leader_id, pair.healthcare_leader_id)}
    more = len(weighed.rows) - len(weighed.healthcare_leader_ids)
    allowed = [not isinstance(kind, str) for kind in weighed.kinds]
    for row in weighed.rows:
        if row.patient_leader_id not in paired:
            yield _alone(row.patient_leader_id, any(allowed[it] for it in row.cells), more > 0)
    for column, who in enumerate(weighed.healthcare_leader_ids):
        if who not in paired:
            yield _alone(who, any(allowed[row.cells[column]] for row in weighed.rows), more < 0)


def _alone(who: PersonId, has_allowed_partners: bool, more_on_their_side: bool) -> Unmatched:
    if not has_allowed_partners:
        return Unmatched(person_id=who, reason=NO_ALLOWED_PARTNER)
    return Unmatched(
        person_id=who, reason=MORE_ON_YOUR_SIDE if more_on_their_side else PARTNERS_TAKEN
    )
