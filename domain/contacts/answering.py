"""What a contact says to it: yes, or no, at first or later; today through a coordinator."""

from collections.abc import Iterator
from typing import ClassVar

from domain.contacts.contact import NamedContact
from domain.contacts.endings import SAID_NO
from domain.decision import Act, Command, Decides, Know
from events.contacts import ContactAgreed, ContactDeclined, ContactEnded
from events.event import Event
from events.ids import ContactId
from events.terms import Role


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
