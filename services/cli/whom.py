"""Whom somebody means by a name in a data folder of their own, before anybody can ask at a door."""

import time
from contextlib import closing
from typing import Final

from events.ids import PersonId
from services.cli.console import Installation, print_err, print_table
from services.cli.finding import LATELY, NOBODY, SEVERAL
from services.cli.ids import ends_of, piece_in
from services.cli.leaving import INVALID, fail
from services.engines.connecting import connect
from services.log.authorities import one_person_of
from services.log.log import head_of_log, registered
from services.process.station import keys_of
from services.reading.by_the_log import forgotten
from services.reading.people import Sought, found_people
from services.reading.trail import BY_OWNER, SEARCHED, Noting
from services.vault.vault import Vault

MANY: Final = 20
HERE_ALONE: Final = "PERSON: give the whole id. Here nobody is found by a name."


def person_meant(installation: Installation, said: str) -> PersonId:
    """The person of this id, or whom the owner of a data folder finds by words. It ends the call
    with a line if that is nobody, or more than one, who are shown.
    """
    if PersonId.pattern.fullmatch(said):
        return PersonId(said)
    if not installation.is_at_home():
        fail(HERE_ALONE, INVALID)
    found = _found_lately(installation, said)
    if len(found) != 1:
        ends = ends_of(found)
        if found:
            rows = [*zip(ends, found.values(), strict=True)]
            print_table("", ["id", "who it is"], rows)
        fail(f"PERSON: {SEVERAL.format(', '.join(ends)) if found else NOBODY}.", INVALID)
    ((person, name),) = found.items()
    print_err(f"{name} ({person})")
    return PersonId(person)


def _found_lately(installation: Installation, said: str) -> dict[str, str]:
    """The same, also of who was registered a moment ago."""
    for pause in LATELY:
        if found := _found(installation, said):
            return found
        time.sleep(pause)
    return _found(installation, said)


def _found(installation: Installation, said: str) -> dict[str, str]:
    """The names of those who are found, by their ids; of whom are two ids, the one that is kept."""
    vault = Vault(installation.engines().vault["home"], keys_of(installation.settings))
    url = installation.engines().programme["home"]
    words, piece = said.rpartition(" ")[0], piece_in(said)
    with closing(vault), connect(url, autocommit=True) as connection:
        noting = Noting(connection, "find", BY_OWNER, head_of_log(connection))
        noting.people([SEARCHED])

        def known(people: set[str]) -> set[str]:
            there = registered(connection, people)
            return there - forgotten(connection, there)

        found = found_people(vault, known, Sought(said, MANY))
        if not found and words and piece:  # a name with the end of the id behind it
            some = found_people(vault, known, Sought(words, MANY))
            found = [one for one in some if piece.is_of(one.person)]
        noting.people(one.person for one in found)
        kept = one_person_of(connection).kept
        return {kept(one.person): one.card.full_name for one in found}
