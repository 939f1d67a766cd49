"""Tables by chance, up to six by six, each held against every matching that there is."""

import time
from collections.abc import Sequence
from random import Random
from typing import Final

from services.matching.solving import Solved, solved

Values = list[list[int | None]]
MOST: Final = 6  # rows, and columns


def fuzz(seed: int, *, seconds: float) -> int:
    """How many tables were solved; AssertionError with one that was solved wrongly."""
    chance, tried, until = Random(seed), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        must_be_best(table(chance))
        tried += 1
    return tried


def table(chance: Random) -> Values:
    """Of any size, with few or many that may not meet, and with ties or without."""
    height, width = chance.randint(0, MOST), chance.randint(0, MOST)
    most, forbidden = chance.choice((1, 3, 40, 10**20)), chance.choice((0.0, 0.2, 0.6))
    return [
        [None if chance.random() < forbidden else chance.randint(1, most) for _ in range(width)]
        for _ in range(height)
    ]


def must_be_best(values: Values) -> None:
    """Nobody has two, no matching has more, and the prices prove it."""
    found = solved(values)
    taken = [column for column in found.columns if column is not None]
    assert len(set(taken)) == len(taken), values
    assert worth(values, found.columns) == greatest_worth(values), values
    assert proves(values, found), values


def greatest_worth(values: Values) -> int:
    """The greatest sum over every matching there is, row by row, by the columns that are taken."""
    best = {0: 0}
    for row in values:
        after = dict(best)
        for taken, total in best.items():
            for column, cell in enumerate(row):
                if cell is not None and not taken >> column & 1:
                    with_it = taken | 1 << column
                    after[with_it] = max(after.get(with_it, 0), total + cell)
        best = after
    return max(best.values())


def worth(values: Values, columns: Sequence[int | None]) -> int:
    total = 0
    for row, column in enumerate(columns):
        if column is not None:
            cell = values[row][column]
            assert cell is not None, "forbidden, and chosen all the same"
            total += cell
    return total


def proves(values: Values, found: Solved) -> bool:
    prices = [*found.row_prices, *found.column_prices]
    return (
        min(prices, default=0) >= 0
        and sum(prices) == worth(values, found.columns)
        and all(
            cell is None or mine + price >= cell
            for mine, cells in zip(found.row_prices, values, strict=True)
            for price, cell in zip(found.column_prices, cells, strict=True)
        )
    )
