"""What a walk finds and is known: what is still to be mended, strictly. Somebody makes each of
these mistakes in every run (mistakes.py), so what is not found any more must be taken out.
"""

from typing import Final, NamedTuple

from tests.walk.findings import DIRECTION


class Expected(NamedTuple):
    """A finding that is known: of which kind it is, and why it comes about."""

    name: str
    kind: str
    reason: str


CHECKED_ONCE: Final = "a rule that is checked once must hold on"
ONE_SIDE: Final = "a fact that only one side may state"
NOT_ASKED_BY_ALL: Final = "a state that not everybody asks"
FROM_BEFORE: Final = "people's time is counted from a moment that they could not know"
IDLE: Final = "somebody waits beside what is free"

EXPECTED: Final = (
    Expected(
        "pairings.watched-as-long-as-it-lasts",
        CHECKED_ONCE,
        "a tie that begins while two lead together is noted, and nothing follows",
    ),
    Expected(
        DIRECTION,
        ONE_SIDE,
        "a patient can't say who treats them: the other order is stored",
    ),
)
NAMES: Final = frozenset(one.name for one in EXPECTED)
