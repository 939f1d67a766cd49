"""What people mean to do about those who are no applicants: name them, answer for them, end it."""

from datetime import timedelta
from typing import Any

from events.contacts import ContactAgreed, ContactEnded, ContactNamed
from events.offers import OfferAccepted, PlaceConfirmed
from events.projects import ProjectProposed
from events.terms import ContactPurpose, Side
from tests.walk.lives import Lives, after


@after(OfferAccepted, PlaceConfirmed)
def needs_somebody(life: Lives, fact: Any) -> None:
    """Their line manager, or somebody who comes along."""
    manages = fact.side is Side.HEALTHCARE_LEADER
    purpose = ContactPurpose.LINE_MANAGER if manages else ContactPurpose.SUPPORTER
    mine = {"cohort_id": fact.cohort_id, "person_id": fact.person_id, "project_id": None}
    life.will(0.35, 3, "contact.name", by=fact.person_id, **mine, purpose=purpose)
    life.will(0.1, 20, "contact.name", **mine, purpose=ContactPurpose.REFEREE)


@after(ProjectProposed)
def has_a_host(life: Lives, fact: ProjectProposed) -> None:
    whose = {"cohort_id": fact.cohort_id, "project_id": fact.project_id, "person_id": None}
    life.will(0.5, 3, "contact.name", by=fact.proposed_by, **whose, purpose=ContactPurpose.HOST)


@after(ContactNamed)
def is_asked(life: Lives, fact: ContactNamed) -> None:
    life.contacts[fact.contact_id] = fact
    this = {"contact_id": fact.contact_id}
    life.will(0.8, 4, "contact.agree", **this)
    life.will(0.15, 9, "contact.decline", **this)
    life.will(0.1, 20, "contact.end", by=fact.person_id, **this)


@after(ContactAgreed)
def may_change_their_mind(life: Lives, fact: ContactAgreed) -> None:
    life.will(0.15, 40, "contact.decline", contact_id=fact.contact_id)


@after(ContactEnded)
def somebody_else(life: Lives, fact: ContactEnded) -> None:
    """Is named instead, or nobody has heard of it yet."""
    this = {"contact_id": fact.contact_id}
    life.will(0.1, 2, "contact.agree", **this)
    if named := life.contacts.pop(fact.contact_id, None):
        again = {name: getattr(named, name) for name in ("cohort_id", "person_id", "project_id")}
        soon = life.now() + timedelta(days=3 * life.chance.random())
        if life.chance.random() < 0.4:
            again["purpose"] = named.purpose
            life.at(soon, "contact.name", again, by=named.person_id)
