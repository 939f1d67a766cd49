"""What a panel has on its table: of each application what its assessors found, and how far they are
apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from projections.lists import COHORT, Ask, Asked, WorkList, only, parts
from projections.projection import Shown

OF_THE_APPLICATION: Final = ("cohort_id", "person_id", "side", "stage")
FOUND: Final = ("assessor_id", "lay", "scores", "recommendation", "comment")


class Measure(NamedTuple):
    """By what a cohort's applications are scored: a weight and a top for each criterion; and by how
    many percentage points assessors may be apart before they have to talk.
    """

    weights: Mapping[str, int]
    most: int
    moderation_gap: int

    def share(self, scores: Mapping[str, int]) -> Fraction:
        """What was given of all that could be had, from 0 to 1."""
        return Fraction(
            sum(it * scores.get(code, 0) for code, it in self.weights.items()), self.most
        )


def panel_table(ask: Ask, asked: Asked) -> Iterator[Shown]:
    """A row for each application, under its id, of which an assessment is in that counts."""
    measures = {one["cohort_id"]: _measure(one) for one in ask("cohort_board", only(asked, COHORT))}
    chosen = only(asked, ("key", *COHORT, "person_id", "side"))
    for row in ask("application_queue", chosen):
        counting = [one for one in parts(row, "assessors") if one.get("scores")]
        if counting:
            yield {
                "key": row["key"],
                **{name: row.get(name) for name in OF_THE_APPLICATION},
                **_together(counting, measures.get(row["cohort_id"])),
                "moderated": row.get("moderated"),
                "waits_for": row.get("waits_for"),
                "found": [{name: one[name] for name in FOUND if name in one} for one in counting],
            }


def _measure(board: Shown) -> Measure | None:
    criteria = board.get("criteria")
    if not isinstance(criteria, list):
        return None
    weights = {one["code"]: one["weight"] for one in criteria}
    most = sum(one["weight"] * one["top"] for one in criteria)
    return Measure(weights, most, board["moderation_gap"])


def _together(counting: Sequence[Shown], measure: Measure | None) -> dict[str, Any]:
    """What they come to as percentages, to a tenth; nothing, if it is not known by what measure."""
    if measure is None:
        return {"mean": None, "gap": None, "far_apart": None}
    shares = [100 * measure.share(one["scores"]) for one in counting]
    gap = max(shares) - min(shares)
    return {
        "mean": round(float(sum(shares, Fraction()) / len(shares)), 1),
        "gap": round(float(gap), 1),
        "far_apart": gap > measure.moderation_gap,
    }


PANEL: Final = WorkList(
    name="panel",
    question="What did the assessors of every application find, and how far are they apart?",
    of=("application_queue", "cohort_board"),
    tells="assessors.scores",
    fields=(
        *OF_THE_APPLICATION,
        *("mean", "gap", "far_apart", "moderated", "waits_for"),
        *(f"found.{name}" for name in FOUND),
    ),
    rows=panel_table,
)
