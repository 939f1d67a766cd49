"""What a matching run weighs: every possible pair, as points or as the rule that forbids it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from domain.decision import Know
from domain.matching.locks import elsewhere, locks_of
from domain.pairings.availability import Availability
from domain.pairings.compatibility import Circle, Leader, Possible, forbidden, may_be_forbidden
from domain.pairings.engagement import LEADS_ELSEWHERE, TEAM_LOOKS_FIRST, Pool
from domain.pairings.suitability import CODES, SCORES, Score, days_of
from events.ids import CohortId, PersonId
from events.matching import Inputs, Kind, Unmatched, Weighed, WeighedRow
from events.terms import Code, Side

Known = tuple[Circle, Availability]
"""What must be known of one person, over all cohorts."""
NO_COMMON_DAY: Final = "rule.no-common-day"


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
    cohort_id: CohortId,
    pool: Pool,
    known: Sequence[Known],
    weights: Mapping[Code, int],
    common_days: int,
) -> Inputs:
    """Weighs everybody free on one side with everybody free on the other.

    Two who have both said when they can meet have at least `common_days` in common. Two who are
    locked have nobody else, and need no day.

    Kinds stand in the order in which they are met, row by row, so the same people always give the
    same.
    """
    ours, theirs = (leaders(pool, known, side) for side in Side)
    locks = locks_of(cohort_id, ours, theirs)
    kept_apart, locked = _kept_apart(ours, theirs), elsewhere(locks, ours, theirs)
    days = [days_of(other.engagement) for other in theirs]
    meets = [_never_meets(days_of(one.engagement), days, common_days) for one in ours]
    kinds: dict[Kind, int] = {}
    rows = []
    points_of = _points(ours, theirs, weights)
    for one, points, never in zip(ours, points_of, meets, strict=True):
        who = one.person_id
        apart = {**never, **locked.get(who, {}), **kept_apart.get(who, {})}
        found = [apart.get(place) or cell for place, cell in enumerate(points)] if apart else points
        cells = tuple([kinds.setdefault(cell, len(kinds)) for cell in found])
        rows.append(WeighedRow(patient_leader_id=who, cells=cells))
    return Inputs(
        cohort_id=cohort_id,
        weights=dict(weights),
        common_days=common_days,
        weighed=Weighed(
            codes=CODES,
            healthcare_leader_ids=tuple([other.person_id for other in theirs]),
            kinds=tuple(kinds),
            rows=tuple(rows),
        ),
        left_out=tuple(_left_out(pool, known)),
        locks=locks,
    )


def _points(
    ours: Sequence[Leader], theirs: Sequence[Leader], weights: Mapping[Code, int]
) -> Iterator[Sequence[Kind]]:
    """The points of each code, for each of us with each of them."""
    by_code = [_by_code(score, ours, theirs, weights.get(score.code, 0)) for score in SCORES]
    for rows in zip(*by_code, strict=True):
        yield list(zip(*rows, strict=True))


def _by_code(
    score: Score, ours: Sequence[Leader], theirs: Sequence[Leader], weight: int
) -> Iterator[list[int]]:
    """What one score gives each of us with each of them; each pair of traits is looked at once."""
    places: dict[Any, int] = {}
    at = [places.setdefault(score.trait(one.engagement), len(places)) for one in theirs]
    rows: dict[Any, list[int]] = {}
    for one in ours:
        mine = score.trait(one.engagement)
        if mine not in rows:
            counts = [weight * score.count(mine, trait) for trait in places]
            rows[mine] = [counts[place] for place in at]
        yield rows[mine]


def _never_meets(
    mine: frozenset[str], theirs: Sequence[frozenset[str]], least: int
) -> dict[int, Code]:
    """With whom somebody has too few days in common, by their places."""
    if not mine:
        return {}
    few = (place for place, days in enumerate(theirs) if days and len(mine & days) < least)
    return dict.fromkeys(few, NO_COMMON_DAY)


def _kept_apart(
    ours: Sequence[Leader], theirs: Sequence[Leader]
) -> dict[PersonId, dict[int, Code]]:
    """The rule that forbids each pair of which one does, by the patient leader and the place of the
    healthcare leader.
    """
    found: dict[PersonId, dict[int, Code]] = {}
    for one, place in may_be_forbidden(ours, theirs):
        if rule := forbidden(Possible(one, theirs[place])):
            found.setdefault(one.person_id, {})[place] = rule
    return found
