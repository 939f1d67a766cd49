"""Which messages somebody of the team has to see to."""

from typing import Any

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.ids import NoticeId
from events.notices import NoticeDone, NoticeSettled, NoticeToSendAgain, NoticeUndelivered


class NoticeLives(Learner):
    """All messages of which the log tells; `open` are those that somebody has still to see to."""

    def __init__(self) -> None:
        self.all: set[NoticeId] = set()
        self.open: dict[NoticeId, int] = {}

    @learns(NoticeUndelivered)
    def undelivered(self, fact: Recorded[NoticeUndelivered]) -> None:
        """That it has not arrived, or is to be done by hand, and where the log says so."""
        self.all.add(fact.event.notice_id)
        self.open[fact.event.notice_id] = fact.envelope.position

    @learns(NoticeDone, NoticeToSendAgain, NoticeSettled)
    def seen_to(self, fact: Recorded[Any]) -> None:
        """That somebody saw to it."""
        self.open.pop(fact.event.notice_id, None)
