"""Looking for people as the owner of a data folder, without a door; it is kept whom they found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from pydantic import JsonValue

from events.one_person import OnePerson
from services.cli.by_now import is_read_by_now
from services.cli.console import Installation, print_err
from services.cli.leaving import UNREACHABLE, fail
from services.cli.reading import LATE, Rows
from services.engines.connecting import connect
from services.log.authorities import one_person_of
from services.log.log import head_of_log, registered
from services.process.station import keys_of
from services.reading.by_the_log import forgotten
from services.reading.people import Sought, found_people, shared_people
from services.reading.trail import BY_OWNER, SEARCHED, Noting, NotNoted
from services.vault.epochs import master_key
from services.vault.fitting import FoundPerson
from services.vault.people import FEW
from services.vault.vault import Vault


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


def find_directly(installation: Installation, words: str, limit: int) -> tuple[Rows, bool]:
    """Up to so many people who are found by words, and whether there are more."""
    with directly(installation, "people find") as direct:
        if not direct.finds_everybody():
            print_err(LATE)
        found = direct.found(words, limit + 1)
        direct.noting.people(one.person for one in found[:limit])
        one_person = one_person_of(direct.connection)
    return [_told(one, one_person) for one in found[:limit]], len(found) > limit


def find_shared(installation: Installation) -> Rows:
    """All who share an address or number, group by group."""
    with directly(installation, "people shared") as direct:
        one_person = one_person_of(direct.connection)
        sharing = shared_people(direct.vault, direct.known, one_person)
        groups = [one.people for one in sharing]
        direct.noting.people(one.person for group in groups for one in group)
    return [
        {"group": number, **_told(one, one_person)}
        for number, group in enumerate(groups, 1)
        for one in group
    ]


def _told(one: FoundPerson, one_person: OnePerson) -> dict[str, JsonValue]:
    kept = one_person.merged.get(one.person)
    return {"person_id": one.person, **one.card._asdict(), "merged_into": kept}


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
