"""Who was named as a contact, for whom, and how far each of them has come."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.invariants.learning import Learner, learns
from events.catalogue import Recorded
from events.contacts import (
    ContactAgreed,
    ContactDeclined,
    ContactEnded,
    ContactKept,
    ContactNamed,
    ContactStated,
    ContactUnanswered,
)
from events.ids import CohortId, ContactId, PersonId, ProjectId


@dataclass(slots=True)
class ContactLife:
    """One contact, with positions; for whom or what they are named, as far as it can be read."""

    cohort_id: CohortId
    named_at: int
    person_id: PersonId | None = None
    project_id: ProjectId | None = None
    until: date | None = None
    answer_by: date | None = None
    kept_at: int = 0
    let_go_at: int = 0
    unanswered_at: int = 0
    agreed_at: int = 0
    declined_at: int = 0
    ended_at: int = 0

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions of all that happened with them."""
        answers = self.unanswered_at, self.agreed_at, self.declined_at
        return self.named_at, self.kept_at, *answers, self.let_go_at, self.ended_at


class ContactLives(Learner):
    """All contacts; `open` are those that did not end."""

    def __init__(self) -> None:
        self.all: dict[ContactId, ContactLife] = {}
        self.open: dict[ContactId, ContactLife] = {}

    @learns(ContactNamed, ContactStated)
    def named(self, fact: Recorded[Any]) -> None:
        """The first time counts; without keys nobody knows for whom."""
        event, at = fact.event, fact.envelope.position
        life = ContactLife(event.cohort_id, at)
        if isinstance(event, ContactNamed):
            life.person_id, life.project_id = event.person_id, event.project_id
        self.open[event.contact_id] = self.all.setdefault(event.contact_id, life)

    @learns(ContactKept)
    def kept(self, fact: Recorded[ContactKept]) -> None:
        """Until when; the first word counts, and of who agreed also an earlier day, once."""
        life, at = self.all.get(fact.event.contact_id), fact.envelope.position
        if life and not life.kept_at:
            life.until, life.answer_by, life.kept_at = fact.event.until, fact.event.answer_by, at
        elif life and life.until and life.agreed_at and fact.event.until < life.until:
            life.until, life.let_go_at = fact.event.until, life.let_go_at or at

    @learns(ContactUnanswered)
    def silent(self, fact: Recorded[ContactUnanswered]) -> None:
        """That they have not answered; the first time counts."""
        if life := self.all.get(fact.event.contact_id):
            life.unanswered_at = life.unanswered_at or fact.envelope.position

    @learns(ContactAgreed)
    def agreed(self, fact: Recorded[ContactAgreed]) -> None:
        """The first yes counts."""
        if life := self.all.get(fact.event.contact_id):
            life.agreed_at = life.agreed_at or fact.envelope.position

    @learns(ContactDeclined)
    def declined(self, fact: Recorded[ContactDeclined]) -> None:
        """The first no counts."""
        if life := self.all.get(fact.event.contact_id):
            life.declined_at = life.declined_at or fact.envelope.position

    @learns(ContactEnded)
    def ended(self, fact: Recorded[ContactEnded]) -> None:
        """The first end counts."""
        if life := self.all.get(fact.event.contact_id):
            life.ended_at = life.ended_at or fact.envelope.position
            self.open.pop(fact.event.contact_id, None)
