"""Who people are and how to reach them, for those who may open what is sealed."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from events.catalogue import Recorded
from events.ids import PersonId
from events.people import AccessNeedsStated, ContactPreferenceStated, PersonRegistered
from events.personal import Personal, PersonalLine, PersonalWords
from events.terms import Channel, Code, Format
from projections.projection import Projection, Row

OF_CONCERN: Final = frozenset({PersonRegistered, ContactPreferenceStated, AccessNeedsStated})


class PersonRow(Row):
    """One person: a sealed name and what to know before writing to them or meeting them."""

    person_id: PersonId
    full_name: Annotated[PersonalLine | None, Personal(of="person_id")] = None
    channel: Channel | None = None
    format: Format = Format.STANDARD
    language: Code = "en"
    needs: Annotated[PersonalWords | None, Personal(of="person_id")] = None
    supporter_comes: bool = False


def keys(event: Any) -> Iterable[str]:
    """The person, for the facts about themselves."""
    return (event.person_id,) if type(event) in OF_CONCERN else ()


def people(row: PersonRow | None, fact: Recorded[Any], key: str) -> PersonRow | None:
    """The person after one more fact."""
    event = fact.event
    row = row or PersonRow(position=fact.envelope.position, person_id=event.person_id)
    match event:
        case PersonRegistered(full_name=full_name):
            return row.after(fact, full_name=full_name)
        case ContactPreferenceStated(channel=channel, format=form, language=language):
            return row.after(fact, channel=channel, format=form, language=language)
        case AccessNeedsStated(needs=needs, supporter_comes=supporter_comes):
            return row.after(fact, needs=needs, supporter_comes=supporter_comes)
        case _:
            return row


PEOPLE: Final = Projection(
    name="people",
    version=1,
    question="Who is it, and how do they wish to hear from us?",
    row=PersonRow,
    keys=keys,
    fold=people,
    internal=True,
)
