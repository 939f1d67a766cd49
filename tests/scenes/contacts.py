"""Scenes with contacts: Mae manages Ben, Hari hosts what he and Ada do, and Sue supports Ada."""

from datetime import date
from typing import Final

from events.contacts import (
    ContactAgreed,
    ContactDeclined,
    ContactEnded,
    ContactKept,
    ContactNamed,
    ContactUnanswered,
)
from events.ids import CohortId, ContactId, PersonId, ProjectId
from events.people import Contact
from events.terms import ContactPurpose
from tests.scenes.cast import AUTUMN
from tests.scenes.given import NOON

MAE, HARI, SUE = (ContactId.derived(NOON, name) for name in ("Mae", "Hari", "Sue"))
LAST_DAY: Final = date(2025, 5, 30)
"""Of the cohort; a contact is kept no longer."""
ANSWER_BY: Final = date(2024, 9, 30)
"""Two weeks after they were asked."""
OVER: Final = "contact.what-it-was-for-is-over"


def named(
    contact: ContactId,
    purpose: ContactPurpose,
    *,
    person_id: PersonId | None = None,
    project_id: ProjectId | None = None,
    cohort: CohortId = AUTUMN,
) -> ContactNamed:
    return ContactNamed(
        contact_id=contact,
        cohort_id=cohort,
        person_id=person_id,
        project_id=project_id,
        purpose=purpose,
        full_name="Mae Trim",
        contact=Contact(email="mae@trust.example"),
    )


def line_manager(who: PersonId, contact: ContactId = MAE) -> ContactNamed:
    return named(contact, ContactPurpose.LINE_MANAGER, person_id=who)


def supporter(who: PersonId, contact: ContactId = SUE) -> ContactNamed:
    return named(contact, ContactPurpose.SUPPORTER, person_id=who)


def host(project: ProjectId, contact: ContactId = HARI) -> ContactNamed:
    return named(contact, ContactPurpose.HOST, project_id=project)


def kept(contact: ContactId = MAE, until: date = LAST_DAY) -> ContactKept:
    answer_by = min(until, ANSWER_BY)
    return ContactKept(contact_id=contact, cohort_id=AUTUMN, until=until, answer_by=answer_by)


def unanswered(contact: ContactId = MAE) -> ContactUnanswered:
    return ContactUnanswered(contact_id=contact, cohort_id=AUTUMN)


def agreed(contact: ContactId = MAE) -> ContactAgreed:
    return ContactAgreed(contact_id=contact, cohort_id=AUTUMN)


def declined(contact: ContactId = MAE) -> ContactDeclined:
    return ContactDeclined(contact_id=contact, cohort_id=AUTUMN)


def ended(contact: ContactId = MAE, reason: str = OVER) -> ContactEnded:
    return ContactEnded(contact_id=contact, cohort_id=AUTUMN, reason=reason)
