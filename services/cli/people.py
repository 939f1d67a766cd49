"""`people`: who somebody is, for who knows a name or a number and may see it."""

from pathlib import Path
from sys import maxsize
from typing import Final

import click

from services.cli.console import (
    AT_MOST,
    Installation,
    data_option,
    print_err,
    print_json,
    print_nothing,
    print_table,
    table_options,
)
from services.cli.given import asked_for
from services.cli.leaving import INVALID, fail, guarded
from services.cli.reading import Rows, as_option, as_somebody
from services.reading.asking import FIND, SHARED
from services.vault.people import FEW

COLUMNS: Final = ["person_id", "full_name", "town", "email", "phone", "merged_into"]


@click.group()
def people() -> None:
    """Find people, and those who share an address or number.

    Exit codes: 0 done, 2 a wrong call, 3 engines unreachable or keys missing.
    """


@people.command()
@click.argument("words", nargs=-1)
@click.option("--limit", type=AT_MOST, default=FEW, help="At most so many people.")
@as_option
@table_options
@data_option
@guarded
def find(
    words: tuple[str, ...], limit: int, person: str | None, as_json: bool, data: Path | None
) -> None:
    """Find people by words, or beginnings of words, of name, town, e-mail or telephone number.

    All of the words must be there. Case, accents and apostrophes don't count, nor how a number
    is written: give it alone. Who was registered twice and merged is found under both ids, with
    the one that is kept (`merged_into`). Without words they are asked for, or read from the
    input: everybody on this machine sees what is an argument, and your shell keeps it.

    Exit codes: 0 done, 1 not yours to read, 2 no words, 3 engines unreachable or keys missing.
    """
    query, installation = " ".join(words) or _asked(), Installation(data)
    rows, cut = Rows(), False
    if somebody := as_somebody(installation, person):
        rows, cut = somebody.by_now(FIND, {"words": query}, limit)
    else:
        from services.cli.directly import find_directly  # noqa: PLC0415 - it needs all facts

        rows, cut = find_directly(installation, query, limit)
    _print("People", COLUMNS, rows, "Nobody was found.", as_json=as_json)
    if cut:
        print_err("There are more: give more words, or a larger --limit.")


def _asked() -> str:
    """The words, from whoever sits there or from the input."""
    return asked_for("Words") or fail("Give the words, or one of them.", INVALID)


@people.command()
@as_option
@table_options
@data_option
@guarded
def shared(person: str | None, as_json: bool, data: Path | None) -> None:
    """Show people who share an address or number under different names.

    They may be a couple or a household, or one person under two names: somebody to ask about,
    unless they were merged already.

    Exit codes: 0 done, 1 not yours to read, 3 engines unreachable or keys missing.
    """
    installation = Installation(data)
    rows: Rows
    if somebody := as_somebody(installation, person):
        rows = somebody.rows(SHARED, {}, maxsize)
    else:
        from services.cli.directly import find_shared  # noqa: PLC0415 - it needs all facts

        rows = find_shared(installation)
    none = "Nobody shares an address or number under another name."
    _print("Shared by", ["group", *COLUMNS], rows, none, as_json=as_json)


def _print(title: str, columns: list[str], rows: Rows, none: str, *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json({column: row[column] for column in columns})
    elif rows:
        cells = [[str(row[column] or "") for column in columns] for row in rows]
        print_table(title, columns, cells)
    else:
        print_nothing(none, columns)
