"""By what an event is found, held against what it says: rules look facts up by kind and tags, read
models read what stands in them, and where these differ there are two answers to one question.
"""

from typing import Final

from events.catalogue import Recorded
from events.event import Cover, Event
from services.log.log import Stored
from services.log.sealing import hidden_tags
from services.vault.opening import Reading

FOUND_AS_IT_SAYS: Final = "everywhere.found-as-it-says"
NOT_AS_IT_SAYS: Final = (
    "The log finds an event under another kind, or under other ids, than the event says: rules and"
    " read models then know different things."
)
IN_THE_INDEX: Final = "everywhere.in-the-index"
NOT_IN_THE_INDEX: Final = (
    "The table by which rules look events up (`log.tags`) is not what the events bear: there are"
    " facts that rules do not know of, or know of though they are not there."
)


def is_found_as_it_says(row: Stored, fact: Recorded[Event], reading: Reading | None) -> bool:
    """Whether a row's kind and tags are those of its document. Keyed tags are counted; with keys
    they are made again, unless they fell with somebody who was erased.

    ValueError or LookupError if what is under a cover can't be read.
    """
    event, envelope = fact.event, fact.envelope
    shown = [*event.tags()]
    hidden = row.tags[len(shown) : -1]
    if row.type != envelope.type or row.tags != [*shown, *hidden, envelope.origin.command_id]:
        return False
    if not isinstance(event, Cover):
        return not hidden
    if len(hidden) != event.hidden_tags:
        return False
    beneath = reading(event) if reading else event
    if reading is None or isinstance(beneath, Cover):
        return True
    return hidden == hidden_tags(beneath, event, envelope.id, reading.hidden_tag)
