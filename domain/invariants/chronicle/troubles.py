"""Of what the log tells that it may be lacking."""

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.ids import TroubleId
from events.terms import Lack
from events.troubles import TroubleNoted, TroubleSettled


class TroubleLives(Learner):
    """All troubles that were ever noted; `open` are those that are not settled."""

    def __init__(self) -> None:
        self.all: set[TroubleId] = set()
        self.open: dict[TroubleId, Lack] = {}

    @learns(TroubleNoted)
    def noted(self, fact: Recorded[TroubleNoted]) -> None:
        """That something may be lacking."""
        self.all.add(fact.event.trouble_id)
        self.open[fact.event.trouble_id] = fact.event.lacks

    @learns(TroubleSettled)
    def settled(self, fact: Recorded[TroubleSettled]) -> None:
        """That it is not any more."""
        self.open.pop(fact.event.trouble_id, None)
