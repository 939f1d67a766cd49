"""Who comes and says who they are, and who that may be."""

from typing import NamedTuple

from services.vault.words import Card


class Arrival(NamedTuple):
    """Somebody who says their name and how they are reached, and who they are if they are new."""

    newcomer: str
    card: Card


class Meeting(NamedTuple):
    """Who an arrival may be: somebody known by the same address or number under the same name, or
    under another one; `newcomer` unless one of the same is registered.
    """

    newcomer: str | None
    same: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
