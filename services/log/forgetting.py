"""With which facts somebody is forgotten, and what falls with them."""

from functools import cache
from typing import Final

from events.catalogue import EVERY
from events.event import Event, id_kinds
from events.ids import Id, PersonId
from events.personal import JOINED, marked

FORGETTING: Final = {kind.wire_name(): kind for kind in EVERY if kind.forgets}
"""The facts with which somebody is forgotten, by their wire name."""


def whom_it_forgets(fact: Event) -> str:
    """The id of whoever is forgotten with a fact."""
    return str(getattr(fact, fact.forgets))


@cache
def _forgotten(fact: type[Event]) -> type[Id]:
    """What kind of id whoever is forgotten with such a fact has."""
    return dict(id_kinds(fact))[fact.forgets]


@cache
def with_keys(fact: type[Event]) -> bool:
    """Whether keys are gone with such a fact, and anything that is sealed may have fallen."""
    return issubclass(_forgotten(fact), PersonId)


@cache
def falls_with(kind: type[Event], fact: type[Event]) -> bool:
    """Whether facts of a kind may hold what falls with whoever is forgotten with such a fact."""
    ids = dict(id_kinds(kind.stored_as()))
    holders = (name for _, mark in marked(kind.stored_as()) for name in mark.of.split(JOINED))
    return with_keys(fact) or any(ids.get(name) is _forgotten(fact) for name in holders)
