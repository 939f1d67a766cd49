"""What has happened with contacts: people who are no applicants, and are named for one purpose.

Who a contact is, and for whom they are named, is sealed under a key of the contact's own. A contact
stands for one naming: whoever is named by two people is two contacts, and each ends by itself.
"""

from datetime import date, timedelta
from typing import Annotated, ClassVar, Final

from events.event import Cover, Event
from events.ids import CohortId, ContactId, PersonId, ProjectId
from events.people import Contact
from events.personal import Closed, Erased, ForRules, Line, OfCohort, Personal, Sealed
from events.terms import Code, ContactPurpose

CONTACT_IS_TOLD: Final = timedelta(days=7)
"""After a cohort was cancelled: to the end of that day a contact who agreed is kept, to be told."""


class ContactStated(Cover):
    """Somebody was named as a contact; who, by whom, for whom and as what, nobody else can tell."""

    name: ClassVar = "contact.stated"
    veiled: ClassVar = True
    size: ClassVar = 8 * 1024  # a name, an address, a number and a town of 200 characters each
    hidden_tags: ClassVar = 1
    contact_id: ContactId
    cohort_id: CohortId
    content: Annotated[Sealed | Erased, ForRules(of="contact_id")]


class ContactNamed(Event):
    """Somebody is named for one person or one project, and asked whether they agree."""

    name: ClassVar = "contact.named"
    cover: ClassVar = ContactStated
    contact_id: ContactId
    cohort_id: CohortId
    person_id: PersonId | None = None
    project_id: ProjectId | None = None
    purpose: ContactPurpose
    full_name: Annotated[Closed[Line], Personal(of="contact_id")]
    contact: Annotated[Closed[Contact], Personal(of="contact_id", even=256)]


class ContactKept(Event):
    """A contact is kept to the end of a day, unless they say no or are not needed before; they are
    asked to answer by the end of another. Once their cohort does not take place, whoever agreed is
    kept only so long that they can be told.
    """

    name: ClassVar = "contact.kept"
    veiled: ClassVar = True
    contact_id: ContactId
    cohort_id: CohortId
    until: date
    answer_by: date


class ContactUnanswered(Event):
    """A contact has not answered in time: a coordinator must ask them, or whoever named them."""

    name: ClassVar = "contact.unanswered"
    contact_id: ContactId
    cohort_id: CohortId


class ContactAgreed(Event):
    """A contact agrees to be one, so that they may be written to."""

    name: ClassVar = "contact.agreed"
    contact_id: ContactId
    cohort_id: CohortId


class ContactDeclined(Event):
    """A contact says no, or no longer."""

    name: ClassVar = "contact.declined"
    contact_id: ContactId
    cohort_id: CohortId


class ContactEnded(Event):
    """A contact is one no more, for a reason. From here on nothing of theirs is opened.

    Who ended it, and on what cause, would tell for whom they were named.
    """

    name: ClassVar = "contact.ended"
    veiled: ClassVar = True
    forgets: ClassVar = "contact_id"
    contact_id: ContactId
    cohort_id: CohortId
    reason: Annotated[Closed[Code], OfCohort(of="cohort_id")]
    by: Annotated[Closed[dict[str, str]] | None, OfCohort(of="cohort_id", even=1024)] = None
