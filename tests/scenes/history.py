"""A whole small cohort, from first interest to the last check-in, as the log would keep it.

Ada leads with Ben to the end. Amina's partner Bartek leaves, and Bola takes their project on with
her. Aoife does not take her place, and the offer to Dilys, who was in reserve, lapses. Edith is
not eligible; Fern withdraws, comes back and withdraws again. Gwen only wished to know
more. Cleo (lay), Carys and Colm assess.
"""

from functools import cache

from events.catalogue import Recorded
from events.event import Event
from tests.scenes.history_choosing import choosing
from tests.scenes.history_learning import learning, partnerships
from tests.scenes.scribe import Scribe


@cache
def _told() -> Scribe:
    scribe = Scribe()
    choosing(scribe)
    learning(scribe)
    partnerships(scribe)
    return scribe


@cache
def happened() -> tuple[Event, ...]:
    """All that happened, as rules know it."""
    return _told().facts()


@cache
def history() -> tuple[Recorded[Event], ...]:
    """All that happened, sealed as it is stored, at positions from 1."""
    return _told().recorded()
