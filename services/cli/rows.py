"""How rows of read models are printed: a table with names, one whole row, or a file for programs.

On a terminal a table has the columns for which there is room, and a word about the others; a value
that is the same in all rows is said once. Nothing of this is so off a terminal, nor with --csv:
there each row is whole.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from sys import maxsize
from typing import Any, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from events.calendar import LONDON
from services.cli.console import (
    details,
    is_short,
    print_err,
    print_json,
    print_nothing,
    print_out,
    print_table,
)
from services.cli.leaving import wants_csv
from services.cli.naming import (
    AND,
    ELLIPSIS,
    Names,
    ids_in,
    is_called_itself,
    short_ids,
    with_names,
)
from services.cli.tables import GAP
from services.escaping import line

Rows = Sequence[dict[str, Any]]
LONGEST: Final = 40  # cells of a text in a table
LONGEST_WITH_NAME: Final = 32  # cells of an id behind a name
LONG: Final = 30  # cells from which on a text is one that people wrote
FEWEST: Final = 4  # columns without which rows stand whole under each other
LEAST: Final = ("key", "position", "acts_before", "acted_at")  # what people look for last
NAMES: Final = frozenset({"full_name", "title"})  # by which a row says what it is about
NONE: Final = "Nothing to show."
LEFT_OUT: Final = (
    "Not in this table: {columns}. --csv and --json have everything, and so has one row alone, as"
    " with --where key=…"
)
MORE: Final = "There are more: {limit} are shown. Say which with --where, or give a larger --limit."


def print_rows(
    title: str, columns: Sequence[str], found: Rows, limit: int, names: Names, *, as_json: bool
) -> None:
    """Up to so many rows, and a word if there are more. `columns` are those that there can be."""
    rows = found[:limit]
    if as_json:
        for row in rows:
            print_json(row)
    elif not rows:
        print_nothing(NONE, columns)
    elif wants_csv() or not Console().is_terminal:
        names.learn(_ids(rows))
        if len(rows) == 1 and not wants_csv():
            print_out(*whole(_in_order(columns, rows)[0], names))
        else:
            print_table(title, *for_programs(columns, rows, names))
    else:
        _print_on_a_terminal(title, _in_order(columns, rows), names)
    if len(found) > limit:
        print_err(MORE.format(limit=limit))


def whole(row: dict[str, Any], names: Names) -> Iterator[str]:
    """One row, a line for each value, and beside each id what it is called."""
    names.learn(_ids([row]))
    yield from details({name: with_names(one, names) for name, one in row.items()})


def for_programs(
    columns: Sequence[str], rows: Rows, names: Names
) -> tuple[list[str], list[list[str]]]:
    """All columns, with what their ids are called beside them, and what has parts as JSON."""
    rows = _in_order(columns, rows)
    known, labels = [*rows[0]], [_labels(row, names) for row in rows]
    called = {
        name: f"{name.removesuffix('_id')}_name"
        for name in known
        if any(map(_called, (row[name] for row in rows), labels))
    }
    header = [one for name in known for one in (name, called.get(name)) if one]
    return header, [
        _cells_with_names(row, called, label) for row, label in zip(rows, labels, strict=True)
    ]


def _cells_with_names(
    row: Mapping[str, Any], called: Collection[str], labels: Mapping[str, str]
) -> list[str]:
    cells = list[str]()
    for name, value in row.items():
        cells.append(as_text(value))
        if name in called:
            cells.append(_called(value, labels))
    return cells


def _in_order(columns: Iterable[str], rows: Rows) -> Rows:
    """The same rows, each with all that any of them has, in the order of the columns."""
    there = {name for row in rows for name in row}
    known = [name for name in dict.fromkeys([*columns, *sorted(there)]) if name in there]
    return [{name: row.get(name) for name in known} for row in rows]


def cells_of(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """The values of these columns, as they are written for programs."""
    return [as_text(row.get(name)) for name in columns]


def as_text(value: Any) -> str:
    """A value as conditions take it, and as JSON has it."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _called(value: Any, labels: Mapping[str, str]) -> str:
    return ", ".join(filter(None, (labels.get(one) for one in _id_of(value))))


def _labels(row: Mapping[str, Any], names: Names) -> dict[str, str]:
    """What the ids in the cells of a row are called; what is called by others that stand beside it
    needs no name.
    """
    ids = [one for value in row.values() for one in _id_of(value)]
    told = {names.of(one) for one in ids if is_called_itself(one)}
    its_own = row.get("key") if NAMES.intersection(row) else None
    return {
        one: called
        for one in ids
        if one != its_own
        and (called := names.of(one))
        and (is_called_itself(one) or not told.issuperset(called.split(AND)))
    }


def _id_of(value: Any) -> list[str]:
    """The id that a value is, or those of which one is made."""
    return [*ids_in(value)] if isinstance(value, str) else []


