"""The best way to pair two groups, exactly, with the prices that prove it.

Shortest augmenting paths in the manner of R. Jonker and A. Volgenant (1987), in whole numbers of
any size, O(rows² x columns) at most. Nobody has to believe it: whoever gets a solution adds the
prices up (domain/matching/certificate.py). Why it is our own: docs/decisions/049-a-run-
proves-itself.md.

Run as a script it solves the table that it is given as JSON, with no more bytes of memory and
seconds of a processor than its arguments say. So it needs only the standard library.
"""

import json
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Table = Sequence[Sequence[int | None]]
ALONE: Final = -1
TOO_MUCH: Final = 3
"""The exit code of a script that has not memory enough."""


class Solved(NamedTuple):
    """The column of each row (None: left over), and everybody's price, by row and by column."""

    columns: Sequence[int | None]
    row_prices: Sequence[int]
    column_prices: Sequence[int]


def solved(table: Table) -> Solved:
    """The matching of rows and columns with the greatest sum of worths.

    `table[row][column]` is positive, or None where the two may not meet. Anybody may stay alone.
    """
    return _Search(table).solution()


@dataclass
class _Path:
    """The shortest paths from a row that has no column yet, as far as they are known.

    `distances` are those to the columns, `before` the row from which each is reached. `reached` has
    the rows with their distances, `passed` the columns through which they were reached. `leaves` is
    the row that would best stay alone instead, and `limit` what that costs.
    """

    distances: list[int | None]
    before: list[int]
    leaves: int
    limit: int
    reached: dict[int, int]
    passed: list[int] = field(default_factory=list)
    found: int = ALONE


class _Search:
    """A partial matching that is the best of its rows, with the prices that prove that."""

    def __init__(self, table: Table) -> None:
        self._width = len(table[0]) if table else 0
        self._allowed = [
            [(column, worth) for column, worth in enumerate(row) if worth is not None]
            for row in table
        ]
        self._rows = [max((worth for _, worth in row), default=0) for row in self._allowed]
        self._columns = [0] * self._width
        self._of_row = [ALONE] * len(table)
        self._of_column = [ALONE] * self._width

    def solution(self) -> Solved:
        """Seats everybody who has a free best column first, and all others by paths."""
        for row in range(len(self._allowed)):
            self._sit_down(row)
        for row, column in enumerate(self._of_row):
            if column == ALONE and self._rows[row]:
                self._seat(row)
        columns = [None if one == ALONE else one for one in self._of_row]
        return Solved(columns, self._rows, self._columns)

    def _sit_down(self, row: int) -> None:
        best = self._rows[row]
        for column, worth in self._allowed[row]:
            if worth == best and self._of_column[column] == ALONE:
                self._of_row[row], self._of_column[column] = column, row
                return

    def _seat(self, row: int) -> None:
        """Give a row its column, while others move along; or let one stay alone, whichever costs
        least.
        """
        nowhere: list[int | None] = [None] * self._width
        path = _Path(nowhere, [ALONE] * self._width, row, self._rows[row], {row: 0})
        length = self._walk(path, row, list(range(self._width)))
        for one, distance in path.reached.items():
            self._rows[one] -= length - distance
        for column in path.passed:
            self._columns[column] += length - (path.distances[column] or 0)
        self._move_along(path, row)

    def _walk(self, path: _Path, row: int, waiting: list[int]) -> int:
        """Go on from the nearest until a column is free, or staying alone is nearer."""
        distance, here = 0, row
        while True:
            self._look_around(path, here, distance)
            nearest = _nearest(path.distances, waiting)
            if nearest is None or (length := path.distances[nearest] or 0) >= path.limit:
                return path.limit
            distance = length
            if self._of_column[nearest] == ALONE:
                path.found = nearest
                return distance
            waiting.remove(nearest)
            path.passed.append(nearest)
            here = self._of_column[nearest]
            path.reached[here] = distance
            if distance + self._rows[here] < path.limit:
                path.leaves, path.limit = here, distance + self._rows[here]

    def _look_around(self, path: _Path, row: int, distance: int) -> None:
        distances, before, columns = path.distances, path.before, self._columns
        base = distance + self._rows[row]
        for column, worth in self._allowed[row]:
            known, length = distances[column], base + columns[column] - worth
            if known is None or length < known:  # never of a column that was passed
                distances[column], before[column] = length, row

    def _move_along(self, path: _Path, row: int) -> None:
        column = path.found
        if column == ALONE:
            if path.leaves == row:
                return
            column = self._of_row[path.leaves]
            self._of_row[path.leaves] = ALONE
        while True:
            one = path.before[column]
            left = self._of_row[one]
            self._of_row[one], self._of_column[column] = column, one
            if one == row:
                return
            column = left


def _nearest(distances: Sequence[int | None], waiting: Sequence[int]) -> int | None:
    best, found = None, None
    for column in waiting:
        distance = distances[column]
        if distance is not None and (best is None or distance < best):
            best, found = distance, column
    return found


def main(memory: str, seconds: str) -> None:
    """Solve the table on standard input; the solution goes to standard output."""
    for kind, most in ((resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds))):
        with suppress(ValueError, OSError):  # where there is no such limit, or a lower one
            resource.setrlimit(kind, (most, most))
    try:
        json.dump(solved(json.load(sys.stdin)), sys.stdout)
    except MemoryError:
        sys.exit(TOO_MUCH)


if __name__ == "__main__":
    main(*sys.argv[1:])
