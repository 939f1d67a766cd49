"""Where an answer ended, carried for us by whoever asked.

It is sealed, since the row at which an answer ended may be one that they don't see. Of events it is
the position of the last, which stands in the event itself.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from services.log.log import BEHIND_ALL
from services.reading.asking import EVENTS
from services.reading.questions import NamedQuery
from services.reading.refusals import NotACursor
from services.vault.carried import opened_by_us, sealed_for_us
from services.vault.vault import Vault

PURPOSE: Final = "cursor"


class Cursor(NamedTuple):
    """Behind which row it goes on: its value in the field by which is sorted, and its key."""

    value: Any
    key: str


def cursor_text(vault: Vault, asked: NamedQuery, sender: str, cursor: Cursor) -> str:
    """A cursor as it is carried, by this sender and for this query alone."""
    if asked.name == EVENTS:
        return cursor.key
    sealed = sealed_for_us(to_json(cursor), vault.own_key(PURPOSE), _bound(asked, sender))
    return urlsafe_b64encode(sealed).decode()


def cursor_in(vault: Vault, asked: NamedQuery, sender: str) -> Cursor | None:
    """The cursor of a query; NotACursor if it is none, or another one's."""
    text = asked.question.after
    if text is None:
        return None
    if asked.name == EVENTS:
        return _position_in(text)
    try:
        sealed = urlsafe_b64decode(text.encode())
        bound = _bound(asked, sender)
        value, key = from_json(opened_by_us(sealed, vault.own_key(PURPOSE), bound))
    except ValueError:
        raise NotACursor from None
    return Cursor(value, key)


def _position_in(text: str) -> Cursor:
    if not (text.isascii() and text.isdecimal() and int(text) < BEHIND_ALL):
        raise NotACursor
    return Cursor(None, str(int(text)))


def _bound(asked: NamedQuery, sender: str) -> str:
    return f"{asked.name}|{asked.question.sort}|{sender}"
