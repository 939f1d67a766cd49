"""Who is named for what, whether they agreed, and until when they are kept: people who are no
applicants. Nothing of one that ended is kept in a row but that there was one, and why it ended.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from events.catalogue import Recorded
from events.contacts import (
    ContactAgreed,
    ContactDeclined,
    ContactEnded,
    ContactKept,
    ContactStated,
    ContactUnanswered,
)
from events.ids import CohortId, ContactId
from events.people import Contact
from events.personal import Closed, Erased, Sealed
from events.terms import Code
from projections.projection import Projection, Row, Shown

OF_CONCERN: Final = frozenset(
    {ContactStated, ContactKept, ContactUnanswered, ContactAgreed, ContactDeclined, ContactEnded}
)
TOLD: Final = ("purpose", "person_id", "project_id", "full_name", "email", "phone")


class ContactState(StrEnum):
    """Where a contact stands."""

    ASKED = "asked"
    UNANSWERED = "unanswered"
    AGREED = "agreed"
    ENDED = "ended"


class ContactRow(Row):
    """One contact; `since` is when they came where they stand.

    What is told of it has, in the place of `content`, for whom and as what they are named
    (`person_id` or `project_id`, `purpose`), `full_name`, `email` and `phone`.
    """

    contact_id: ContactId
    cohort_id: CohortId
    state: ContactState = ContactState.ASKED
    since: datetime
    until: date | None = None
    answer_by: date | None = None
    because: Closed[Code] | None = None
    content: Sealed | Erased | None = None


def keys(event: Any) -> Iterable[str]:
    """The contact that a fact is about."""
    return (event.contact_id,) if type(event) in OF_CONCERN else ()


def contacts(row: ContactRow | None, fact: Recorded[Any], key: str) -> ContactRow | None:
    """The contact after one more fact."""
    event = fact.event
    if isinstance(event, ContactStated):
        return ContactRow(
            position=fact.envelope.position,
            contact_id=event.contact_id,
            cohort_id=event.cohort_id,
            since=fact.envelope.time,
            content=event.content,
        )
    return row and row.after(fact, **_changes(fact, event))


def _changes(fact: Recorded[Any], event: object) -> dict[str, Any]:
    match event:
        case ContactKept(until=until, answer_by=answer_by):
            return {"until": until, "answer_by": answer_by}
        case ContactUnanswered():
            return {"state": ContactState.UNANSWERED, "since": fact.envelope.time}
        case ContactAgreed():
            return {"state": ContactState.AGREED, "since": fact.envelope.time}
        case ContactEnded(reason=reason):
            over = {"state": ContactState.ENDED, "because": reason, "content": None}
            return {**over, "since": fact.envelope.time}
        case _:
            return {}


def told(row: Shown) -> Shown:
    """The row with what was said of the contact; without the key, or once they were erased, each
    part of it can't be read.
    """
    rest = {name: value for name, value in row.items() if name != "content"}
    content = row.get("content")
    if not isinstance(content, dict):
        return {**rest, **dict.fromkeys(TOLD, content)}
    said = content["data"]
    ways = said.get("contact")
    known = ways if isinstance(ways, dict) else dict.fromkeys(Contact.model_fields, ways)
    return {**rest, **{name: {**known, **said}.get(name) for name in TOLD}}


CONTACTS: Final = Projection(
    name="contacts",
    version=2,
    question="Who is named for what, and did they agree?",
    row=ContactRow,
    keys=keys,
    fold=contacts,
    told=told,
)
