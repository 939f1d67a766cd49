"""Whether a run is what it says, and the best there is: seen from the run alone, in one pass."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.matching.canon import digest_of, inputs_of
from domain.matching.locks import LOCKED, well_locked
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


class NoProof(Exception):
    """A solution that is none of its inputs, or that does not prove that nothing is better."""


def matching_of(given: Inputs, seed: str, solution: Solution) -> Matching:
    """The run that a solution of its inputs makes. NoProof, unless its prices prove that its pairs
    are the best there are.

    Weak duality: any matching's worth is at most the sum of its people's prices, so at most the
    sum of all of them. If the chosen pairs reach that sum, nothing can reach more.
    """
    weighed = given.weighed
    if not (_well_formed(given) and _are_pairs(weighed, solution)):
        raise NoProof
    scale = scale_of(weighed)
    table = worths(weighed, scale, seed)
    pairs = tuple(_pairs(weighed, solution.columns))
    prices = *solution.row_prices, *solution.column_prices
    chosen = zip(table, solution.columns, strict=True)
    total = sum(row[column] or 0 for row, column in chosen if column is not None)
    if total != sum(prices) or not _prices_cover(table, solution):
        raise NoProof
    run = Matching(
        cohort_id=given.cohort_id,
        inputs_digest=digest_of(given),
        seed=seed,
        weights=given.weights,
        common_days=given.common_days,
        weighed=weighed,
        locks=given.locks,
        per_pair=scale.per_pair,
        per_point=scale.per_point,
        pairs=pairs,
        unmatched=(*left_over(weighed, pairs), *given.left_out),
        prices=tuple(
            Price(person_id=who, points=price)
            for who, price in zip(weighed.people, prices, strict=True)
        ),
        total=total,
    )
    return run.model_copy(update={"digest": digest_of(run)})


def certified(run: Matching, cohort_id: CohortId) -> bool:
    """Whether the run is just what its own inputs, pairs and prices make, and those prove it."""
    given = inputs_of(run)
    if given is None or run.cohort_id != cohort_id:
        return False
    try:
        return run == matching_of(given, run.seed, _solution_of(run))
    except NoProof:
        return False


def _solution_of(run: Matching) -> Solution:
    """The columns that its pairs name, as far as there are such, and its prices as they stand."""
    places = {who: place for place, who in enumerate(run.weighed.healthcare_leader_ids)}
    partner = {pair.patient_leader_id: places.get(pair.healthcare_leader_id) for pair in run.pairs}
    prices, height = [price.points for price in run.prices], len(run.weighed.rows)
    columns = [partner.get(row.patient_leader_id) for row in run.weighed.rows]
    return Solution(columns, prices[:height], prices[height:])


def _well_formed(given: Inputs) -> bool:
    """Everybody stands once, each row has all its cells, and each kind has all its codes."""
    weighed, width = given.weighed, len(given.weighed.healthcare_leader_ids)
    everybody = [*weighed.people, *(one.person_id for one in given.left_out)]
    points = [kind for kind in weighed.kinds if not isinstance(kind, str)]
    return (
        len(set(everybody)) == len(everybody)
        and all(len(row.cells) == width for row in weighed.rows)
        and max((max(row.cells, default=0) for row in weighed.rows), default=0)
        < max(len(weighed.kinds), 1)
        and len(set(weighed.kinds)) == len(weighed.kinds)
        and len(set(weighed.codes)) == len(weighed.codes)
        and set(given.weights) == set(weighed.codes)
        and all(len(kind) == len(weighed.codes) for kind in points)
        and well_locked(given)
    )


def _are_pairs(weighed: Weighed, solution: Solution) -> bool:
    """Everybody has a price, which is not negative, nobody has two partners, and no rule forbids
    those whom they have.
    """
    columns, height, width = solution.columns, len(weighed.rows), len(weighed.healthcare_leader_ids)
    taken = [(row, column) for row, column in enumerate(columns) if column is not None]
    return (
        len(columns) == len(solution.row_prices) == height
        and len(solution.column_prices) == width
        and min((*solution.row_prices, *solution.column_prices), default=0) >= 0
        and len({column for _, column in taken}) == len(taken)
        and all(column < width for _, column in taken)
        and not any(isinstance(_kind(weighed, row, column), str) for row, column in taken)
    )


def _kind(weighed: Weighed, row: int, column: int) -> tuple[int, ...] | Code:
    return weighed.kinds[weighed.rows[row].cells[column]]


def _prices_cover(table: Worths, solution: Solution) -> bool:
    return all(
        worth is None or mine + price >= worth
        for row, mine in zip(table, solution.row_prices, strict=True)
        for worth, price in zip(row, solution.column_prices, strict=True)
    )


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
    """Everybody weighed who is in no pair, in the order of the run, and why. Who is locked with
    somebody else counts as taken.
    """
    paired = {one for pair in pairs for one in (pair.patient_leader_id, pair.healthcare_leader_id)}
    more = len(weighed.rows) - len(weighed.healthcare_leader_ids)
    allowed = [not isinstance(kind, str) or kind == LOCKED for kind in weighed.kinds]
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
