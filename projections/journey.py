"""Everything that has happened with one person, in order, and what they are to the programme."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from events.assessments import PanelActed
from events.catalogue import Recorded
from events.event import Event
from events.ids import PersonId
from events.people import (
    Contact,
    ContactChange,
    PersonDetailsChanged,
    PersonRegistered,
    PersonStated,
)
from events.personal import Closed, Line
from projections.projection import Part, Projection, Row, Shown
from projections.roles import HeldRole, roles_after
from projections.sentences import people_of, sentence


class JourneyEntry(Part):
    """One thing that happened. What is `for_staff` is left out where the person reads along:
    that something private was stated about them, because others may have stated it.
    """

    position: int
    time: datetime
    name: str
    subject: str
    sentence: str
    for_staff: bool = False


class JourneyRow(Row):
    """One person, in the order in which things were recorded.

    `contact` is how they were reached first, and each change of it. What is told of it has `email`,
    `phone`, `town` and `postal_address`, as they are now, in its place.
    """

    person_id: PersonId
    full_name: Closed[Line] | None = None
    contact: tuple[Closed[ContactChange | Contact], ...] = ()
    roles: tuple[HeldRole, ...] = ()
    entries: tuple[JourneyEntry, ...] = ()


def keys(event: Event) -> Iterable[str]:
    """Everybody whom a fact bears. What the panel does is no part of anybody's journey."""
    return () if isinstance(event, PanelActed) else tuple(people_of(event))


def journey(row: JourneyRow | None, fact: Recorded[Any], key: str) -> JourneyRow | None:
    """The journey with one more entry."""
    event = fact.event
    part = people_of(event)[PersonId(key)]
    row = row or JourneyRow(position=fact.envelope.position, person_id=PersonId(key))
    details: dict[str, Any] = {}
    if isinstance(event, PersonRegistered):
        details = {"full_name": event.full_name, "contact": (event.contact,)}
    if isinstance(event, PersonDetailsChanged):
        details = _otherwise(row, event)
    roles, entries = roles_after(row.roles, event), (*row.entries, _entry(fact, part))
    return row.after(fact, roles=roles, entries=entries, **details)


def _otherwise(row: JourneyRow, event: PersonDetailsChanged) -> dict[str, Any]:
    found: dict[str, Any] = {"full_name": event.full_name} if event.full_name else {}
    return found if event.change is None else {**found, "contact": (*row.contact, event.change)}


def _entry(fact: Recorded[Any], part: str) -> JourneyEntry:
    event = fact.event
    return JourneyEntry(
        position=fact.envelope.position,
        time=fact.envelope.time,
        name=event.name,
        subject=event.subject_id(),
        sentence=sentence(event, part),
        for_staff=isinstance(event, PersonStated),
    )


def told(row: Shown) -> Shown:
    """The row with each way to reach them on its own."""
    ways: Shown = dict.fromkeys(Contact.model_fields)
    for one in row.get("contact") or ():
        ways = _after(ways, one)
    return {name: value for name, value in row.items() if name != "contact"} | ways


def _after(ways: Shown, change: Any) -> Shown:
    """The ways once something is otherwise; without the key, nobody can tell which."""
    if not isinstance(change, dict):
        return dict.fromkeys(ways, change)
    gone = dict.fromkeys(change.get("removed", ()))
    given = {name: it for name, it in change.items() if name != "removed" and it is not None}
    return {**ways, **gone, **given}


JOURNEY: Final = Projection(
    name="journey",
    version=5,
    question="What has happened with one person, in order?",
    row=JourneyRow,
    keys=keys,
    fold=journey,
    told=told,
)
