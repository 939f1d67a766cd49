"""What a walk finds and is known: what is still to be mended, strictly. Somebody makes each of
these mistakes in every run (mistakes.py), so what is not found any more must be taken out.
"""

from typing import Final, NamedTuple

from tests.walk.findings import DIRECTION, FOLLOWS


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
FUTURE: Final = "what is still to come is recorded"

EXPECTED: Final = (
    Expected(
        "pairings.watched-as-long-as-it-lasts",
        CHECKED_ONCE,
        "a tie that begins while two lead together is noted, and nothing follows",
    ),
    Expected(
        "workshops.pair-books-together",
        CHECKED_ONCE,
        "who waits as one of a pair is promised a place as such, also when the other one gave"
        " theirs back and waits alone now",
    ),
    Expected(
        DIRECTION,
        ONE_SIDE,
        "a patient can't say who treats them: the other order is stored",
    ),
    Expected(
        "projects.time-rests-with-the-pair",
        NOT_ASKED_BY_ALL,
        "what is due of a milestone does not ask whether a pair leads it just now",
    ),
    Expected(
        "workshops.nobody-waits-beside-a-free-place",
        IDLE,
        "two who waited for two places wait each alone once they part, and nobody is asked",
    ),
    Expected(
        f"{FOLLOWS}:workshop.offer-held-places",
        IDLE,
        "as above",
    ),
    Expected(
        "workshops.no-attendance-of-the-future",
        FUTURE,
        "a scan of later the same day is taken in",
    ),
)
NAMES: Final = frozenset(one.name for one in EXPECTED)
