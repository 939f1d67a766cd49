"""Messages that somebody of the team has to see to: that one is noted, done, or sent once more."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import model_validator

from domain.contacts.contact import NamedContact
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, SoAlready, learns
from domain.people.person import Person
from events.event import Event
from events.ids import CohortId, ContactId, NoticeId, PersonId
from events.notices import (
    AboutNotice,
    NoticeDone,
    NoticeSettled,
    NoticeToSendAgain,
    NoticeUndelivered,
)
from events.personal import plain
from events.terms import Code, NoticeTrouble, Role, System


class NoticeStanding(StrEnum):
    """How a message stands that somebody of the team had to see to."""

    WAITS = "waits"
    DONE = "done"
    GOES_AGAIN = "goes-again"
    SETTLED = "settled"


class HowTold(StrEnum):
    """How somebody of the team saw to a message."""

    RANG = "notice.rang-them"
    SENT = "notice.sent-it-by-hand"
    ARRIVED = "notice.it-had-arrived"
    OTHERWISE = "notice.told-otherwise"
    NOT_NEEDED = "notice.not-needed"


@dataclass
class Noted(Knowledge):
    """How a message stands, in which cohort, and how somebody saw to it last; None if nobody ever
    had to.
    """

    notice_id: NoticeId | None
    cohort_id: CohortId | None = None
    standing: NoticeStanding | None = None
    how: Code | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.notice_id,)

    def must_be_known(self) -> None:
        """Refuses a message that nobody ever had to see to."""
        if self.standing is None:
            raise UnknownNotice

    @learns(NoticeUndelivered)
    def undelivered(self, event: NoticeUndelivered) -> None:
        self.cohort_id, self.standing = event.cohort_id, NoticeStanding.WAITS

    @learns(NoticeDone)
    def done(self, event: NoticeDone) -> None:
        self.standing, self.how = NoticeStanding.DONE, plain(event.how)

    @learns(NoticeToSendAgain)
    def goes_again(self, _: NoticeToSendAgain) -> None:
        self.standing = NoticeStanding.GOES_AGAIN

    @learns(NoticeSettled)
    def settled(self, _: NoticeSettled) -> None:
        self.standing = NoticeStanding.SETTLED


class UnknownNotice(Refusal):
    """We know of no such message that somebody has to see to. `show messages` has them all."""

    code = "notice.unknown"


class NoticeWaitsNot(Refusal):
    """Nobody waits to hear that this is done: it is sent again, or was settled otherwise."""

    code = "notice.waits-not"


class NoticeDoneOtherwise(SoAlready):
    """Somebody said before that it was done, in another way. If that was a slip, have it sent again
    (`notice.send-again`), and say then what became of it.
    """

    code = "notice.done-otherwise"


class ReportNotice(Command, Decides[Noted, Person, NamedContact]):
    """Whoever sends messages says that one has to be seen to by somebody of the team, and why."""

    name: ClassVar = "notice.report"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.NOTIFIER})
    notice_id: NoticeId
    cohort_id: CohortId | None = None
    person_id: PersonId | None = None
    contact_id: ContactId | None = None
    template: Code
    why: NoticeTrouble

    @model_validator(mode="after")
    def is_for_one(self) -> Self:
        if (self.person_id is None) is (self.contact_id is None):
            raise ValueError("say whom it is for: a person or a contact")
        return self

    def needs(self, know: Know) -> tuple[Noted, Person, NamedContact]:
        return (
            know(Noted(self.notice_id)),
            know(Person(self.person_id)),
            know(NamedContact(self.contact_id)),
        )

    def decide(
        self, _: Act, _noted: Noted, _person: Person, contact: NamedContact
    ) -> Iterator[Event]:
        to = self.person_id or self.contact_id
        if to is None or contact.ended:
            return  # nobody is there any more who could be told
        about = AboutNotice(to=to, template=self.template, why=self.why)
        yield NoticeUndelivered(notice_id=self.notice_id, cohort_id=self.cohort_id, about=about)


class SettleNotice(Command, Decides[Noted]):
    """Whoever sends messages says that one waits for nobody any more, which somebody else saw to
    than the team.
    """

    name: ClassVar = "notice.settle"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.NOTIFIER})
    notice_id: NoticeId

    def needs(self, know: Know) -> tuple[Noted]:
        return (know(Noted(self.notice_id)),)

    def decide(self, _: Act, noted: Noted) -> Iterator[Event]:
        if noted.standing is NoticeStanding.WAITS:
            yield NoticeSettled(notice_id=self.notice_id, cohort_id=noted.cohort_id)


class FinishNotice(Command, Decides[Noted]):
    """Somebody of the team says that they told the person what stands in a message, or that it had
    arrived.
    """

    name: ClassVar = "notice.done"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    notice_id: NoticeId
    how: HowTold

    def needs(self, know: Know) -> tuple[Noted]:
        return (know(Noted(self.notice_id)),)

    def decide(self, _: Act, noted: Noted) -> Iterator[Event]:
        noted.must_be_known()
        if noted.standing is NoticeStanding.DONE:
            if noted.how not in (None, self.how.value):
                raise NoticeDoneOtherwise
            return
        if noted.standing is not NoticeStanding.WAITS:
            raise NoticeWaitsNot
        yield NoticeDone(notice_id=self.notice_id, cohort_id=noted.cohort_id, how=self.how.value)


class SendNoticeAgain(Command, Decides[Noted]):
    """Somebody of the team has a message sent once more, also one that was said to be done: in the
    way in which the person hears from us by now.
    """

    name: ClassVar = "notice.send-again"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    notice_id: NoticeId

    def needs(self, know: Know) -> tuple[Noted]:
        return (know(Noted(self.notice_id)),)

    def decide(self, _: Act, noted: Noted) -> Iterator[Event]:
        noted.must_be_known()
        if noted.standing is not NoticeStanding.GOES_AGAIN:
            yield NoticeToSendAgain(notice_id=self.notice_id, cohort_id=noted.cohort_id)
