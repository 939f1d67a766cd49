"""The messages that somebody of the team has to see to, or had to, and how each stands. What
arrived, as most do, is no row of it.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from events.catalogue import Recorded
from events.ids import CohortId, NoticeId
from events.notices import (
    AboutNotice,
    NoticeDone,
    NoticeSettled,
    NoticeToSendAgain,
    NoticeUndelivered,
)
from events.personal import Closed
from events.terms import Code
from projections.projection import Projection, Row, Shown

OF_CONCERN: Final = frozenset({NoticeUndelivered, NoticeDone, NoticeToSendAgain, NoticeSettled})
TOLD: Final = ("to", "template", "why")


class MessageState(StrEnum):
    """How a message stands."""

    WAITS = "waits"
    DONE = "done"
    GOES_AGAIN = "goes-again"
    SETTLED = "settled"


class MessageRow(Row):
    """One message; `since` is when it came where it stands, `how` how somebody did it.

    What is told of it has, in the place of `about`, whom it is for (`to`), which kind of message it
    is (`template`), and why somebody had to see to it (`why`).
    """

    notice_id: NoticeId
    cohort_id: CohortId | None = None
    state: MessageState = MessageState.WAITS
    since: datetime
    about: Closed[AboutNotice]
    how: Closed[Code] | None = None


def keys(event: Any) -> Iterable[str]:
    """The message that a fact is about."""
    return (event.notice_id,) if type(event) in OF_CONCERN else ()


def messages(row: MessageRow | None, fact: Recorded[Any], key: str) -> MessageRow | None:
    """The message after one more fact."""
    event = fact.event
    if isinstance(event, NoticeUndelivered):
        return MessageRow(
            position=fact.envelope.position,
            notice_id=event.notice_id,
            cohort_id=event.cohort_id,
            since=fact.envelope.time,
            about=event.about,
        )
    return row and row.after(fact, since=fact.envelope.time, **_changes(event))


def _changes(event: object) -> dict[str, Any]:
    match event:
        case NoticeDone(how=how):
            return {"state": MessageState.DONE, "how": how}
        case NoticeToSendAgain():
            return {"state": MessageState.GOES_AGAIN, "how": None}
        case _:
            return {"state": MessageState.SETTLED, "how": None}


def told(row: Shown) -> Shown:
    """The row with what was said of the message; without the key, or once whom it is for was
    erased, each part of it can't be read.
    """
    rest = {name: value for name, value in row.items() if name != "about"}
    about = row.get("about")
    known = about if isinstance(about, dict) and "to" in about else dict.fromkeys(TOLD, about)
    return {**rest, **{name: known.get(name) for name in TOLD}}


MESSAGES: Final = Projection(
    name="messages",
    version=1,
    question="Which messages did somebody of the team have to see to, and how do they stand?",
    row=MessageRow,
    keys=keys,
    fold=messages,
    told=told,
)
