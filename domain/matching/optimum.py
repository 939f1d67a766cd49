"""What a matching run finds, and the proof of it that anyone can check from the fact alone."""

from collections.abc import Iterator
from itertools import chain

from domain.matching.assignment import Assignment, assigned
from domain.matching.weighing import Inputs
from domain.pairings.suitability import reasons
from events.ids import PersonId
from events.matching import MatchedPair, Matching, Price, Unmatched, Weighed
from events.terms import Code

MORE_ON_YOUR_SIDE = "unpaired.more-on-your-side"
NO_ALLOWED_PARTNER = "unpaired.no-allowed-partner"
PARTNERS_TAKEN = "unpaired.partners-taken"


def best(given: Inputs) -> Matching:
    """First the most pairs, then the most points."""
    weighed = given.weighed
    per_pair = _outweighing(weighed)
    found = assigned(worth(weighed, per_pair))
    pairs = tuple(_pairs(weighed, found))
    return Matching(
        inputs_digest=given.digest,
        weights=dict(given.weights),
        weighed=weighed,
        per_pair=per_pair,
        pairs=pairs,
        forbidden=given.forbidden,
        unmatched=(*_left_over(weighed, pairs), *given.left_out),
        prices=tuple(_prices(weighed, found)),
        total=sum(pair.points + per_pair for pair in pairs),
    )


def _outweighing(weighed: Weighed) -> int:
    """More than all the points that any matching can have."""
    most = max((sum(cell) for row in weighed.rows for cell in row.points), default=0)
    return 1 + most * min(len(weighed.rows), len(weighed.healthcare_leader_ids))


def worth(weighed: Weighed, per_pair: int) -> list[list[int | None]]:
    """What each pair would add to the total, by row and column; None where a rule forbids it."""
    return [[per_pair + sum(cell) if cell else None for cell in row.points] for row in weighed.rows]


def _pairs(weighed: Weighed, found: Assignment) -> Iterator[MatchedPair]:
    for row, column in zip(weighed.rows, found.columns, strict=True):
        if column is not None:
            yield MatchedPair(
                patient_leader_id=row.patient_leader_id,
                healthcare_leader_id=weighed.healthcare_leader_ids[column],
                points=sum(row.points[column]),
                reasons=reasons(weighed.codes, row.points[column]),
            )


def _prices(weighed: Weighed, found: Assignment) -> Iterator[Price]:
    patient_leaders = (row.patient_leader_id for row in weighed.rows)
    for person_id, price in chain(
        zip(patient_leaders, found.row_prices, strict=True),
        zip(weighed.healthcare_leader_ids, found.column_prices, strict=True),
    ):
        yield Price(person_id=person_id, points=price)


def _left_over(weighed: Weighed, pairs: tuple[MatchedPair, ...]) -> Iterator[Unmatched]:
    paired = {one for pair in pairs for one in (pair.patient_leader_id, pair.healthcare_leader_id)}
    more = len(weighed.rows) - len(weighed.healthcare_leader_ids)
    for row in weighed.rows:
        if row.patient_leader_id not in paired:
            reason = _why_left_over(any(row.points), more > 0)
            yield Unmatched(person_id=row.patient_leader_id, reason=reason)
    for column, person_id in enumerate(weighed.healthcare_leader_ids):
        if person_id not in paired:
            allowed = any(row.points[column] for row in weighed.rows)
            yield Unmatched(person_id=person_id, reason=_why_left_over(allowed, more < 0))


def _why_left_over(has_allowed_partners: bool, more_on_their_side: bool) -> Code:
    if not has_allowed_partners:
        return NO_ALLOWED_PARTNER
    return MORE_ON_YOUR_SIDE if more_on_their_side else PARTNERS_TAKEN


def certified(run: Matching) -> bool:
    """Whether the run's own prices prove that its pairs are the best there are.

    Weak duality: any matching's worth is at most the sum of its people's prices, so at most the
    sum of all of them. If the chosen pairs reach that sum, nothing can reach more.
    """
    prices = {price.person_id: price.points for price in run.prices}
    weighed = run.weighed
    everybody = [row.patient_leader_id for row in weighed.rows] + [*weighed.healthcare_leader_ids]
    return (
        sorted(prices) == sorted(everybody)
        and min(prices.values(), default=0) >= 0
        and run.per_pair >= _outweighing(weighed)
        and _prices_cover(run, prices)
        and _pairs_stand(run)
        and sum(prices.values()) == run.total
    )


def _prices_cover(run: Matching, prices: dict[PersonId, int]) -> bool:
    return all(
        prices[row.patient_leader_id] + prices[other] >= run.per_pair + sum(cell)
        for row in run.weighed.rows
        for other, cell in zip(run.weighed.healthcare_leader_ids, row.points, strict=True)
        if cell
    )


def _pairs_stand(run: Matching) -> bool:
    """Nobody has two partners, no rule is broken, and points, reasons and total are as weighed."""
    cells = dict(_cells(run.weighed))
    chosen = [(pair.patient_leader_id, pair.healthcare_leader_id) for pair in run.pairs]
    once = all(len({pair[side] for pair in chosen}) == len(chosen) for side in (0, 1))
    return (
        once
        and all(
            pair.points == sum(cells[ids])
            and pair.reasons == reasons(run.weighed.codes, cells[ids])
            for pair, ids in zip(run.pairs, chosen, strict=True)
            if cells.get(ids)
        )
        and all(cells.get(ids) for ids in chosen)
        and run.total == sum(pair.points + run.per_pair for pair in run.pairs)
    )


def _cells(weighed: Weighed) -> Iterator[tuple[tuple[PersonId, PersonId], tuple[int, ...]]]:
    for row in weighed.rows:
        for other, cell in zip(weighed.healthcare_leader_ids, row.points, strict=True):
            yield (row.patient_leader_id, other), cell
