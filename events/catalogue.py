"""Every fact that the programme knows, by its name on the wire."""

from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Final, Generic, TypeVar

from events import (
    applications,
    assessments,
    cohorts,
    concerns,
    contacts,
    continuation,
    heads,
    identities,
    imports,
    interest,
    matching,
    notices,
    offers,
    pairings,
    people,
    projects,
    reasons,
    reflections,
    roles,
    rules,
    tasks,
    troubles,
    workshops,
)
from events.envelope import Envelope, read_document
from events.event import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)

CONTEXTS: Final = (
    people,
    identities,
    roles,
    rules,
    cohorts,
    interest,
    imports,
    applications,
    assessments,
    offers,
    matching,
    pairings,
    workshops,
    reflections,
    projects,
    contacts,
    continuation,
    reasons,
    heads,
    tasks,
    notices,
    troubles,
)


class UnknownEvent(LookupError):
    """The log holds a fact that this version does not know. Install the version that wrote it."""


def facts_of(module: ModuleType) -> list[type[Event]]:
    """The facts that a module declares, in its order."""
    members = vars(module).values()
    kinds = [one for one in members if isinstance(one, type) and issubclass(one, Event)]
    return [kind for kind in kinds if kind.__module__ == module.__name__]


EVERY: Final = tuple(kind for context in CONTEXTS for kind in facts_of(context))
CATALOGUE: Final = MappingProxyType({one.wire_name(): one for one in EVERY if one.cover is None})
"""The kinds of fact that the log holds, by their wire name."""
OF_CONCERNS: Final = MappingProxyType({one.wire_name(): one for one in facts_of(concerns)})
"""The kinds that a log of its own holds, for what is told in confidence, by their wire name."""
STORED: Final = MappingProxyType({**CATALOGUE, **OF_CONCERNS})
"""The kinds of fact that either log holds."""
BENEATH: Final = MappingProxyType({one.wire_name(): one for one in EVERY if one.cover})
"""The kinds that it holds only under a cover, by their wire name."""


@dataclass(frozen=True, slots=True)
class Recorded(Generic[E_co]):
    """A fact with its envelope."""

    envelope: Envelope
    event: E_co


def decode(document: bytes) -> Recorded[Event]:
    """The fact in a stored document.

    ValueError if it is no document of ours or its data do not fit, UnknownEvent if its type is
    not in the catalogue; neither repeats the content.
    """
    envelope, data = read_document(document)
    kind = STORED.get(envelope.type)
    if kind is None:
        raise UnknownEvent(f"position {envelope.position} holds a {envelope.type}")
    # Parts of a fact may grow as well, though they take no unknown field from a command.
    return Recorded(envelope, kind.model_validate(data, extra="ignore"))
