"""What a run would weigh by other weights: on paper, from what it weighed, with nothing changed."""

from collections.abc import Mapping

from domain.pairings.suitability import OPEN, THEMES
from events.ids import CohortId
from events.matching import Inputs, Kind, Matching
from events.rules import WeightCode
from events.terms import Code


class NotCounted(Exception):
    """A run weighed something (`code`) with 0, so how much two have of it is not known."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


def supposed(run: Matching, cohort_id: CohortId, said: Mapping[WeightCode, int]) -> Inputs:
    """The inputs of a run, weighed by these weights where they are said. Raises NotCounted."""
    new = {str(code): weight for code, weight in said.items()}
    if THEMES in new and OPEN in run.weights:  # the first runs did not count it
        new[OPEN] = new[THEMES]
    weights = {**run.weights, **new}
    for code in new:
        if run.weights[code] == 0 and weights[code] > 0:
            raise NotCounted(code)
    codes = run.weighed.codes
    kinds: dict[Kind, int] = {}
    shown = (_by(kind, codes, run.weights, weights) for kind in run.weighed.kinds)
    places = [kinds.setdefault(kind, len(kinds)) for kind in shown]
    rows = tuple(
        row.model_copy(update={"cells": tuple([places[cell] for cell in row.cells])})
        for row in run.weighed.rows
    )
    weighed = run.weighed.model_copy(update={"kinds": tuple(kinds), "rows": rows})
    return Inputs(
        cohort_id=cohort_id,
        weights=weights,
        common_days=run.common_days,
        weighed=weighed,
        locks=run.locks,
    )


def _by(
    kind: Kind, codes: tuple[Code, ...], old: Mapping[Code, int], new: Mapping[Code, int]
) -> Kind:
    """The same cell by other weights: each counts so often as it did."""
    if isinstance(kind, str):
        return kind
    each = zip(codes, kind, strict=True)
    return tuple([some // old[code] * new[code] if old[code] else some for code, some in each])
