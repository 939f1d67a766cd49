"""Everything that has happened with one person, in order, and what they are to the programme."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final

from events.catalogue import Recorded
from events.event import Event
from events.ids import PersonId
from events.matching import PairForbidden
from events.people import PersonRegistered, RelationshipDeclared
from events.personal import Personal, PersonalLine
from projections.projection import Part, Projection, Row
from projections.roles import HeldRole, roles_after
from projections.sentences import people_of, sentence


class JourneyEntry(Part):
    """One thing that happened. What is `for_staff` is left out where the person reads along:
    what assessors and the panel do before all are told, and who is kept apart from whom.
    """

    position: int
    time: datetime
    name: str
    subject: str
    sentence: str
    for_staff: bool = False


class JourneyRow(Row):
    """One person, in the order in which things were recorded. Contact details stay sealed."""

    person_id: PersonId
    full_name: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    email: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    phone: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    roles: tuple[HeldRole, ...] = ()
    entries: tuple[JourneyEntry, ...] = ()


def keys(event: Event) -> Iterable[str]:
    """Everybody whom a fact bears."""
    return tuple(people_of(event))


def journey(row: JourneyRow | None, fact: Recorded[Any], key: str) -> JourneyRow | None:
    """The journey with one more entry."""
    event = fact.event
    part = people_of(event)[PersonId(key)]
    row = row or JourneyRow(position=fact.envelope.position, person_id=PersonId(key))
    details = {}
    if isinstance(event, PersonRegistered):
        details = {name: getattr(event, name) for name in ("full_name", "email", "phone")}
    roles = row.roles if _is_assessor_of(event, part) else roles_after(row.roles, event)
    return row.after(fact, roles=roles, entries=(*row.entries, _entry(fact, part)), **details)


def _is_assessor_of(event: Event, part: str) -> bool:
    """Whether the fact is about an applicant whom this person assesses."""
    return part == "assessor_id" and hasattr(event, "person_id")


def _entry(fact: Recorded[Any], part: str) -> JourneyEntry:
    event = fact.event
    return JourneyEntry(
        position=fact.envelope.position,
        time=fact.envelope.time,
        name=event.name,
        subject=event.subject_id(),
        sentence=sentence(event, part),
        for_staff=_for_staff(event, part),
    )


def _for_staff(event: Event, part: str) -> bool:
    if isinstance(event, PairForbidden):
        return True
    if isinstance(event, RelationshipDeclared):
        return part == "other_id"
    return event.context() == "assessment" and part != "assessor_id"


JOURNEY: Final = Projection(
    name="journey",
    version=1,
    question="What has happened with one person, in order?",
    row=JourneyRow,
    keys=keys,
    fold=journey,
)
