"""What a run makes of two who were locked: it leaves neither of them anybody else, if they may lead
together; else it says why not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from domain.pairings.compatibility import Leader, Possible, forbidden
from events.ids import CohortId, PersonId
from events.matching import Inputs, Lock, Weighed
from events.terms import Code, Side

LOCKED: Final = "rule.locked-with-another"
"""What forbids all others to who is locked; so the most pairs have the two among them."""
NOT_FREE: Final = "lock.not-free"
WITH_ANOTHER: Final = "lock.with-another"
Cell = tuple[int, int]


def locks_of(
    cohort_id: CohortId, ours: Sequence[Leader], theirs: Sequence[Leader]
) -> tuple[Lock, ...]:
    """The locks of those who are weighed, by id; each has why it can't be taken as given, if so."""
    weighed = {one.person_id: one for one in (*ours, *theirs)}
    found = dict(_said(cohort_id, weighed))
    return tuple(
        Lock(
            patient_leader_id=two[0],
            healthcare_leader_id=two[1],
            reason=reason,
            lost=_lost(two, weighed, found),
        )
        for two, reason in sorted(found.items())
    )


def _said(
    cohort_id: CohortId, weighed: Mapping[PersonId, Leader]
) -> Iterator[tuple[tuple[PersonId, PersonId], Code]]:
    for who, leader in weighed.items():
        first = leader.engagement.side is Side.PATIENT_LEADER
        for (cohort, other), reason in leader.circle.locked.items():
            if cohort == cohort_id:
                yield ((who, other) if first else (other, who)), reason


def _lost(
    two: tuple[PersonId, PersonId],
    weighed: Mapping[PersonId, Leader],
    found: Mapping[tuple[PersonId, PersonId], Code],
) -> Code | None:
    one, other = map(weighed.get, two)
    if one is None or other is None or one.engagement.side is other.engagement.side:
        return NOT_FREE
    if rule := forbidden(Possible(one, other)):
        return rule
    shared = any(it != two and not set(two).isdisjoint(it) for it in found)
    return WITH_ANOTHER if shared else None


def elsewhere(
    locks: Sequence[Lock], ours: Sequence[Leader], theirs: Sequence[Leader]
) -> dict[PersonId, dict[int, Code | None]]:
    """Whom each patient leader is kept from by locks that are taken as given, by the places of the
    healthcare leaders; None stands for whom they are locked with.
    """
    held = dict(lock.both for lock in locks if lock.lost is None)
    if not held:
        return {}
    places = {other.person_id: place for place, other in enumerate(theirs)}
    taken: dict[int, Code | None] = {places[other]: LOCKED for other in held.values()}
    all_others = dict.fromkeys(places.values(), LOCKED)
    return {
        who: {**all_others, places[held[who]]: None} if who in held else taken
        for who in (one.person_id for one in ours)
    }


def _places_of(locks: Sequence[Lock], weighed: Weighed) -> dict[Lock, Cell | None]:
    """The row and column of the two of each lock; None, unless both are weighed so."""
    rows = {row.patient_leader_id: place for place, row in enumerate(weighed.rows)}
    columns = {who: place for place, who in enumerate(weighed.healthcare_leader_ids)}
    return {
        lock: (rows[lock.patient_leader_id], columns[lock.healthcare_leader_id])
        if lock.patient_leader_id in rows and lock.healthcare_leader_id in columns
        else None
        for lock in locks
    }


def well_locked(given: Inputs) -> bool:
    """Whether just those locks are taken as given that can be, and each other one says why not.

    Whoever is locked has nobody else; and nobody is kept to themselves who is not.
    """
    places = _places_of(given.locks, given.weighed)
    held = {lock: cell for lock, cell in places.items() if lock.lost is None}
    lost = {lock: cell for lock, cell in places.items() if lock.lost is not None}
    twos = [lock.both for lock in given.locks]
    return (
        twos == sorted(set(twos))
        and all(cell is not None for cell in held.values())
        and len({who for lock in held for who in lock.both}) == 2 * len(held)
        and all(_is_lost(given, lock, cell) for lock, cell in lost.items())
        and _nobody_else(given.weighed, {cell for cell in held.values() if cell})
    )


def _is_lost(given: Inputs, lock: Lock, cell: Cell | None) -> bool:
    if cell is None or lock.lost == NOT_FREE:
        return cell is None and lock.lost == NOT_FREE
    if lock.lost == WITH_ANOTHER:
        others = (one.both for one in given.locks if one != lock)
        return any(not set(lock.both).isdisjoint(two) for two in others)
    row, column = cell
    return given.weighed.kinds[given.weighed.rows[row].cells[column]] == lock.lost


def _nobody_else(weighed: Weighed, held: set[Cell]) -> bool:
    """The cells of the two have points, all others of their rows and columns a rule; and that they
    are locked stands in no other.
    """
    if not held and LOCKED not in weighed.kinds:
        return True
    rows, columns = {row for row, _ in held}, {column for _, column in held}
    for at, row in enumerate(weighed.rows):
        for place, it in enumerate(row.cells):
            kind = weighed.kinds[it]
            is_theirs, is_of_them = (at, place) in held, at in rows or place in columns
            if isinstance(kind, str) is is_theirs and is_of_them:
                return False
            if kind == LOCKED and not is_of_them:
                return False
    return True
