"""A table of rows on a terminal: the columns for which there is room, and a word about the others.

A value that is the same in all rows is said once. Where too few columns fit, rows stand under each
other.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from sys import maxsize
from textwrap import wrap
from typing import Any, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from events.calendar import LONDON
from services.cli.console import is_short, print_err, print_out, print_table
from services.cli.ids import ELLIPSIS, short_ids
from services.cli.naming import Names
from services.cli.rows import NAMES, Rows, as_text, ids_of, ids_to_name, labels_of, whole
from services.cli.tables import GAP
from services.escaping import line

LONGEST: Final = 40  # cells of a text in a table
LONGEST_WITH_NAME: Final = 32  # cells of an id behind a name
LONG: Final = 30  # cells from which on a text is one that people wrote
FEWEST: Final = 4  # columns without which rows stand whole under each other
LEAST: Final = ("key", "position", "acts_before", "acted_at")  # what people look for last
LEFT_OUT: Final = (
    "Not in this table: {columns}. --csv and --json have everything, and so has one row alone, as"
    " with --where key=…"
)


def print_on_a_terminal(title: str, rows: Rows, names: Names, beside: Collection[str] = ()) -> None:
    """Print rows, all of which have the same columns, in their order; one row alone is whole. What
    is said `beside` them comes last.
    """
    if len(rows) == 1:
        for one in whole(rows[0], names):
            print_out(*_wrapped(one))
    else:
        _print_some(title, rows, names)
    for one in beside:
        print_err(*_wrapped(one))


def _print_some(title: str, rows: Rows, names: Names) -> None:
    room, table = Console().width, _Seen.of(rows, names)
    chosen = table.fitting(room)
    most = LONGEST if chosen else maxsize
    shown = chosen or table.columns
    cells = [[_cut(row[name], most) for name in shown] for row in table.cells]
    print_table(title, shown, cells)
    if table.same:
        same = "; ".join(f"{name} {it}" for name, it in table.same)
        print_out(*_wrapped(f"In all {len(rows)}: {same}."))
    left_out = [*(name for name in table.columns if name not in shown), *table.with_parts]
    if left_out:
        print_err(*_wrapped(LEFT_OUT.format(columns=", ".join(left_out))))


class _Seen(NamedTuple):
    """Cells by their columns; what is the same in all rows; and columns whose values have parts."""

    columns: list[str]
    cells: list[dict[str, str]]
    same: list[tuple[str, str]]
    with_parts: list[str]

    @classmethod
    def of(cls, rows: Rows, names: Names) -> "_Seen":
        ids = ids_to_name(rows)
        names.learn(ids)
        columns = [name for name in rows[0] if any(is_short(row.get(name)) for row in rows)]
        with_parts = [
            name
            for name in rows[0]
            if name not in columns and any(row.get(name) not in (None, [], {}) for row in rows)
        ]
        short = short_ids({one for row in rows for name in columns for one in ids_of(row[name])})
        labels = [labels_of(row, names) for row in rows]
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


def _wrapped(sentence: str) -> list[str]:
    """Lines of a text, with what it is indented by, and a little more from the second on."""
    words = line(sentence)
    before = " " * (len(words) - len(words.lstrip()))
    more = f"{before}{' ' * GAP}" if before or ": " in words[:LONGEST] else ""
    return wrap(
        words.lstrip(),
        Console().width,
        initial_indent=before,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [words]


def _has_ids(name: str) -> bool:
    return name in ("key", "about") or name.endswith("_id")


def _width(widths: Iterable[int]) -> int:
    some = [*widths]
    return sum(some) + GAP * (len(some) - 1)


def _is_told_otherwise(rows: Rows, columns: Collection[str]) -> bool:
    """Whether the keys of rows are, or are made of, what stands in other columns."""
    others = [name for name in columns if name != "key"]
    return "key" in columns and all(
        {*re.split("[/ ]", str(row["key"]))} <= {as_text(row.get(name)) for name in others}
        for row in rows
    )


def _cell(value: Any, short: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """A value in one line; ids no longer than they are told apart by."""
    text = as_text(value)
    if ids_of(value):
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
