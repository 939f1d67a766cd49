"""How a contact comes to an end: by somebody, by the day, or because what they were for is over."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import model_validator

from domain.contacts.contact import (
    ContactIsOver,
    ContactsFor,
    ContactsOfCohort,
    NamedContact,
    WhatFor,
    what_for,
)
from domain.contacts.naming import BY_WHOM
from domain.decision import OWN_ROLES, Act, Command, Decides, Know, NotForYou, TooEarly
from domain.people.person import UnknownPerson
from domain.projects.project import UnknownProject
from events.calendar import end_of
from events.contacts import CONTACT_IS_TOLD, ContactEnded, ContactKept
from events.event import Event
from events.ids import CohortId, ContactId, PersonId, ProjectId

SAID_NO: Final = "contact.declined"
ITS_DAY_IS_OVER: Final = "contact.its-day-is-over"
NOT_WANTED_ANY_MORE: Final = "contact.what-it-was-for-is-over"


class ContactEndReason(StrEnum):
    """Why somebody ends a contact; others end because they say no, or by themselves."""

    NOT_NEEDED = "contact.not-needed"
    MISTAKE = "contact.named-by-mistake"


class StillKept(TooEarly):
    """The contact is kept for longer. End it for a reason if they are not needed any more."""

    code = "contact.still-kept"


class NotYourContact(NotForYou):
    """You can end only what was named for you, or for your project. Ask a coordinator to do it."""

    code = "contact.not-yours"


class EndContact(Command, Decides[NamedContact, WhatFor]):
    """Whoever may name a contact says that they are not needed, or were named by mistake."""

    name: ClassVar = "contact.end"
    roles: ClassVar = BY_WHOM
    also_unasked: ClassVar = True
    contact_id: ContactId
    reason: ContactEndReason

    def needs(self, know: Know) -> tuple[NamedContact, WhatFor]:
        contact = know(NamedContact(self.contact_id))
        named = contact.named
        whom = (named.person_id, named.project_id) if named else (None, None)
        return contact, what_for(know, contact.cohort_id, *whom)

    def decide(self, act: Act, contact: NamedContact, thing: WhatFor) -> Iterator[Event]:
        contact.must_be_known()
        if act.role in OWN_ROLES:
            _must_be_theirs(act, contact, thing)
        if contact.cohort_id and not contact.ended:
            yield _ended(self.contact_id, contact.cohort_id, self.reason.value)


def _must_be_theirs(act: Act, contact: NamedContact, thing: WhatFor) -> None:
    """Refuses whoever is not the person, nor of the pair, that the contact is for: with one answer,
    which does not tell for which of them it is.
    """
    if contact.named is None or contact.ended:
        raise ContactIsOver
    theirs = thing.pairing.about if contact.named.person_id is None else (contact.named.person_id,)
    if act.person is None or act.person not in theirs:
        raise NotYourContact


class LapseContact(Command, Decides[NamedContact]):
    """The last day on which a contact is kept is over."""

    name: ClassVar = "contact.lapse"
    contact_id: ContactId

    def needs(self, know: Know) -> tuple[NamedContact]:
        return (know(NamedContact(self.contact_id)),)

    def decide(self, act: Act, contact: NamedContact) -> Iterator[Event]:
        contact.must_be_known()
        if contact.ended or contact.until is None or contact.cohort_id is None:
            return
        if act.time < end_of(contact.until):
            raise StillKept
        yield _ended(self.contact_id, contact.cohort_id, ITS_DAY_IS_OVER)


Ending = tuple[NamedContact, WhatFor]
"""A contact that may be over, and what they are for."""


class EndContactsOf(Command, Decides[WhatFor, tuple[Ending, ...]]):
    """What contacts were named for is over (a part in a cohort, a project, a cohort): so are they.

    Nothing follows for those whose person or project goes on. Whoever agreed, and is to be told
    that the cohort does not take place, is kept until they can have heard.
    """

    name: ClassVar = "contact.end-those-of"
    person_id: PersonId | None = None
    project_id: ProjectId | None = None
    cohort_id: CohortId | None = None

    @model_validator(mode="after")
    def of_one_thing(self) -> Self:
        if [self.person_id, self.project_id, self.cohort_id].count(None) != 2:  # noqa: PLR2004
            raise ValueError("name one of a person, a project and a cohort")
        return self

    def needs(self, know: Know) -> tuple[WhatFor, tuple[Ending, ...]]:
        here = know(ContactsFor(self.person_id or self.project_id))
        every = {*here.named, *know(ContactsOfCohort(self.cohort_id)).kept}
        thing = what_for(know, self.cohort_id, self.person_id, self.project_id)
        return thing, tuple(self._ending(know, one) for one in sorted(every))

    def _ending(self, know: Know, contact_id: ContactId) -> Ending:
        contact = know(NamedContact(contact_id))
        named = contact.named
        whom = (named.person_id, named.project_id) if named else (None, None)
        return contact, what_for(know, contact.cohort_id, *whom)

    def decide(self, act: Act, thing: WhatFor, endings: Sequence[Ending]) -> Iterator[Event]:
        self._must_be_known(thing)
        for contact, what in endings:
            if what.over and not contact.ended:
                yield from _over(act, contact, what)

    def _must_be_known(self, thing: WhatFor) -> None:
        """Refuses a person, project or cohort that nobody knows; an erased or cancelled one is."""
        if self.person_id and not thing.person.registered:
            raise UnknownPerson
        thing.cohort.must_be_planned()
        if self.project_id and thing.project.proposed is None:
            raise UnknownProject


def _over(act: Act, contact: NamedContact, what: WhatFor) -> Iterator[Event]:
    contact_id, cohort_id, last_day = contact.contact_id, contact.cohort_id, contact.until
    if contact_id is None or cohort_id is None:
        return
    if last_day is None or not contact.agreed or not what.cohort.cancelled or what.person.erased:
        yield _ended(contact_id, cohort_id, NOT_WANTED_ANY_MORE)
        return
    told_by = act.asked_on + CONTACT_IS_TOLD
    if told_by < last_day:
        yield ContactKept(
            contact_id=contact_id, cohort_id=cohort_id, until=told_by, answer_by=told_by
        )


def _ended(contact_id: ContactId, cohort_id: CohortId, reason: str) -> ContactEnded:
    return ContactEnded(contact_id=contact_id, cohort_id=cohort_id, reason=reason)