def _ids(rows: Rows) -> set[str]:
    """The ids in rows that have no name in the row itself: of whom it tells the name, it is."""
    return {
        one
        for row in rows
        for one in ids_in(row)
        if not (one == row.get("key") and NAMES.intersection(row))
    }


def _print_on_a_terminal(title: str, rows: Rows, names: Names) -> None:
    if len(rows) == 1:
        print_out(*whole(rows[0], names))
        return
    room, table = Console().width, _Seen.of(rows, names)
    chosen = table.fitting(room)
    most = LONGEST if chosen else maxsize
    shown = chosen or table.columns
    cells = [[_cut(row[name], most) for name in shown] for row in table.cells]
    print_table(title, shown, cells)
    if table.same:
        print_out(f"In all {len(rows)}: {'; '.join(f'{name} {it}' for name, it in table.same)}.")
    left_out = [*(name for name in table.columns if name not in shown), *table.with_parts]
    if left_out:
        print_err(LEFT_OUT.format(columns=", ".join(left_out)))


class _Seen(NamedTuple):
    """Cells by their columns; what is the same in all rows; and columns whose values have parts."""

    columns: list[str]
    cells: list[dict[str, str]]
    same: list[tuple[str, str]]
    with_parts: list[str]

    @classmethod
    def of(cls, rows: Rows, names: Names) -> "_Seen":
        ids = _ids(rows)
        names.learn(ids)
        columns = [name for name in rows[0] if any(is_short(row.get(name)) for row in rows)]
        with_parts = [
            name
            for name in rows[0]
            if name not in columns and any(row.get(name) not in (None, [], {}) for row in rows)
        ]
        short = short_ids({one for row in rows for name in columns for one in _id_of(row[name])})
        labels = [_labels(row, names) for row in rows]
        cells = [
            {name: _cell(row[name], short, label) for name in columns}
            for row, label in zip(rows, labels, strict=True)
        ]
        if _is_told_otherwise(rows, columns):
            columns.remove("key")
        same = [
            (name, cells[0][name])
            for name in columns
            if name not in LEAST and len({row[name] for row in cells}) == 1
        ]
        once = {name for name, _ in same}
        columns = [name for name in columns if name not in once]
        return cls(columns, cells, [(name, it) for name, it in same if it], with_parts)

    def fitting(self, room: int) -> list[str]:
        """As many columns as there is room for, in their order, the least telling ones left out
        first; none where too few fit: then rows stand under each other, whole.
        """
        widths = {
            name: max(cell_len(name), *(min(cell_len(row[name]), LONGEST) for row in self.cells))
            for name in self.columns
        }
        chosen = list(self.columns)
        for name in sorted(self.columns, key=self._worth):
            if _width(widths[one] for one in chosen) <= room:
                return chosen
            chosen.remove(name)
            if len(chosen) < FEWEST:
                return []
        return []

    def _worth(self, name: str) -> tuple[int, int]:
        """What is left out first comes first: what counts facts, then what people wrote at length,
        then moments; of all from the right.
        """
        at, texts = -self.columns.index(name), [row[name] for row in self.cells if row[name]]
        if name in LEAST:
            return 0, at
        if name in NAMES:
            return 4, at
        if any(cell_len(one) > LONG for one in texts) and not _has_ids(name):
            return 1, at
        return 2 if all(map(_is_moment, texts)) else 3, at


def _has_ids(name: str) -> bool:
    return name in ("key", "about") or name.endswith("_id")


def _width(widths: Iterable[int]) -> int:
    some = [*widths]
    return sum(some) + GAP * (len(some) - 1)


def _is_told_otherwise(rows: Rows, columns: Collection[str]) -> bool:
    """Whether the keys of rows are, or are made of, what stands in other columns."""
    others = [name for name in columns if name != "key"]
    return "key" in columns and all(
        {*str(row["key"]).split("/")} <= {as_text(row.get(name)) for name in others} for row in rows
    )


def _cell(value: Any, short: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """A value in one line; ids no longer than they are told apart by."""
    text = as_text(value)
    if _id_of(value):
        parts = (_with_name(short.get(one, one), labels.get(one, "")) for one in text.split("/"))
        return " / ".join(parts)
    return line(_moment(text))


def _with_name(short: str, called: str) -> str:
    """The name before the id: it may be cut, the id is not."""
    told = _cut(line(called), LONGEST_WITH_NAME - len(short) - 1)
    return f"{told} {short}" if told else short


def _cut(text: str, most: int) -> str:
    return text if cell_len(text) <= most else f"{set_cell_size(text, most - 1).rstrip()}{ELLIPSIS}"


def _moment(text: str) -> str:
    """A moment as a clock in London shows it; anything else as it is."""
    if "T" not in text[10:11]:
        return text
    try:
        return f"{datetime.fromisoformat(text).astimezone(LONDON):%Y-%m-%d %H:%M}"
    except ValueError:
        return text


def _is_moment(text: str) -> bool:
    return len(text) == len("2024-09-17 09:00") and text[10:11] == " " and text[:4].isdigit()
