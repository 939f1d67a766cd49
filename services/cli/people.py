"""`people`: who somebody is, for who knows a name or a number and may see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import maxsize
from typing import Final, NamedTuple

import click
import psycopg
from pydantic import JsonValue

from events.one_person import OnePerson
from services.cli.by_now import LATE, is_read_by_now
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
from services.cli.leaving import INVALID, UNREACHABLE, fail, guarded
from services.cli.reading import Rows, as_option, as_somebody
from services.engines.connecting import connect
from services.log.authorities import one_person_of
from services.log.log import head_of_log, registered
from services.process.station import keys_of
from services.reading.by_the_log import forgotten
from services.reading.people import Sought, found_people, shared_people
from services.reading.table import FIND, SHARED
from services.reading.trail import BY_OWNER, SEARCHED, Noting, NotNoted
from services.vault.epochs import master_key
from services.vault.fitting import FoundPerson
from services.vault.people import FEW
from services.vault.vault import Vault

COLUMNS: Final = ["person_id", "full_name", "town", "email", "phone", "merged_into"]


@click.group()
def people() -> None:
    """Find people, and those who share an address or number.

    Exit codes: 0 done, 2 a wrong call, 3 engines unreachable or keys missing.
    """


class Direct(NamedTuple):
    """The vault, which people the log knows, and a trail of who is shown."""

    vault: Vault
    connection: psycopg.Connection
    noting: Noting

    def known(self, people: set[str]) -> set[str]:
        """Those of these people who are registered, and were not erased."""
        there = registered(self.connection, people)
        return there - forgotten(self.connection, there)

    def found(self, words: str, many: int) -> list[FoundPerson]:
        """Up to so many of those who are found by words, the best first."""
        return found_people(self.vault, self.known, Sought(words, many))

    def finds_everybody(self) -> bool:
        """Wait until everybody can be found who is registered by now; False if not in time."""
        return is_read_by_now(self.connection, vault=self.vault)


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
        with directly(installation, "people find") as direct:
            if not direct.finds_everybody():
                print_err(LATE)
            found = direct.found(query, limit + 1)
            direct.noting.people(one.person for one in found[:limit])
            one_person = one_person_of(direct.connection)
        rows, cut = [_told(one, one_person) for one in found[:limit]], len(found) > limit
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
        with directly(installation, "people shared") as direct:
            one_person = one_person_of(direct.connection)
            sharing = shared_people(direct.vault, direct.known, one_person)
            groups = [one.people for one in sharing]
            direct.noting.people(one.person for group in groups for one in group)
        rows = [
            {"group": number, **_told(one, one_person)}
            for number, group in enumerate(groups, 1)
            for one in group
        ]
    none = "Nobody shares an address or number under another name."
    _print("Shared by", ["group", *COLUMNS], rows, none, as_json=as_json)


def people_meant(installation: Installation, words: str) -> list[str]:
    """The ids of those who are found by words, the best first. Raises WrongMasterKey as below."""
    with directly(installation, "people find") as direct:
        found = direct.found(words, FEW)
        if not found and direct.finds_everybody():
            found = direct.found(words, FEW)
        return [one.person for one in found]


@contextmanager
def directly(installation: Installation, query: str) -> Iterator[Direct]:
    """As the owner of a data folder, and it is kept that they looked. Raises WrongMasterKey without
    the master key: nobody can be found then.
    """
    engines = installation.engines()
    master_key(installation.settings.master_key)
    vault = Vault(engines.vault["home"], keys_of(installation.settings))
    try:
        vault.prove()
        with connect(engines.programme["home"], autocommit=True) as connection:
            noting = Noting(connection, query, BY_OWNER, head_of_log(connection))
            noting.people([SEARCHED])
            yield Direct(vault, connection, noting)
    except NotNoted as problem:
        fail(str(problem), UNREACHABLE)
    finally:
        vault.close()


def _told(one: FoundPerson, one_person: OnePerson) -> dict[str, JsonValue]:
    kept = one_person.merged.get(one.person)
    return {"person_id": one.person, **one.card._asdict(), "merged_into": kept}


def _print(title: str, columns: list[str], rows: Rows, none: str, *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json({column: row[column] for column in columns})
    elif rows:
        cells = [[str(row[column] or "") for column in columns] for row in rows]
        print_table(title, columns, cells)
    else:
        print_nothing(none, columns)
