from collections.abc import Sequence
from itertools import combinations, permutations
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from services.matching.solving import solved

Values = list[list[int | None]]


@st.composite
def tables(draw: st.DrawFn) -> Values:
    """Up to four by four, of unequal size, with forbidden cells and many ties."""
    width = draw(st.integers(0, 4))
    cell = st.none() | st.integers(1, 6) | st.integers(1, 1000)
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=4))


def by_brute_force(values: Values) -> int:
    """The greatest sum over every matching there is."""
    height, width = len(values), len(values[0]) if values else 0
    best = 0
    for size in range(1, min(height, width) + 1):
        for rows in combinations(range(height), size):
            for columns in permutations(range(width), size):
                cells = [values[row][column] for row, column in zip(rows, columns, strict=True)]
                best = max(best, sum(cell for cell in cells if cell) * (None not in cells))
    return best


def worth(values: Values, columns: Sequence[int | None]) -> int:
    total = 0
    for row, column in enumerate(columns):
        if column is not None:
            cell = values[row][column]
            assert cell is not None, "forbidden, and chosen all the same"
            total += cell
    return total


@given(tables())
def test_no_other_matching_has_more(values: Values) -> None:
    found = solved(values)
    taken = [column for column in found.columns if column is not None]
    assert len(set(taken)) == len(taken)
    assert worth(values, found.columns) == by_brute_force(values)


@given(tables())
def test_the_prices_prove_it(values: Values) -> None:
    found = solved(values)
    prices = [*found.row_prices, *found.column_prices]
    assert min(prices, default=0) >= 0
    assert sum(prices) == worth(values, found.columns)
    for row, cells in zip(found.row_prices, values, strict=True):
        for column, cell in zip(found.column_prices, cells, strict=True):
            assert cell is None or row + column >= cell


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
        assert sum((*found.row_prices, *found.column_prices)) == worth(values, found.columns)


def test_nobody_at_all_is_a_matching_too() -> None:
    assert solved([]).columns == []
    assert solved([[], []]).columns == [None, None]
