"""People, by words of their names, or because they share an address or number."""

from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from itertools import combinations, dropwhile
from typing import Final, NamedTuple

import psycopg

from events.one_person import OnePerson
from events.people import PersonRegistered
from services.log.log import borne
from services.patience import NO_END, must_be_before
from services.reading.refusals import NotACursor
from services.vault.fitting import FoundPerson
from services.vault.vault import Vault
from services.vault.words import same_name

MOST: Final = 3000  # people who are looked through for one answer
UNINDEXED: Final = 500  # people who came last, and are looked up in the log
Known = Callable[[set[str]], set[str]]
"""Tells which of some people are there for whoever asks."""


class Sought(NamedTuple):
    """For which words somebody looks, and how many people at most."""

    words: str
    many: int


class Sharing(NamedTuple):
    """People who share an address or number, and what such a group is called."""

    name: str
    people: list[FoundPerson]


def found_people(
    vault: Vault,
    known: Known,
    sought: Sought,
    among: Collection[str] | None = None,
    until: float = NO_END,
) -> list[FoundPerson]:
    """So many of those who are found by words and are there, if there are so many.

    `among` whom one looks are those whom whoever asks may see: so how long it takes says nothing of
    others. None if they may see everybody. TimeoutError as `must_be_before`.
    """
    asked = sought.many
    while True:
        found = vault.people.find(sought.words, asked, among, until)
        there = known({one.person for one in found})
        shown = [one for one in found if one.person in there]
        if len(shown) >= sought.many or len(found) < asked or asked > MOST:
            return shown[: sought.many]
        asked *= 4


def shared_people(
    vault: Vault, known: Known, one_person: OnePerson, after: str = "", until: float = NO_END
) -> Iterator[Sharing]:
    """Those who share an address or number and are there, as long as they have different names and
    are not one person, as is known by now; behind the group of a name, NotACursor if there is none
    of it any more. TimeoutError as above.
    """
    groups = {_named(group): group for group in vault.people.shared()}
    there = known({person for group in groups.values() for person in group})
    if after and after not in groups:
        raise NotACursor
    behind = list(dropwhile(lambda name: name != after, groups))[1:] if after else list(groups)
    for name in behind:
        must_be_before(until)
        cards = {one: vault.people.card_of(one) for one in groups[name] if one in there}
        found = [FoundPerson(person, card) for person, card in cards.items() if card]
        if any(_are_two(one, other, one_person) for one, other in combinations(found, 2)):
            yield Sharing(name, found)


def _are_two(one: FoundPerson, other: FoundPerson, one_person: OnePerson) -> bool:
    """Whether two have different names, and nobody has said yet that they are one person."""
    same = same_name(one.card.full_name) == same_name(other.card.full_name)
    return not same and one_person.kept(one.person) != one_person.kept(other.person)


def _named(group: Collection[str]) -> str:
    return sha256(" ".join(group).encode()).hexdigest()


def first_missing(connection: psycopg.Connection, vault: Vault) -> list[int]:
    """The position before which all who are registered can be found by words; none if all can."""
    unindexed = vault.people.unindexed(UNINDEXED)
    registered = borne(connection, unindexed, [PersonRegistered]) if unindexed else {}
    return [min(one.first for one in registered.values()) - 1] if registered else []
