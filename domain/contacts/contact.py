"""What is known of contacts, and for whom or what they are named."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final, NamedTuple

from domain.applications.application import Applications
from domain.applications.standing import PlaceHeld, PlaceStanding
from domain.cohorts.cohort import Cohort
from domain.decision import Act, Know, Knowledge, Refusal, learns
from domain.pairings.pairing import Pairing
from domain.people.person import Person
from domain.projects.project import Project
from events.contacts import (
    ContactAgreed,
    ContactEnded,
    ContactKept,
    ContactNamed,
    ContactStated,
    ContactUnanswered,
)
from events.ids import CohortId, ContactId, PersonId, ProjectId
from events.people import Contact
from events.personal import Closed
from events.terms import Channel, ContactPurpose, Format

OUT_OF_THE_COHORT: Final = frozenset(
    {
        PlaceStanding.DECLINED,
        PlaceStanding.TURNED_DOWN,
        PlaceStanding.LAPSED,
        PlaceStanding.TAKEN_BACK,
        PlaceStanding.GIVEN_UP,
        PlaceStanding.NOT_REACHED,
    }
)
"""What an application holds that leads to no place any more, unless it comes back."""


@dataclass
class NamedContact(Knowledge):
    """One contact: who it is (sealed, unread), whether they agreed, and whether it is over.

    Nothing of one that ended is known any more but that there was one.
    """

    contact_id: ContactId | None
    cohort_id: CohortId | None = None
    named: ContactNamed | None = None
    until: date | None = None
    answer_by: date | None = None
    agreed: bool = False
    unanswered: bool = False
    ended: bool = False
    channel: ClassVar[Channel | None] = None
    """Nobody has asked how they wish to hear from us: by e-mail, if there is an address."""
    format: ClassVar[Format] = Format.STANDARD
    language: ClassVar[str] = "en"

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.contact_id,)

    @property
    def full_name(self) -> Closed[str] | None:
        return self.named.full_name if self.named and not self.ended else None

    @property
    def contact(self) -> Closed[Contact]:
        """How they are reached, sealed."""
        return self.named.contact if self.named and not self.ended else Contact()

    def must_be_known(self) -> None:
        """Refuses a contact whom nobody named."""
        if self.until is None:
            raise UnknownContact

    def must_go_on(self, act: Act) -> None:
        """Refuses a contact that ended, or whose time is over."""
        self.must_be_known()
        over = self.until is not None and self.until < act.asked_on
        if self.ended or self.named is None or over:
            raise ContactIsOver

    @learns(ContactNamed)
    def is_named(self, event: ContactNamed) -> None:
        self.named, self.cohort_id = event, event.cohort_id

    @learns(ContactStated)
    def was_named(self, event: ContactStated) -> None:
        """Who it was is not known any more."""
        self.cohort_id = event.cohort_id

    @learns(ContactKept)
    def is_kept(self, event: ContactKept) -> None:
        self.until, self.answer_by = event.until, event.answer_by

    @learns(ContactUnanswered)
    def is_silent(self, event: ContactUnanswered) -> None:
        self.unanswered = True

    @learns(ContactAgreed)
    def agrees(self, event: ContactAgreed) -> None:
        self.agreed = True

    @learns(ContactEnded)
    def is_over(self, event: ContactEnded) -> None:
        self.ended = True


@dataclass
class ContactsFor(Knowledge):
    """The contacts who are named for one person or one project now; those that ended are counted,
    because nothing else is known of them.
    """

    finds_concealed: ClassVar = True
    thing_id: PersonId | ProjectId | None
    named: dict[ContactId, ContactNamed] = field(default_factory=dict)
    gone: int = 0

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.thing_id,)

    def number(self, purpose: ContactPurpose, cohort_id: CohortId) -> int:
        """How many are named for a purpose now, as far as a cohort is concerned."""
        every = ((one.purpose, one.cohort_id) for one in self.named.values())
        return Counter(every)[purpose, cohort_id]

    @learns(ContactNamed)
    def has(self, event: ContactNamed) -> None:
        self.named[event.contact_id] = event

    @learns(ContactStated)
    def had(self, event: ContactStated) -> None:
        self.gone += 1


@dataclass
class ContactsOfCohort(Knowledge):
    """The contacts of a cohort who are not over."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    kept: dict[ContactId, None] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ContactKept)
    def comes(self, event: ContactKept) -> None:
        self.kept[event.contact_id] = None

    @learns(ContactEnded)
    def goes(self, event: ContactEnded) -> None:
        self.kept.pop(event.contact_id, None)


class WhatFor(NamedTuple):
    """What a contact is named for: somebody's part in a cohort, or a project."""

    cohort: Cohort
    person: Person
    applications: Applications
    place: PlaceHeld
    project: Project
    pairing: Pairing

    @property
    def over(self) -> bool:
        """Whether nobody is needed for it any more."""
        if self.cohort.cancelled or self.person.erased:
            return True
        if self.project.project_id is not None:
            return self.project.ended
        return self.applications.live is None or self.place.standing in OUT_OF_THE_COHORT


def what_for(
    know: Know,
    cohort_id: CohortId | None,
    person_id: PersonId | None,
    project_id: ProjectId | None,
) -> WhatFor:
    """What a contact is named for, as far as it is known; one of person and project is None."""
    applications = know(Applications(cohort_id, person_id))
    project = know(Project(project_id))
    return WhatFor(
        know(Cohort(cohort_id)),
        know(Person(person_id)),
        applications,
        know(PlaceHeld(applications.live_id)),
        project,
        know(Pairing(project.pairing_id)),
    )


class UnknownContact(Refusal):
    """We don't know a contact with this id. Check the id, or name the contact first."""

    code = "contact.unknown"


class ContactIsOver(Refusal):
    """The contact has ended, and we keep nothing of them. Name them again if they are needed."""

    code = "contact.over"
