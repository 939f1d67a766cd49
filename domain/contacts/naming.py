"""How somebody who is no applicant becomes a contact: named for one purpose, until a day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Self

from pydantic import AfterValidator, Field, model_validator

from domain.contacts.contact import ContactsFor, WhatFor, what_for
from domain.decision import OWN_ROLES, Act, Command, Decides, Know, Refusal
from domain.pairings.pairing import NotYourPairing
from domain.people.person import whole
from domain.projects.project import ProjectIsOver, UnknownProject
from domain.rules_in_force import Rules
from events.addresses import EMAIL, PHONE
from events.contacts import ContactKept, ContactNamed
from events.event import Event
from events.ids import CohortId, ContactId, PersonId, ProjectId
from events.people import Contact
from events.personal import Line
from events.terms import ContactPurpose, ProgrammeDay, Role

BY_WHOM: Final = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.COORDINATOR})


class NotTakingPart(Refusal):
    """A contact is named for somebody who applies for the cohort, or has a place on it."""

    code = "contact.not-taking-part"


class AlreadyNamed(Refusal):
    """Somebody is named for this already. End that contact first, if it is to be another."""

    code = "contact.already-named"


class TooManyNamed(Refusal):
    """Many contacts were named here already, and each of them was written to. Please ask us."""

    code = "contact.too-many-named"


class EndOutOfReach(Refusal):
    """A contact is kept until today at least, and to the end of the cohort at most."""

    code = "contact.end-out-of-reach"


class NameContact(Command, Decides[WhatFor, ContactsFor, Rules]):
    """Somebody who is no applicant is named, for one person or one project, and will be asked.

    Without `until` they are kept to the cohort's last day, if they are needed for so long.
    """

    name: ClassVar = "contact.name"
    roles: ClassVar = BY_WHOM
    cohort_id: CohortId
    person_id: PersonId | None = None
    project_id: ProjectId | None = None
    purpose: ContactPurpose
    full_name: Line
    email: Annotated[Line, Field(pattern=f"^{EMAIL}$")] | None = None
    phone: Annotated[Line, Field(pattern=f"^{PHONE}$"), AfterValidator(whole)] | None = None
    until: ProgrammeDay | None = None

    @model_validator(mode="after")
    def for_one_thing(self) -> Self:
        of_a_project = self.purpose is ContactPurpose.HOST
        if (self.project_id is not None, self.person_id is None) != (of_a_project, of_a_project):
            raise ValueError("a host is named for a project, and everybody else for a person")
        if self.email is None and self.phone is None:
            raise ValueError("give an e-mail address or a telephone number")
        return self

    @property
    def is_their_word(self) -> bool:
        """Whom somebody has beside them is for them to say; who hosts a project the team knows."""
        return self.person_id is not None

    def needs(self, know: Know) -> tuple[WhatFor, ContactsFor, Rules]:
        thing = what_for(know, self.cohort_id, self.person_id, self.project_id)
        return thing, know(ContactsFor(self.person_id or self.project_id)), know(Rules())

    def decide(
        self, act: Act, thing: WhatFor, others: ContactsFor, rules: Rules
    ) -> Iterator[Event]:
        ends_on, numbers = thing.cohort.known.ends_on, rules.on(act.asked_on).numbers
        self._must_be_theirs(act, thing)
        until = self.until or ends_on
        if not act.asked_on <= until <= ends_on:
            raise EndOutOfReach
        if others.number(self.purpose, self.cohort_id):
            raise AlreadyNamed
        if len(others.named) + others.gone >= numbers.contacts:
            raise TooManyNamed
        contact_id = act.new(ContactId)
        yield ContactNamed(
            contact_id=contact_id,
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            project_id=self.project_id,
            purpose=self.purpose,
            full_name=self.full_name,
            contact=Contact(email=self.email, phone=self.phone),
        )
        yield ContactKept(
            contact_id=contact_id,
            cohort_id=self.cohort_id,
            until=until,
            answer_by=min(until, act.asked_on + timedelta(days=numbers.contact_days)),
        )

    def _must_be_theirs(self, act: Act, thing: WhatFor) -> None:
        if self.person_id is not None:
            act.must_speak_for(self.person_id)
            thing.person.must_be_known()
            if thing.over:
                raise NotTakingPart
            return
        if thing.project.cohort_id != self.cohort_id:
            raise UnknownProject
        if act.role in OWN_ROLES and act.person not in thing.pairing.both:
            raise NotYourPairing
        if thing.over:
            raise ProjectIsOver
