"""How whoever is written to is reached, and who may be written to at all."""

from typing import Final

from domain.contacts.contact import NamedContact
from domain.notice import Notice
from domain.people.notices import LAST_LETTER
from domain.people.person import Reach
from events.ids import ContactId, PersonId

ASKING: Final = "contact.asked"
"""The one letter that somebody gets who has not agreed yet: it asks whether they do."""
Reached = Reach | NamedContact


def reach_of(who: PersonId | ContactId) -> Reached:
    """What must be known to write to somebody."""
    return NamedContact(who) if isinstance(who, ContactId) else Reach(who)


def may_hear(reach: Reached, notice: Notice) -> bool:
    """Whether a notice may go to whom it is for: to a contact only if they agreed, or to ask; to a
    person unless they took back their consent, of which they are told.
    """
    if isinstance(reach, Reach):
        return not reach.takes_no_part or notice.template == LAST_LETTER
    return not reach.ended and (reach.agreed or notice.template == ASKING)
