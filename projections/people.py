"""Who people are and how to reach them, for those who may open what is sealed."""

from collections.abc import Iterable
from typing import Any, Final

from events.catalogue import Recorded
from events.ids import ImportId, PersonId
from events.people import (
    AccessNeedsStated,
    ContactPreferenceStated,
    PersonDetailsChanged,
    PersonMerged,
    PersonParted,
    PersonRegistered,
    PersonStated,
)
from events.personal import Closed, Line, Sealed
from events.terms import Format
from projections.projection import Projection, Row, Shown

OF_CONCERN: Final = frozenset(
    {PersonRegistered, PersonDetailsChanged, PersonStated, PersonMerged, PersonParted}
)
UNSAID: Final = {
    "channel": None,
    "format": Format.STANDARD.value,
    "language": "en",
    "needs": None,
    "supporter_comes": False,
}


class PersonRow(Row):
    """One person: their name, with which file they came, if with one (`import_id`), and what they
    or others stated about them, in order.

    What is told of it has, in the place of the statements, what to know before one writes to them
    or meets them: `channel`, `format`, `language`, `needs` and `supporter_comes`. How they stand to
    others, and from whom they are kept apart, is not told. Who was registered twice has two rows:
    `merged_into` is whose row says how they are reached now.
    """

    person_id: PersonId
    registered_by: str | None = None
    import_id: ImportId | None = None
    full_name: Closed[Line] | None = None
    statements: tuple[Sealed, ...] = ()
    merged_into: PersonId | None = None


def keys(event: Any) -> Iterable[str]:
    """The person, for the facts about themselves."""
    if isinstance(event, PersonMerged | PersonParted):
        return (event.merged_id,)
    return (event.person_id,) if type(event) in OF_CONCERN else ()


def people(row: PersonRow | None, fact: Recorded[Any], key: str) -> PersonRow | None:
    """The person after one more fact."""
    event = fact.event
    row = row or PersonRow(position=fact.envelope.position, person_id=PersonId(key))
    match event:
        case PersonRegistered(full_name=full_name, import_id=import_id):
            came = {"registered_by": fact.envelope.origin.actor, "import_id": import_id}
            return row.after(fact, full_name=full_name, **came)
        case PersonDetailsChanged(full_name=full_name):
            return row.after(fact, full_name=full_name or row.full_name)
        case PersonMerged(person_id=person_id):
            return row.after(fact, merged_into=person_id)
        case PersonParted():
            return row.after(fact, merged_into=None)
        case PersonStated(content=content):
            return row.after(fact, statements=(*row.statements, content))
        case _:
            return row


def told(row: Shown) -> Shown:
    """The row with what was stated last in the place of all statements.

    Without the key, or once it was destroyed, nothing of it can be read.
    """
    rest = {name: value for name, value in row.items() if name != "statements"}
    shut = next((one for one in row["statements"] if isinstance(one, str)), None)
    if shut is not None:
        return {**rest, **dict.fromkeys(UNSAID, shut)}
    latest = {one["name"]: one["data"] for one in row["statements"]}
    kinds = (ContactPreferenceStated, AccessNeedsStated)
    stated = [latest.get(kind.wire_name(), {}) for kind in kinds]
    return {**rest, **UNSAID, **{k: v for one in stated for k, v in one.items() if k in UNSAID}}


PEOPLE: Final = Projection(
    name="people",
    version=5,
    question="Who is it, and how do they wish to hear from us?",
    row=PersonRow,
    keys=keys,
    fold=people,
    told=told,
    found_by=("import_id",),
)
