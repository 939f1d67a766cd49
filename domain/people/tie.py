"""What may be between two people, and when it is the same whichever of them is named first."""

from typing import Final

from events.ids import PersonId
from events.terms import Relationship

DIRECTED: Final = frozenset({Relationship.TREATS, Relationship.MANAGES, Relationship.REFERS})
"""What one does to the other: whoever does it is named first, and either may say so."""
OF_ONE: Final = frozenset({Relationship.VETO})
"""What one of the two alone has said, and where it makes a difference who did."""
NEVER_WAS: Final = "relationship.mistake"
Tie = tuple[PersonId, PersonId, Relationship]
"""Two people and what is between them; in the order of their ids where it is the same for both."""


def tie_of(one: PersonId, other: PersonId, kind: Relationship) -> Tie:
    """A tie, the same whichever of the two is named first, unless that makes another."""
    if kind in DIRECTED | OF_ONE:
        return one, other, kind
    return *sorted((one, other)), kind  # type: ignore[return-value]  # there are two
