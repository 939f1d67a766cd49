"""People, by words of their names, or because they share an address or number."""

from collections.abc import Callable, Iterator
from typing import Final

from services.patience import NO_END, must_be_before
from services.vault.people import FoundPerson
from services.vault.vault import Vault
from services.vault.words import same_name

MOST: Final = 3000  # people who are looked through for one answer
Known = Callable[[set[str]], set[str]]
"""Tells which of some people are there for whoever asks."""


def found_people(
    vault: Vault, known: Known, words: str, many: int, until: float = NO_END
) -> list[FoundPerson]:
    """So many of those who are found by words and are there, if there are so many; TimeoutError
    as `must_be_before`.
    """
    asked = many
    while True:
        found = vault.people.find(words, asked, until)
        there = known({one.person for one in found})
        shown = [one for one in found if one.person in there]
        if len(shown) >= many or len(found) < asked or asked > MOST:
            return shown[:many]
        asked *= 4


def shared_people(vault: Vault, known: Known, until: float = NO_END) -> Iterator[list[FoundPerson]]:
    """Those who share an address or number and are there, as long as they have different names;
    TimeoutError as above.
    """
    groups = vault.people.shared()
    there = known({person for group in groups for person in group})
    for group in groups:
        must_be_before(until)
        cards = {one: vault.people.card_of(one) for one in group if one in there}
        found = [FoundPerson(person, card) for person, card in cards.items() if card]
        if len({same_name(one.card.full_name) for one in found}) > 1:
            yield found
