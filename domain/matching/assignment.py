"""The best way to pair two groups, exactly, with a proof that there is none better.

The Hungarian method with shortest augmenting paths (H. W. Kuhn 1955; R. Jonker and A. Volgenant
1987) in whole numbers, O(rows² x columns). Its potentials are the dual solution, so whoever doubts
the result adds them up instead of running it again. Ties go to the column that comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

FORBIDDEN_COST = 1
ROOT = -1


@dataclass(frozen=True, slots=True)
class Assignment:
    """The column of each row (None: left over), and everybody's price.

    No price is negative; for every allowed cell the prices of its row and column add up to its
    value or more, for the chosen cells exactly, and whoever is left over has the price 0.
    """

    columns: tuple[int | None, ...]
    row_prices: tuple[int, ...]
    column_prices: tuple[int, ...]


def assigned(values: Sequence[Sequence[int | None]]) -> Assignment:
    """The matching of rows and columns with the greatest sum of values.

    `values[row][column]` is positive, or None where the two may not meet. Each row may also stay
    alone, in a spare column worth nothing; there is one spare column more than rows, so that one
    always stays free, which keeps every price from being negative.
    """
    width = len(values[0]) if values else 0
    search = _Search([_costs(row, len(values) + 1) for row in values], width + len(values) + 1)
    for row in range(len(values)):
        search.seat(row)
    return Assignment(
        columns=tuple(_columns(search.holders, width, len(values))),
        row_prices=tuple(-potential for potential in search.rows),
        column_prices=tuple(-potential for potential in search.columns[:width]),
    )


def _costs(row: Sequence[int | None], spare: int) -> list[int]:
    return [FORBIDDEN_COST if value is None else -value for value in row] + [0] * spare


def _columns(holders: Sequence[int], width: int, height: int) -> list[int | None]:
    found: list[int | None] = [None] * height
    for column, row in enumerate(holders[:width]):
        if row != ROOT:
            found[row] = column
    return found


@dataclass
class _Search:
    """A partial matching of least cost: who holds each column, and the potentials that prove it."""

    costs: list[list[int]]
    width: int
    rows: list[int] = field(init=False)
    columns: list[int] = field(init=False)
    holders: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [0] * len(self.costs)
        self.columns = [0] * self.width
        self.holders = [ROOT] * self.width

    def _reduced(self, row: int) -> list[int]:
        base = self.rows[row]
        both = zip(self.costs[row], self.columns, strict=True)
        return [cost - base - potential for cost, potential in both]

    def seat(self, row: int) -> None:
        """Give a row its column by the shortest path on which others move along."""
        distance, before = self._reduced(row), [ROOT] * self.width
        reached: list[int] = []
        waiting = list(range(self.width))
        while True:
            nearest = min(waiting, key=distance.__getitem__)
            self._raise(row, reached, distance[nearest])
            _shorten(distance, waiting, distance[nearest])
            waiting.remove(nearest)
            reached.append(nearest)
            if self.holders[nearest] == ROOT:
                break
            self._pass_through(nearest, waiting, distance, before)
        self._move_along(row, nearest, before)

    def _raise(self, row: int, reached: Sequence[int], by: int) -> None:
        self.rows[row] += by
        for column in reached:
            self.rows[self.holders[column]] += by
            self.columns[column] -= by

    def _pass_through(
        self, via: int, waiting: Sequence[int], distance: list[int], before: list[int]
    ) -> None:
        reduced = self._reduced(self.holders[via])
        for column in waiting:
            if reduced[column] < distance[column]:
                distance[column], before[column] = reduced[column], via

    def _move_along(self, row: int, column: int, before: Sequence[int]) -> None:
        while (previous := before[column]) != ROOT:
            self.holders[column] = self.holders[previous]
            column = previous
        self.holders[column] = row


def _shorten(distance: list[int], waiting: Sequence[int], by: int) -> None:
    for column in waiting:
        distance[column] -= by
