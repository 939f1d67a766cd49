"""`--where`: which values rows must have, of columns that there are, and which ids a name means."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from services.cli.console import print_err
from services.cli.findable import KINDS
from services.cli.given import words_in
from services.cli.ids import ID
from services.cli.leaving import INVALID, fail
from services.cli.naming import Names
from services.door.requests import queries
from services.reading.asking import KEY

TASKS: Final = KINDS["task"].model
OVERDUE: Final = "overdue"
LONGEST: Final = 10_000  # characters of a value
MOST: Final = 10  # conditions
FEW: Final = 10  # finds that are told
SPELLINGS: Final = {"True": "true", "False": "false"}
NO_COLUMN: Final = "There is no column {column} in {name}. There are: {columns}."
NOT_FOUND: Final = "Nothing is found under what {column} is to be; nor is it the end of an id."
SEVERAL: Final = "{column}: several are found. Say which, by more of the name or by the id. {these}"


def columns_of(name: str) -> list[str]:
    """The columns that a read model or a list can have."""
    fields, more = queries()[name]["fields"], [OVERDUE] if name == TASKS else []
    return [*dict.fromkeys([KEY, *(one.partition(".")[0] for one in fields), *more])]


def conditions_in(given: Iterable[str], name: str, columns: Collection[str]) -> dict[str, str]:
    """The values that are asked for, by their columns; ends the call with a line if there is no
    such column.
    """
    found = [*map(_condition, given)]
    if len(found) > MOST or len(dict(found)) < len(found):
        fail(f"Give up to {MOST} conditions, and one for a column.", INVALID)
    if [value for _, value in found].count("-") > 1:
        fail("Only one value can be on the input: give the others in files, with @FILE.", INVALID)
    for column, _ in found:
        if column not in columns:
            fail(NO_COLUMN.format(column=column, name=name, columns=", ".join(columns)), INVALID)
    return {column: _value(column, value) for column, value in found}


def with_ids(where: Mapping[str, str], name: str, names: Names) -> dict[str, str]:
    """The same, with the id that is meant where it has a name, or the end of one. What is found is
    told; ends the call with a line if it is nothing, or several.
    """
    return {column: _meant(name, column, value, names) for column, value in where.items()}


def _meant(name: str, column: str, value: str, names: Names) -> str:
    if not value or any(ID.fullmatch(one) for one in value.split("/")):
        return value
    rows = names.source.plain(name, column)
    values = {str(row.get(column) or "") for row in rows}
    ids = {one for one in values if ID.fullmatch(one)}
    if value in values or not ids:
        return value
    meant = names.meant(ids, value)
    names.learn(meant)
    told = [f"{names.of(one)} {one}".strip() for one in meant[:FEW]]
    if not meant:
        fail(NOT_FOUND.format(column=column), INVALID)
    if len(meant) > 1:
        more = [f"and {len(meant) - FEW} more"] if len(meant) > FEW else []
        fail(SEVERAL.format(column=column, these="; ".join([*told, *more])), INVALID)
    print_err(f"{column}: {told[0]}")
    return meant[0]


def _condition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        fail(f"A condition looks like KEY=VALUE, not {text[:80]}.", INVALID)
    return key[:80], value


def _value(column: str, given: str) -> str:
    """It, or what is in its file or on the input, without the end of the last line."""
    found = words_in(given)
    value = given if found is None else found.removesuffix("\n").removesuffix("\r")
    if len(value) > LONGEST:
        fail(f"{column}: a value has at most {LONGEST:,} characters.", INVALID)
    if not _can_be_asked(value):
        fail(f"{column}: half characters and NUL can't be asked for: take them out.", INVALID)
    return SPELLINGS.get(value, value)


def _can_be_asked(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
