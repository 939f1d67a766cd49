"""What line managers are asked, and hosts hear, of those for whom they agreed to be contacts.

Who has not agreed hears nothing of it (domain/contacts/reaching.py).
"""

from collections.abc import Iterator

from domain.applications.standing import PlaceHeld
from domain.cohorts.cohort import Cohort
from domain.cohorts.notices import title_of
from domain.contacts.contact import ContactsFor
from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, called, nhs_date, tells
from domain.people.person import Reach
from domain.projects.project import Project
from events.catalogue import Recorded
from events.ids import CohortId, ContactId, PersonId, ProjectId
from events.offers import EmployerAwaited, EmployerReminderDue
from events.projects import ProjectApproved, ProjectCompleted, ProjectStopped
from events.terms import ContactPurpose


def _named_for(
    thing_id: PersonId | ProjectId, purpose: ContactPurpose, cohort_id: CohortId, know: Know
) -> list[ContactId]:
    """Who is named for a person or a project in a cohort, as one thing, by id."""
    named = know(ContactsFor(thing_id)).named.values()
    return sorted(
        one.contact_id for one in named if (one.purpose, one.cohort_id) == (purpose, cohort_id)
    )


@tells(EmployerAwaited, EmployerReminderDue, to=Hearer.LINE_MANAGERS)
def asked_for_release(
    fact: Recorded[EmployerAwaited | EmployerReminderDue], know: Know
) -> Iterator[Notice]:
    """Until when they are to say that somebody can come; once, and when the day is near."""
    event, plan = fact.event, know(Cohort(fact.event.cohort_id)).plan
    until = know(PlaceHeld(event.application_id)).employer_by
    if plan is None or until is None:
        return
    title, day = title_of(plan), nhs_date(until)
    manager = ContactPurpose.LINE_MANAGER
    for contact_id in _named_for(event.person_id, manager, event.cohort_id, know):
        yield Notice(
            template="place.employer-asked",
            to=contact_id,
            subject="Please tell us if somebody you work with can take part",
            paragraphs=(
                f"We have offered {{person}} a place on Leading Together, {title}.",
                f"We start on {nhs_date(plan.starts_on)}.",
                f"There are {plan.required_workshops} workshops.",
                "The place is free. You pay for their travel.",
                f"Please tell us by {day} if you can give them the time.",
                "If you need longer, ring or write to us.",
            ),
            values={"person": know(Reach(event.person_id)).full_name},
            asks=Asks(
                "place.confirm-employer-release", {"application_id": event.application_id}, until
            ),
        )


@tells(ProjectApproved, to=Hearer.HOSTS)
def begins(fact: Recorded[ProjectApproved], know: Know) -> Iterator[Notice]:
    """The work that they host may begin."""
    yield from _to_hosts(
        fact.event,
        know,
        "host.project-approved",
        "The {project} may begin",
        "You are the host of the {project}. It is approved, and may begin.",
        "The two who lead it will talk to you about what comes first.",
        "If you have a question, please ring or write to us.",
    )


@tells(ProjectCompleted, ProjectStopped, to=Hearer.HOSTS)
def is_over(fact: Recorded[ProjectCompleted | ProjectStopped], know: Know) -> Iterator[Notice]:
    """The work that they host is over, whichever way."""
    yield from _to_hosts(
        fact.event,
        know,
        "host.project-over",
        "The {project} is over",
        "You are the host of the {project}. The work on it is over now.",
        "Thank you for all that you have done for it.",
        "If you have a question, please ring or write to us.",
    )


def _to_hosts(
    event: ProjectApproved | ProjectCompleted | ProjectStopped,
    know: Know,
    template: str,
    subject: str,
    *paragraphs: str,
) -> Iterator[Notice]:
    project = know(Project(event.project_id))
    for contact_id in _named_for(event.project_id, ContactPurpose.HOST, event.cohort_id, know):
        yield Notice(
            template=template,
            to=contact_id,
            subject=subject,
            paragraphs=paragraphs,
            values={"project": called("project", project.title)},
        )
