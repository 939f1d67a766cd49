"""What each possible pair of a run is worth, in whole numbers: first that it is one, then its
points, then what the seed gives it.
"""

from collections.abc import Iterator, Sequence
from hashlib import shake_256
from typing import Final, NamedTuple

from events.matching import Weighed, WeighedRow

BYTES: Final = 3  # that the seed gives each cell
Worths = tuple[Sequence[int | None], ...]
"""By row and column; None where a rule forbids the pair."""


class Scale(NamedTuple):
    """How a pair is worth more than all points, and a point more than all that a seed gives."""

    per_pair: int
    per_point: int


def scale_of(weighed: Weighed) -> Scale:
    """Just enough to outweigh what any matching of these people can have."""
    pairs = min(len(weighed.rows), len(weighed.healthcare_leader_ids))
    most = max((sum(kind) for kind in weighed.kinds if not isinstance(kind, str)), default=0)
    return Scale(per_pair=1 + most * pairs, per_point=1 + (256**BYTES - 1) * pairs)


def worths(weighed: Weighed, scale: Scale, seed: str) -> Worths:
    """What each pair would add to the total."""
    base = [
        None if isinstance(kind, str) else (scale.per_pair + sum(kind)) * scale.per_point
        for kind in weighed.kinds
    ]
    return tuple([*_row(base, row, seed)] for row in weighed.rows)


def _row(base: Sequence[int | None], row: WeighedRow, seed: str) -> Iterator[int | None]:
    given = drawn(seed, row.patient_leader_id, len(row.cells))
    for cell, more in zip(row.cells, given, strict=True):
        worth = base[cell]
        yield None if worth is None else worth + more


def drawn(seed: str, patient_leader_id: str, cells: int) -> Iterator[int]:
    """What the seed gives each cell of a row: nobody can tell before it is known, and all are
    treated alike. SHAKE-256 (FIPS 202) over the seed, a line end and the id, three bytes a cell.
    """
    given = shake_256(f"{seed}\n{patient_leader_id}".encode()).digest(BYTES * cells)
    return (int.from_bytes(given[at : at + BYTES], "big") for at in range(0, len(given), BYTES))
