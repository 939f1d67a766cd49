"""What contacts are asked and told, and what those hear for whom they were named."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import does_not_take_place, title_of
from domain.contacts.contact import ContactsOfCohort, NamedContact
from domain.contacts.reaching import ASKING
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, Openable, called, nhs_date, tells
from domain.people.person import Reach
from domain.projects.notices import pair_of
from domain.projects.project import Project
from events.calendar import local_day
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.contacts import (
    CONTACT_IS_TOLD,
    ContactAgreed,
    ContactDeclined,
    ContactKept,
    ContactNamed,
)
from events.terms import ContactPurpose

Words = tuple[str, str, str]
"""Who names somebody, as what, and what we may ask of them."""
ROLES: Final[Mapping[ContactPurpose, Words]] = MappingProxyType(
    {
        ContactPurpose.LINE_MANAGER: (
            "{person} works with you, and has named you as their line manager.",
            "line manager",
            "We may ask you whether they can have the time to take part.",
        ),
        ContactPurpose.HOST: (
            "Two people lead the {project} together, and have named you as its host.",
            "host",
            "We may ask you how the work goes where you are.",
        ),
        ContactPurpose.REFEREE: (
            "{person} knows you, and has named you as somebody who can tell us about them.",
            "referee",
            "We may ask you what you know of how they work with others.",
        ),
        ContactPurpose.SUPPORTER: (
            "{person} knows you, and has named you as somebody who comes along to help them.",
            "supporter",
            "We may tell you when and where they meet others, and what helps.",
        ),
    }
)
FREE: Final = "You may say no, now or at any later time. You need not say why."


@tells(ContactKept, to=Hearer.CONTACTS)
def asked(fact: Recorded[ContactKept], know: Know) -> Iterator[Notice]:
    """Whether they agree, and what we keep of them until they say so."""
    contact = know(NamedContact(fact.event.contact_id))
    named = contact.named
    if named is None or contact.agreed:
        return
    who, role, what = ROLES[named.purpose]
    yield Notice(
        template=ASKING,
        to=fact.event.contact_id,
        subject=f"May we write to you as a {role}?",
        paragraphs=(
            "We are Leading Together.",
            "We bring together people who use health services and people who work in them.",
            "They learn and lead in pairs.",
            who,
            what,
            *_kept(fact.event.until),
            f"Please tell us by {nhs_date(fact.event.answer_by)} whether you agree.",
            "Until you do, we will not write to you again.",
            FREE,
        ),
        values=_values(named, know),
        asks=Asks("contact.agree", {"contact_id": fact.event.contact_id}, fact.event.answer_by),
    )


@tells(ContactAgreed, to=Hearer.CONTACTS)
def agreed(fact: Recorded[ContactAgreed], know: Know) -> Iterator[Notice]:
    """What we keep of somebody who agreed, until when, and how it ends."""
    contact = know(NamedContact(fact.event.contact_id))
    if contact.named is None or contact.until is None:
        return
    _, role, what = ROLES[contact.named.purpose]
    yield Notice(
        template="contact.agreed",
        to=fact.event.contact_id,
        subject=f"Thank you for being a {role}",
        paragraphs=(
            f"Thank you. You have agreed to be a {role}.",
            what,
            *_kept(contact.until),
            FREE,
        ),
        values=_values(contact.named, know),
    )


@tells(ContactDeclined, to=Hearer.NAMING)
def declined(fact: Recorded[ContactDeclined], know: Know) -> Iterator[Notice]:
    """Somebody else is needed, or nobody; whose no it was is told to those who named them."""
    named = know(NamedContact(fact.event.contact_id)).named
    if named is None:
        return
    _, role, _ = ROLES[named.purpose]
    people = (
        pair_of(know(Project(named.project_id)), know)
        if named.person_id is None
        else (named.person_id,)
    )
    for person_id in people:
        known = {"cohort_id": named.cohort_id, **_for_whom(named)}
        yield Notice(
            template="contact.declined",
            to=person_id,
            subject=f"Please think about another {role}",
            paragraphs=(
                f"We asked the person who was named as {role}.",
                "They can't do it, or can't go on with it. We keep nothing of them.",
                "If you still need somebody, please tell us who it could be. We can help you.",
            ),
            asks=Asks("contact.name", known),
        )


@tells(CohortCancelled, to=Hearer.CONTACTS)
def called_off(fact: Recorded[CohortCancelled], know: Know) -> Iterator[Notice]:
    """Whoever agreed is not needed, and how soon we keep nothing of them."""
    cohort_id = fact.event.cohort_id
    plan = know(Cohort(cohort_id)).plan
    if plan is None:
        return
    title, last_day = title_of(plan), local_day(fact.envelope.time) + CONTACT_IS_TOLD
    for contact_id in sorted(know(ContactsOfCohort(cohort_id)).kept):
        contact = know(NamedContact(contact_id))
        if contact.named is None or contact.until is None:
            continue
        _, role, _ = ROLES[contact.named.purpose]
        yield Notice(
            template="contact.cohort-cancelled",
            to=contact_id,
            subject=f"Sorry: {title} will not take place",
            paragraphs=(
                *does_not_take_place(title, fact.event.reason),
                f"You had agreed to be a {role}. You are not needed any more. Thank you.",
                *_kept(min(contact.until, last_day)),
            ),
        )


def _kept(until: date) -> tuple[str, ...]:
    return (
        "We keep your name, and the address or number at which we write to you or ring you.",
        "We use them for nothing else.",
        f"We keep them to the end of {nhs_date(until)}, and not longer than they are needed.",
    )


def _for_whom(named: ContactNamed) -> dict[str, str]:
    """The person or the project for whom somebody is named, as a command names them."""
    if named.person_id is not None:
        return {"person_id": named.person_id}
    return {"project_id": str(named.project_id)}


def _values(named: ContactNamed, know: Know) -> Mapping[str, Openable]:
    """By what those are called for whom somebody is named."""
    if named.person_id is not None:
        return {"person": know(Reach(named.person_id)).full_name}
    return {"project": called("project", know(Project(named.project_id)).title)}
