"""How scores become one number, in whole fractions, so that no rounding decides on a person."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from events.cohorts import Criterion


def share(scores: Mapping[str, int], criteria: Sequence[Criterion]) -> Fraction:
    """What an assessor gave, of all that could be had: 0 to 1, each criterion by its weight.

    Every criterion must be scored; KeyError otherwise.
    """
    had = sum(one.weight * scores[one.code] for one in criteria)
    return Fraction(had, sum(one.weight * one.top for one in criteria))


def gap(shares: Sequence[Fraction]) -> Fraction:
    """How far the kindest and the strictest assessor are apart, in percentage points."""
    return 100 * (max(shares) - min(shares))


def mean(shares: Sequence[Fraction]) -> int:
    """The mean in tenths of a percent, 0 to 1000; a half is rounded up."""
    return int(1000 * sum(shares, Fraction()) / len(shares) + Fraction(1, 2))
