"""Entity tags: what a row was when somebody saw it, so that they can say what they decide upon.

The tag of a row names it, and its position in the log; whoever may not see that gets a digest of
what they do see, so that nobody hears from a tag that something happened.
"""

from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

CLOSED, OPENED = "~", "+"
LONGEST: Final = 500  # characters
HALF: Final = 32  # of the digits of a digest, which are enough for a tag


class Tag(NamedTuple):
    """Which row of what, and whether it was opened where it was seen."""

    name: str
    key: str
    opened: bool


def tag_of(name: str, row: dict[str, Any], *, opened: bool) -> str:
    """The tag of a row, as it is shown to somebody."""
    position = row.get("position")
    mark = OPENED if opened else CLOSED
    what = position if isinstance(position, int) else digest_of(to_json(row))
    return f'"{name}/{row["key"]}@{mark}{what}"'


def tag_of_all(rows: list[dict[str, Any]]) -> str:
    """The tag of some rows."""
    return f'"{digest_of(to_json(rows))}"'


def digest_of(said: bytes) -> str:
    """What tells it from all else that is said."""
    return sha256(said).hexdigest()[:HALF]


def row_of(tag: str) -> Tag | None:
    """The row that a tag names; None if it is no tag of a row."""
    if len(tag) > LONGEST or not (tag.startswith('"') and tag.endswith('"')):
        return None
    name, slash, rest = tag[1:-1].partition("/")
    key, at, what = rest.rpartition("@")
    if not (slash and at and key and what[:1] in (CLOSED, OPENED)):
        return None
    return Tag(name, key, what[0] == OPENED)
