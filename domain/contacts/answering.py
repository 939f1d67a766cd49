"""What a contact says to it: yes, or no, at first or later; or nothing at all."""

from collections.abc import Iterator
from typing import ClassVar

from domain.contacts.contact import NamedContact
from domain.contacts.endings import SAID_NO
from domain.decision import Act, Command, Decides, Know, TooEarly
from events.calendar import end_of
from events.contacts import ContactAgreed, ContactDeclined, ContactEnded, ContactUnanswered
from events.event import Event
from events.ids import ContactId
from events.terms import Role


class MayStillAnswer(TooEarly):
    """The contact may still answer: their day is not over."""

    code = "contact.may-still-answer"


class AgreeToBeContact(Command, Decides[NamedContact]):
    """A contact agrees to be one."""

    name: ClassVar = "contact.agree"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    contact_id: ContactId

    def needs(self, know: Know) -> tuple[NamedContact]:
        return (know(NamedContact(self.contact_id)),)

    def decide(self, act: Act, contact: NamedContact) -> Iterator[Event]:
        contact.must_go_on(act)
        if contact.cohort_id and not contact.agreed:
            yield ContactAgreed(contact_id=self.contact_id, cohort_id=contact.cohort_id)


class DeclineToBeContact(Command, Decides[NamedContact]):
    """A contact says no, or no longer; they need give no reason, and it ends at once."""

    name: ClassVar = "contact.decline"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    contact_id: ContactId

    def needs(self, know: Know) -> tuple[NamedContact]:
        return (know(NamedContact(self.contact_id)),)

    def decide(self, act: Act, contact: NamedContact) -> Iterator[Event]:
        contact.must_be_known()
        if contact.cohort_id and not contact.ended:
            this = {"contact_id": self.contact_id, "cohort_id": contact.cohort_id}
            yield ContactDeclined.model_validate(this)
            yield ContactEnded.model_validate({**this, "reason": SAID_NO})


class MarkUnanswered(Command, Decides[NamedContact]):
    """A contact has not answered in time, so somebody must ask; they may still say yes or no."""

    name: ClassVar = "contact.mark-unanswered"
    contact_id: ContactId

    def needs(self, know: Know) -> tuple[NamedContact]:
        return (know(NamedContact(self.contact_id)),)

    def decide(self, act: Act, contact: NamedContact) -> Iterator[Event]:
        contact.must_be_known()
        if contact.answer_by is None or contact.cohort_id is None:
            return
        if act.time < end_of(contact.answer_by):
            raise MayStillAnswer
        if not (contact.agreed or contact.ended or contact.unanswered):
            yield ContactUnanswered(contact_id=self.contact_id, cohort_id=contact.cohort_id)
