"""What must hold of contacts: asked, kept as long as they are needed, and no longer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.chronicle.contacts import ContactLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from events.calendar import end_of, local_day
from events.catalogue import Recorded
from events.cohorts import CohortCancelled
from events.contacts import (
    CONTACT_IS_TOLD,
    ContactAgreed,
    ContactDeclined,
    ContactEnded,
    ContactKept,
    ContactNamed,
    ContactStated,
    ContactUnanswered,
)
from events.event import Event
from events.ids import CohortId, ContactId, PersonId
from events.people import PersonErased
from events.projects import ProjectCompleted, ProjectStopped, ProjectTakenUpAgain


class ContactStepByStep(Invariant):
    """Something happened with a contact who was not named, not kept, or had ended before."""

    name: ClassVar = "contacts.step-by-step"

    @learns(ContactNamed, ContactStated)
    def named(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Once."""
        life, at = self.log.contacts.all[fact.event.contact_id], fact.envelope.position
        return None if life.named_at == at else self._found(fact, life)

    @learns(ContactUnanswered)
    def silent(self, fact: Recorded[ContactUnanswered]) -> list[Finding] | None:
        """Once, of who has not said yes, and is not gone."""
        life, at = self.log.contacts.all.get(fact.event.contact_id), fact.envelope.position
        if life and life.unanswered_at == at and not (life.agreed_at or life.ended_at):
            return None
        return self._found(fact, life)

    @learns(ContactKept, ContactAgreed, ContactDeclined, ContactEnded)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Kept from the beginning, and let go once; yes, no and the end come once each, and nothing
        after it.
        """
        event, at = fact.event, fact.envelope.position
        life = self.log.contacts.all.get(event.contact_id)
        if life is None or not life.kept_at or life.ended_at not in (0, at):
            return self._found(fact, life)
        firsts: dict[type[Event], int] = {
            ContactKept: life.let_go_at or life.kept_at,
            ContactAgreed: life.agreed_at,
            ContactDeclined: life.declined_at,
            ContactEnded: life.ended_at,
        }
        late = isinstance(event, ContactAgreed) and life.declined_at
        return self._found(fact, life) if firsts[type(event)] != at or late else None

    def _found(self, fact: Recorded[Any], life: ContactLife | None) -> list[Finding]:
        before = life.led_there if life else ()
        return [self.found((fact.event.contact_id,), *before, fact.envelope.position)]


class NoIsTheEnd(Invariant):
    """A contact said no, and did not come to an end with it."""

    name: ClassVar = "contacts.no-is-the-end"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._said: dict[ContactId, int] = {}

    @learns(ContactDeclined)
    def declined(self, fact: Recorded[ContactDeclined]) -> None:
        """By the same command."""
        self._said[fact.event.contact_id] = fact.envelope.position

    def settled(self) -> Iterator[Finding]:
        """Once all facts of it are known."""
        said, self._said = self._said, {}
        for contact_id, at in said.items():
            if contact_id in self.log.contacts.open:
                yield self.found((contact_id,), at)


class ContactLapseNotForgotten(Invariant):
    """The last day on which a contact was to be kept is long over, and they are kept still."""

    name: ClassVar = "contacts.lapse-not-forgotten"

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of those that did not end before."""
        for contact_id, life in self.log.contacts.open.items():
            if life.until is not None and self.waits(end_of(life.until), now):
                yield self.found((contact_id,), *life.led_there)


class SilenceNotForgotten(Invariant):
    """A contact's time to answer is long over, they have not answered, and nobody said so."""

    name: ClassVar = "contacts.silence-not-forgotten"

    def standing(self, now: datetime) -> Iterator[Finding]:
        """Of those that did not end before."""
        for contact_id, life in self.log.contacts.open.items():
            silent = life.answer_by and not (life.agreed_at or life.unanswered_at)
            if silent and life.answer_by and self.waits(end_of(life.answer_by), now):
                yield self.found((contact_id,), *life.led_there)


class EndsWithWhatItIsFor(Invariant):
    """A contact is kept though what they were named for has been over for a while."""

    name: ClassVar = "contacts.end-with-what-they-are-for"
    opens: ClassVar = True

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._over: dict[str, tuple[datetime, int]] = {}

    @learns(PersonErased)
    def erased(self, fact: Recorded[PersonErased]) -> None:
        """For good, in every cohort."""
        self._is_over(fact, fact.event.person_id)

    @learns(ProjectCompleted, ProjectStopped)
    def done(self, fact: Recorded[Any]) -> None:
        """A project has come to its end."""
        self._is_over(fact, fact.event.project_id)

    @learns(ProjectTakenUpAgain)
    def goes_on(self, fact: Recorded[ProjectTakenUpAgain]) -> None:
        """A project is not over after all."""
        self._over.pop(fact.event.project_id, None)

    @learns(CohortCancelled)
    def called_off(self, fact: Recorded[CohortCancelled]) -> None:
        """A cohort does not take place."""
        self._is_over(fact, fact.event.cohort_id)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """What follows by itself takes a moment."""
        for contact_id, life in self.log.contacts.open.items():
            over, at = self._of(life)
            if over and not self._is_told(life) and self.waits(over, now, SOON):
                yield self.found((contact_id,), life.named_at, at)

    def _is_over(self, fact: Recorded[Any], what: str) -> None:
        self._over.setdefault(what, (fact.envelope.recorded, fact.envelope.position))

    def _is_told(self, life: ContactLife) -> bool:
        """Whether they are kept for a few days more, to hear that their cohort is cancelled."""
        off = self._over.get(life.cohort_id)
        if not off or not life.agreed_at or life.until is None:
            return False
        return bool(life.let_go_at) or life.until <= local_day(off[0]) + CONTACT_IS_TOLD

    def _of(self, life: ContactLife) -> tuple[datetime | None, int]:
        """Since when what a contact is for is over; None if it is not."""
        for thing in (life.cohort_id, life.person_id, life.project_id):
            if thing and (found := self._over.get(thing)):
                return found
        return self._left(life.cohort_id, life.person_id) if life.person_id else (None, 0)

    def _left(self, cohort_id: CohortId, person_id: PersonId) -> tuple[datetime | None, int]:
        """Since when nothing that somebody applied for goes on in a cohort; None if it does."""
        theirs = self.log.places.of_person.get((cohort_id, person_id), ())
        if not theirs or any(one.leads_to_a_place for one in theirs):
            return None, 0
        last = max(theirs, key=lambda one: max(one.holds_at, one.stage_at))
        return last.since, max(last.holds_at, last.stage_at)
