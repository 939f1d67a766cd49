"""What a request to read over HTTP may say beside its path, in the document of it."""

from collections.abc import Iterator
from typing import Any, Final

from projections.catalogue import LISTS
from services.handbook.api_problems import TEXT
from services.reading.asking import HEAD
from services.reading.questions import MOST_ROWS
from services.reading.table import EVENTS, FIND, OPENINGS, SHARED, TABLE
from services.web.surface import AFTER, AT_LEAST, LIMIT, OPEN, SORT

NO_KEY: Final = (FIND, SHARED, OPENINGS, EVENTS)
SEEN: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer: if nothing is new, only that is said.",
    "schema": TEXT,
}
OF_ALL: Final = (
    {
        "name": OPEN,
        "in": "query",
        "description": "Whether what may be opened is; without it, it says `(sealed)`.",
        "schema": {"type": "boolean"},
    },
    {
        "name": AT_LEAST,
        "in": "query",
        "description": "A position of the log that must be taken in first: so one reads what one"
        " wrote; or `head`: all that is recorded when the question comes.",
        "schema": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 2**62 - 1}, {"const": HEAD}]
        },
    },
)
_LIMIT: Final = {
    "name": LIMIT,
    "in": "query",
    "description": "How many rows at most; 100 if it is not said.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
}
_AFTER: Final = {
    "name": AFTER,
    "in": "query",
    "description": "What the answer before gave, to go on behind it; of events, a position.",
    "schema": {**TEXT, "maxLength": 2000},
}


def how(name: str) -> Iterator[dict[str, Any]]:
    """How much of what is read under a name, in which order, and from where."""
    yield from OF_ALL
    yield _LIMIT
    if name not in LISTS:
        yield _AFTER
    if fields := name in TABLE and TABLE[name].chosen_by:
        either = [way for field in ("key", *fields) for way in (field, f"-{field}")]
        yield {
            "name": SORT,
            "in": "query",
            "description": "By which field; behind a minus the last first. Else by key.",
            "schema": {"enum": either},
        }


def chosen(name: str) -> Iterator[dict[str, Any]]:
    """The fields by which rows are chosen in an address: those that stand in the clear."""
    if name in NO_KEY:
        return
    fields = TABLE[name].chosen_by if name in TABLE else _of_lists(name)
    for field in ("key", *fields):
        yield {
            "name": field,
            "in": "query",
            "description": "Only rows with this value, as text.",
            "schema": {**TEXT, "maxLength": 200},
        }


def _of_lists(name: str) -> tuple[str, ...]:
    """Of a list, those of its fields that stand in the clear in what it is made of."""
    clear = {one for of in LISTS[name].of for one in TABLE[of].chosen_by}
    return tuple(one for one in LISTS[name].fields if one in clear)
