"""Rows as people give them: JSON line by line, a table with a header, or a word on each line."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from typing import Final, NamedTuple

from services.cli.fields import Data, in_columns, must_be_text, typed
from services.cli.given import LARGEST, text_of
from services.cli.leaving import INVALID, fail
from services.door.forms import Form
from services.door.requests import fields_of, plain, required_of

MOST_ROWS: Final = 10_000
FOR: Final = "for"
"""Beside a command's own fields a row may say for whom it is asked."""
DELIMITERS: Final = ",;\t"
NO_ROWS: Final = "There is no row in it."
TOO_LARGE: Final = f"{{}} has more than {LARGEST // 2**20} MiB, or {MOST_ROWS:,} rows: split it."
NOT_JSON: Final = "Row {} is no JSON object. Each row of this file is to be one, on one line."
WIDE: Final = "Row {} has more cells than the header. Look at its quotation marks."
WHICH_FIELD: Final = (
    "Each row is one word, but it does not show which field it is: of {} exactly one must be left"
    " out of what is the same for all (FIELD=VALUE). Else give a header with the fields' names."
)


class AskedRow(NamedTuple):
    """One row: its number, counted from 1 for the first that says something, and what it says. Its
    command's id derives from that and from what it stands `on`.
    """

    number: int
    said: Data
    on: str = ""


def read(file: str, name: str, common: Data) -> list[AskedRow]:
    """The rows of a file (`-`: the input): JSON objects line by line, a table with the command's
    fields in its header, or one word a line for the one field that is missing. It ends the call
    with a line if there are none, or they can't be read.
    """
    text = text_of(file, TOO_LARGE)
    forms = fields_of(name)
    lines = [one for one in StringIO(text, newline=None) if one.strip()]
    if not lines:
        fail(NO_ROWS, INVALID)
    if len(lines) > MOST_ROWS + 1:
        fail(TOO_LARGE.format(file), INVALID)
    if lines[0].lstrip().startswith("{"):
        said = [_object(number, line) for number, line in enumerate(lines, 1)]
    elif header := _header(lines[0], forms):
        said = [*_table(text, header, forms)]
    else:
        missing = _missing(name, common)
        said = [{missing: typed(forms[missing], line.strip())} for line in lines]
    must_be_text(*said)
    return rows_of(common, said)


def rows_of(common: Data, said: Sequence[Data]) -> list[AskedRow]:
    """Rows of what each says, with what is the same for all."""
    return [AskedRow(number, {**common, **one}) for number, one in enumerate(said, 1)]


def _object(number: int, line: str) -> Data:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        fail(NOT_JSON.format(number), INVALID)
    if not isinstance(found, dict):
        fail(NOT_JSON.format(number), INVALID)
    return found


def _header(first: str, forms: Mapping[str, Form]) -> tuple[str, list[str]] | None:
    """What parts the cells of a table, and the fields in its header; None if it is no header."""
    for sign in DELIMITERS:
        names = [one.strip() for one in next(csv.reader([first], delimiter=sign), [])]
        if names and all(_is_a_field(one, forms) for one in names):
            return sign, names
    return None


def _is_a_field(path: str, forms: Mapping[str, Form]) -> bool:
    first = path.partition(".")[0]
    return first in forms or first == FOR or first.endswith("_id")


def _table(text: str, header: tuple[str, list[str]], forms: Mapping[str, Form]) -> Iterator[Data]:
    sign, names = header
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=sign, strict=True))
    except csv.Error:
        fail("The quotation marks of this table don't match.", INVALID)
    said = (row for row in rows if any(map(str.strip, row)))
    for number, row in enumerate(islice(said, 1, None), 1):
        if len(row) > len(names):
            fail(WIDE.format(number), INVALID)
        yield in_columns(zip(names, row, strict=False), forms)


def _missing(name: str, common: Data) -> str:
    """The one field that a word in each row can be."""
    required = required_of(name)
    missing = [one for one in required if one not in common]
    if len(missing) != 1 or plain(fields_of(name)[missing[0]]).get("type") == "object":
        fail(WHICH_FIELD.format(", ".join(required) or "the fields"), INVALID)
    return missing[0]
