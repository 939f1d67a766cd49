"""What became of messages to people, as far as somebody of the team has to do something about it.

Most messages arrive, and are no facts: what is to be sent, and what was, stands in the ledger of
notices. Whom a message is for shows in none of these facts, nor why it waits: either would tell how
somebody wishes, or needs, to hear from us.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel

from events.event import Event
from events.ids import CohortId, ContactId, NoticeId, PersonId
from events.personal import Closed, Mark
from events.terms import Code, NoticeTrouble, Value


class AboutNotice(Value):
    """Whom a message is for, of which kind it is, and why somebody of the team has to see to it."""

    to: PersonId | ContactId
    template: Code
    why: NoticeTrouble


@dataclass(frozen=True)
class OfNotice(Mark):
    """About a message, under a key of its own, which falls with whom the message is for."""

    of: str = "notice_id"
    even: int = 192
    purpose = "notice:"
    whose = "the team, about the message in"

    def holders(self, fact: BaseModel) -> tuple[str, ...]:
        """Whom the message is for, as far as the fact says so."""
        about = getattr(fact, "about", None)
        return (about.to,) if isinstance(about, AboutNotice) else ()


class NoticeUndelivered(Event):
    """A message has not reached whom it is for, as far as we know, or is to be said by somebody of
    the team.
    """

    name: ClassVar = "notice.undelivered"
    notice_id: NoticeId
    cohort_id: CohortId | None = None
    about: Annotated[Closed[AboutNotice], OfNotice()]


class NoticeDone(Event):
    """Somebody of the team has told the person, or knows that the message arrived."""

    name: ClassVar = "notice.done"
    notice_id: NoticeId
    cohort_id: CohortId | None = None
    how: Annotated[Closed[Code], OfNotice()]


class NoticeToSendAgain(Event):
    """A message is to be sent once more, in the way in which the person is reached by now."""

    name: ClassVar = "notice.to-send-again"
    notice_id: NoticeId
    cohort_id: CohortId | None = None


class NoticeSettled(Event):
    """Whoever runs the system has seen to a message, so that it waits for nobody any more."""

    name: ClassVar = "notice.settled"
    notice_id: NoticeId
    cohort_id: CohortId | None = None
