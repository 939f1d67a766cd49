"""How well people fit what was asked: who fits best comes first."""

from collections.abc import Iterable
from typing import NamedTuple, Self

from services.vault.words import Card, findable, sought


class FoundPerson(NamedTuple):
    """Somebody who was found."""

    person: str
    card: Card


class _Fit(NamedTuple):
    """How well somebody fits, in the order in which they come."""

    otherwise_reached: bool
    words_not_whole: int
    full_name: str
    person: FoundPerson
    fits: bool

    @classmethod
    def of(cls, one: FoundPerson, contact: str, words: set[str]) -> Self:
        """How somebody fits an address or number, or these words."""
        reached = contact in one.card.contacts
        whole = set(sought(" ".join(text for text in one.card if text)))
        fits = reached or words <= findable(one.card)
        return cls(not reached, len(words - whole), one.card.full_name, one, fits)


def best_fits(people: Iterable[FoundPerson], contact: str, words: set[str]) -> list[FoundPerson]:
    """Those whose address or number it is, or who have all of these words, the best first."""
    found = sorted(_Fit.of(one, contact, words) for one in people)
    return [one.person for one in found if one.fits]
