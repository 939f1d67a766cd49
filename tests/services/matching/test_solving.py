from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from services.matching.solving import solved
from tests.services.matching.fuzzing import MOST, Values, must_be_best, proves, worth


@st.composite
def tables(draw: st.DrawFn) -> Values:
    """Up to six by six, of unequal size, with forbidden cells and many ties."""
    width = draw(st.integers(0, MOST))
    cell = st.none() | st.integers(1, 6) | st.integers(1, 1000)
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=MOST))


@given(tables())
def test_no_other_matching_has_more_and_the_prices_prove_it(values: Values) -> None:
    must_be_best(values)


def test_a_tie_goes_to_whoever_comes_first() -> None:
    assert solved([[5, 5], [5, 5]]).columns == [0, 1]


def test_up_to_three_hundred_another_solver_finds_no_better() -> None:
    """SciPy's, which is another's and another way; and the prices prove it."""
    chance = Random(1)
    for height, width in ((40, 40), (60, 45), (120, 150), (300, 300)):
        values: Values = [
            [None if chance.random() < 0.2 else chance.randint(1, 40) for _ in range(width)]
            for _ in range(height)
        ]
        found = solved(values)
        whole = np.array([[cell or 0 for cell in row] for row in values])
        rows, columns = linear_sum_assignment(whole, maximize=True)
        assert worth(values, found.columns) == whole[rows, columns].sum()
        assert proves(values, found)


def test_nobody_at_all_is_a_matching_too() -> None:
    assert solved([]).columns == []
    assert solved([[], []]).columns == [None, None]
