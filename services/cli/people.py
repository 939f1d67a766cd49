"""`people`: who somebody is, for whoever holds the vault's key and knows a name or a number."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import click

from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_json,
    print_out,
    print_table,
)
from services.cli.leaving import INVALID, fail, guarded
from services.engines.addresses import Engines
from services.engines.connecting import connect
from services.log.log import registered
from services.process.station import keys_of
from services.vault.epochs import master_key
from services.vault.people import FEW, FoundPerson
from services.vault.vault import Vault
from services.vault.words import same_name

COLUMNS: Final = ["person_id", "full_name", "town", "email", "phone"]


@click.group()
def people() -> None:
    """Find people, and those who share an address or number.

    Exit codes: 0 done, 2 a wrong call, 3 engines unreachable or keys missing.
    """


class _Reader(NamedTuple):
    """The vault, and which people the log knows."""

    vault: Vault
    engines: Engines

    def known(self, people: set[str]) -> set[str]:
        """Those of these people who are registered."""
        with connect(self.engines.programme["console"]) as connection:
            return registered(connection, people)


@people.command()
@click.argument("words", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=FEW, help="At most so many people.")
@json_option
@data_option
@guarded
def find(words: tuple[str, ...], limit: int, as_json: bool, data: Path | None) -> None:
    """Find people by words, or beginnings of words, of name, town, e-mail or telephone number.

    All of the words must be there. Case, accents and apostrophes don't count, nor how a number
    is written: give it alone. Without words they are asked for, or read from the input: everybody
    on this machine sees what is an argument, and your shell keeps it.

    Exit codes: 0 done, 2 no words, 3 engines unreachable or keys missing.
    """
    query = " ".join(words) or _asked()
    with _reader(Installation(data)) as reader:
        found = _known(reader, query, limit + 1)
    rows = [_told(one) for one in found[:limit]]
    _print("People", COLUMNS, rows, "Nobody was found.", as_json=as_json)
    if len(found) > limit:
        print_err("There are more: give more words, or a larger --limit.")


def _asked() -> str:
    """The words, from whoever sits there or from the input."""
    words = click.prompt("Words", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    return str(words).strip() or fail("Give the words, or one of them.", INVALID)


def _known(reader: _Reader, query: str, many: int) -> list[FoundPerson]:
    """So many of those who are found and of whom the log knows, if there are so many."""
    asked = many
    while True:
        found = reader.vault.people.find(query, asked)
        known = reader.known({one.person for one in found})
        shown = [one for one in found if one.person in known]
        if len(shown) >= many or len(found) < asked:
            return shown
        asked *= 4


@people.command()
@json_option
@data_option
@guarded
def shared(as_json: bool, data: Path | None) -> None:
    """Show people who share an address or number under different names.

    They may be a couple or a household, or one person under two names: somebody to ask about.

    Exit codes: 0 done, 3 engines unreachable or keys missing.
    """
    with _reader(Installation(data)) as reader:
        groups = list(_groups(reader))
    rows = [
        {"group": str(number), **_told(one)}
        for number, group in enumerate(groups, 1)
        for one in group
    ]
    none = "Nobody shares an address or number under another name."
    _print("Shared by", ["group", *COLUMNS], rows, none, as_json=as_json)


def _groups(reader: _Reader) -> Iterator[list[FoundPerson]]:
    """Those of whom the log knows, as long as they still have different names."""
    groups = reader.vault.people.shared()
    known = reader.known({person for group in groups for person in group})
    for group in groups:
        cards = {one: reader.vault.people.card_of(one) for one in group if one in known}
        there = [FoundPerson(person, card) for person, card in cards.items() if card]
        if len({same_name(one.card.full_name) for one in there}) > 1:
            yield there


@contextmanager
def _reader(installation: Installation) -> Iterator[_Reader]:
    """Raises WrongMasterKey without the master key: nobody can be found then."""
    engines = installation.engines()
    master_key(installation.settings.master_key)
    vault = Vault(engines.vault["console"], keys_of(installation.settings))
    try:
        vault.prove()
        yield _Reader(vault, engines)
    finally:
        vault.close()


def _told(one: FoundPerson) -> dict[str, str | None]:
    return {"person_id": one.person, **one.card._asdict()}


def _print(
    title: str, columns: list[str], rows: list[dict[str, str | None]], none: str, *, as_json: bool
) -> None:
    if as_json:
        for row in rows:
            print_json({column: row[column] for column in columns})
    elif rows:
        print_table(title, columns, [[row[column] or "" for column in columns] for row in rows])
    else:
        print_out(none)
