"""How rows of read models are printed: with names, one row whole, and all of each for programs."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.cli.console import (
    details,
    is_on_a_terminal,
    print_err,
    print_json,
    print_nothing,
    print_out,
    print_table,
)
from services.cli.leaving import wants_csv
from services.cli.naming import AND, Names, ids_in, is_called_itself, with_names

Rows = Sequence[dict[str, Any]]
NAMES: Final = frozenset({"full_name", "title"})  # by which a row says what it is about
NONE: Final = "Nothing to show."
MORE: Final = "There are more: {limit} are shown. Say which with --where, or give a larger --limit."


def print_rows(
    title: str, columns: Sequence[str], found: Rows, limit: int, names: Names, *, as_json: bool
) -> None:
    """Up to so many rows, and a word if there are more. `columns` are those that there can be."""
    rows = found[:limit]
    more = [MORE.format(limit=limit)] if len(found) > limit else []
    if as_json:
        for row in rows:
            print_json(row)
    elif not rows:
        print_nothing(NONE, columns)
    elif wants_csv() or not is_on_a_terminal():
        _print_for_programs(title, columns, rows, names)
    else:
        from services.cli.on_terminal import print_on_a_terminal  # noqa: PLC0415 - programs need less

        print_on_a_terminal(title, in_order(columns, rows), names, more)
        return
    print_err(*more)


def _print_for_programs(title: str, columns: Sequence[str], rows: Rows, names: Names) -> None:
    if len(rows) == 1 and not wants_csv():
        print_out(*whole(in_order(columns, rows)[0], names))
        return
    names.learn(ids_to_name(rows))
    print_table(title, *for_programs(columns, rows, names))


def whole(row: dict[str, Any], names: Names) -> Iterator[str]:
    """One row, a line for each value, and beside each id what it is called."""
    names.learn(ids_to_name([row]))
    yield from details({name: with_names(one, names) for name, one in row.items()})


def for_programs(
    columns: Sequence[str], rows: Rows, names: Names
) -> tuple[list[str], list[list[str]]]:
    """All columns, with what their ids are called beside them, and what has parts as JSON."""
    rows = in_order(columns, rows)
    known, labels = [*rows[0]], [labels_of(row, names) for row in rows]
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


def in_order(columns: Iterable[str], rows: Rows) -> Rows:
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
    return ", ".join(filter(None, (labels.get(one) for one in ids_of(value))))


def labels_of(row: Mapping[str, Any], names: Names) -> dict[str, str]:
    """What the ids in the cells of a row are called; what is called by others that stand beside it
    needs no name.
    """
    ids = [one for value in row.values() for one in ids_of(value)]
    told = {names.of(one) for one in ids if is_called_itself(one)}
    its_own = row.get("key") if NAMES.intersection(row) else None
    return {
        one: called
        for one in ids
        if one != its_own
        and (called := names.of(one))
        and (is_called_itself(one) or not told.issuperset(called.split(AND)))
    }


def ids_of(value: Any) -> list[str]:
    """The id that a value is, or those of which one is made."""
    return [*ids_in(value)] if isinstance(value, str) else []


def ids_to_name(rows: Rows) -> set[str]:
    """The ids in rows that have no name in the row itself: of whom it tells the name, it is."""
    return {
        one
        for row in rows
        for one in ids_in(row)
        if not (one == row.get("key") and NAMES.intersection(row))
    }
