"""What goes also to whoever comes along to help somebody: when and where that person meets others.

It is all that a supporter agrees to hear (`notices.ROLES`). Nothing else that a person is told, an
offer say, goes to their supporter; nor is a supporter rung in their place.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from domain.contacts.contact import ContactsFor, NamedContact
from domain.decision import Know
from domain.notice import Notice
from domain.people.person import Reach
from events.ids import CohortId, ContactId
from events.terms import ContactPurpose

ALONG: Final = "You come along to help {supported}. This is what we wrote to them:"


def copies(notice: Notice, cohort_id: CohortId | None, know: Know) -> Iterator[Notice]:
    """A copy for each supporter who agreed, of what goes into the calendar of whom they support."""
    if notice.appointment is None or isinstance(notice.to, ContactId):
        return
    for contact_id, named in sorted(know(ContactsFor(notice.to)).named.items()):
        ours = named.purpose is ContactPurpose.SUPPORTER and named.cohort_id == cohort_id
        if ours and know(NamedContact(contact_id)).agreed:
            yield replace(
                notice,
                to=contact_id,
                paragraphs=(ALONG, *(f"> {one}" for one in notice.paragraphs)),
                values={**notice.values, "supported": know(Reach(notice.to)).full_name},
                asks=None,
            )
