"""One way to fold a history, for a rebuild, for the state as of a moment, and for an audit."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from events.catalogue import Recorded
from projections.projection import Projection, R

NOTHING_YET: Mapping[str, Any] = MappingProxyType({})


def folded(
    projection: Projection[R],
    recorded: Iterable[Recorded[Any]],
    rows: Mapping[str, R] = NOTHING_YET,
) -> dict[str, R]:
    """The rows by key after these facts, in the order of their positions.

    `rows` are those of the facts before; they stay as they are.
    """
    found = dict(rows)
    for fact in recorded:
        for key in projection.keys(fact.event):
            row = projection.fold(found.pop(key, None), fact, key)
            if row is not None:
                found[key] = row
    return found
