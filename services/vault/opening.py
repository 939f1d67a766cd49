"""Opens what is sealed: for rules, which read what is theirs, and at the edge, for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from events.catalogue import BENEATH
from events.event import Cover, Event
from events.personal import ERASED, Beside, Erased, Sealed, marked, names_in
from services.secrecy import SHUT
from services.vault.vault import Vault

E = TypeVar("E", bound=Event)
Fetch = Callable[[str], bytes]
"""Gives the sealed bytes that are kept beside the log, by their digest."""


class Reading:
    """Opens facts as far as rules read them, and nothing of whom it was told to forget.

    Whoever was erased, and whichever contact ended, is told to it (`forget`), so that a fold of the
    same facts gives the same answers whether or not somebody still has their key at hand.
    """

    def __init__(self, vault: Vault, fetch: Fetch) -> None:
        """`fetch` gets what is kept beside the log."""
        self._vault, self._fetch = vault, fetch
        self._erased: set[str] = set()

    def forget(self, name: str) -> None:
        """Open nothing any more that falls with whoever has this id."""
        self._erased.add(name)

    def look_anew(self) -> None:
        """Have no key at hand any more: somebody has just been forgotten, and keys may be gone."""
        self._vault.forget()

    def hold(self, people: Iterable[str]) -> None:
        """Have the keys of these people at hand, at one look."""
        self._vault.hold(people)

    def hidden_tag(self, name: str) -> str:
        """The tag by which facts that conceal a person are found."""
        return self._vault.hidden_tag(name)

    def __call__(self, event: Event) -> Event:
        """The fact, from under its cover if it can be, with what rules read opened and checked.

        What can't be opened any more is `Erased`. ValueError if it was tampered with.
        """
        if isinstance(event, Cover):
            if isinstance(event.content, Erased):
                return event
            content = self._value(event.content)
            if isinstance(content, Erased):
                return event.model_copy(update={"content": ERASED})
            event = BENEATH[content["name"]].model_validate(content["data"])
        return self._opened(event)

    def said_by(self, cover: Cover) -> Mapping[str, str]:
        """Who acted, as far as a cover keeps it from the envelope; nothing once that was erased."""
        content = ERASED if isinstance(cover.content, Erased) else self._value(cover.content)
        return {} if isinstance(content, Erased) else content.get("by") or {}

    def _opened(self, event: E) -> E:
        values = {
            name: _form(type(event), name).validate_python(self._value(value))
            for name, _ in marked(type(event), for_rules=True)
            if isinstance(value := getattr(event, name), Sealed | Beside)
        }
        return self._fallen(event.model_copy(update=values)) if values else event

    def _fallen(self, event: E) -> E:
        """What names people in its content alone falls with each of them."""
        erased = {
            name: ERASED
            for name, mark in (marked(type(event)) if self._erased else ())
            if not isinstance(getattr(event, name), Erased)
            and not self._erased.isdisjoint(mark.holders(event))
        }
        return event.model_copy(update=erased) if erased else event

    def _value(self, closed: Sealed | Beside) -> Any:
        if self._erased and not self._erased.isdisjoint(names_in(closed.audience)):
            return ERASED
        if isinstance(closed, Sealed):
            return self._vault.open(closed)
        return self._vault.open_beside(closed, self._fetch(closed.digest))


@cache
def _form(kind: type[Event], name: str) -> TypeAdapter[Any]:
    """What a field of a fact may hold."""
    form: Any = kind.model_fields[name].annotation
    return TypeAdapter(form)


def closed_in(value: Any) -> Sealed | Beside | None:
    """What is shut there, whether it stands there itself or is kept beside the log; None, if this
    JSON is anything else.
    """
    for name, form in (("sealed", Sealed), ("digest", Beside)):
        if isinstance(value, dict) and name in value:
            try:
                return form.model_validate(value)
            except ValidationError:
                return None
    return None


def audiences_in(value: Any) -> Iterator[str]:
    """The audiences of all that is sealed in JSON, as far as that can be seen without opening."""
    if isinstance(value, list):
        for one in value:
            yield from audiences_in(one)
    elif (closed := closed_in(value)) is not None:
        yield closed.audience
    elif isinstance(value, dict):
        for one in value.values():
            yield from audiences_in(one)


def left_shut(_: Beside) -> str:
    """Opens nothing of what is kept beside the log."""
    return SHUT


def opened(value: Any, vault: Vault | None, beside: Callable[[Beside], Any] = left_shut) -> Any:
    """JSON with what is sealed in it opened; without the key it stays `(sealed)`. So does what is
    kept `beside` the log, unless it is said how that is opened.
    """
    if isinstance(value, list):
        return [opened(one, vault, beside) for one in value]
    if (closed := closed_in(value)) is None:
        if not isinstance(value, dict):
            return value
        return {key: opened(one, vault, beside) for key, one in value.items()}
    if vault is None:
        return SHUT
    plain = beside(closed) if isinstance(closed, Beside) else vault.open(closed)
    # What lies under a cover may be sealed once more.
    return "(erased)" if isinstance(plain, Erased) else opened(plain, vault, beside)
