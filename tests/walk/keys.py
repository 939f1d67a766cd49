"""A vault that hides nothing: values lie readable in their envelopes, and fall as they would."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from events.event import Cover, Event
from events.ids import CommandId, letters
from events.personal import ERASED, Beside, Mark, Sealed, marked, names_in
from services.vault.keys import ErasedAudience
from services.vault.vault import E, Vault

NOBODYS: Final = "nobody's"  # what was sealed under a key that nobody keeps


class KeyStore:
    """Which keys were destroyed, who was weighed in which run, and how often keys were turned."""

    def __init__(self) -> None:
        self.destroyed: set[str] = set()
        self.version = 1
        self._holders: dict[str, frozenset[str]] = {}

    def keep(self, name: str, holders: Iterable[str]) -> None:
        """A key that falls with each of its holders."""
        self._holders[name] = frozenset(holders)

    def destroy(self, person: str) -> None:
        """A person's key, and all that fall with them."""
        self.destroyed.add(person)
        self.destroyed |= {name for name, who in self._holders.items() if person in who}


class PlainVault(Vault):
    """The vault of one process: it goes on with the keys that it has at hand until it looks anew.

    What decides which values are sealed, and under what, is the vault's own code.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self.fallen = set()
        self._gone: frozenset[str] = frozenset()
        self.forget()

    def forget(self) -> None:
        self._gone = frozenset(self._store.destroyed)

    def hold(self, people: Iterable[str]) -> None:
        pass

    def close(self) -> None:
        pass

    def _falls(self, audience: str) -> bool:
        return bool(self._gone) and not self._gone.isdisjoint(names_in(audience))

    def lacks(self, people: Iterable[str]) -> bool:
        return not self._gone.isdisjoint(people)

    def digest(self, content: bytes, people: Iterable[str]) -> str:
        here = sorted(set(people) - self._gone)
        return blake2b(content, digest_size=16, key=_short(",".join(here))).hexdigest()

    def command_id(self, sender: str, sent: CommandId) -> CommandId:
        moment = sent.partition("_")[2][:10]
        return CommandId(f"{CommandId.prefix}_{moment}{_letters(f'{sender}|{sent}', 16)}")

    def hidden_tag(self, name: str) -> str:
        return f"hidden_{_letters(name, 26)}"

    def sender(self, actor: str) -> str:
        return actor

    def seal_names(self, names: Iterable[str], bound: str) -> bytes:  # noqa: ARG002 - as theirs
        return to_json(sorted(names))

    def open_names(self, sealed: bytes, bound: str) -> list[str]:  # noqa: ARG002 - as theirs
        names: list[str] = from_json(sealed)
        return names

    def _sealed(self, mark: Mark, value: Any, event: Event, event_id: str, field: str) -> Sealed:
        audience = mark.audience(event)
        if holders := mark.holders(event):
            self._store.keep(names_in(audience)[0], holders)
        if not self._falls(audience):
            return self._shut(to_json(value).decode(), audience, event_id, field)
        if not mark.for_rules:
            raise ErasedAudience
        self.fallen.add(audience)
        return self._shut(NOBODYS, audience, event_id, field)

    def _shut(self, text: str, audience: str, event_id: str, field: str) -> Sealed:
        key = ".".join([str(self._store.version)] * (audience.count("+") + 1))
        return Sealed(audience=audience, key=key, event=event_id, field=field, sealed=text)

    def covered(self, event: Event, event_id: str, by: Mapping[str, str]) -> Cover:
        cover = event.cover
        assert cover is not None
        content = {"name": event.wire_name(), "data": event.model_dump(mode="json"), "by": by}
        shown = cover.ids_over(event)
        ((_, mark),) = marked(cover)
        audience = mark.audience(cover.model_construct(None, content=ERASED, **shown))
        if self._falls(audience):
            raise ErasedAudience
        text = to_json(content, exclude_none=True).decode()
        sealed = self._shut(text, audience, event_id, "content")
        return cover.model_construct(None, content=sealed, **shown)

    def seal_beside(self, event: E, event_id: str) -> tuple[E, dict[str, bytes]]:
        parts, beside = dict[str, bytes](), dict[str, Beside]()
        for name, mark in marked(type(event)):
            value = getattr(event, name)
            if mark.beside and isinstance(value, BaseModel) and not isinstance(value, Beside):
                audience = mark.audience(event)
                self._store.keep(names_in(audience)[0], mark.holders(event))
                raw = to_json(value, exclude_none=True)
                digest = blake2b(raw, digest_size=32).hexdigest()
                parts[digest] = raw
                beside[name] = Beside(
                    audience=audience,
                    key=str(self._store.version),
                    event=event_id,
                    field=name,
                    digest=digest,
                    size=len(raw),
                )
        return (event.model_copy(update=beside), parts) if beside else (event, parts)

    def open(self, sealed: Sealed) -> Any:
        if sealed.sealed == NOBODYS or self._falls(sealed.audience):
            return ERASED
        return from_json(sealed.sealed)

    def open_beside(self, part: Beside, raw: bytes) -> Any:
        return ERASED if self._falls(part.audience) else from_json(raw)


def _short(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=32).digest()


def _letters(text: str, count: int) -> str:
    secret = blake2b(text.encode(), digest_size=17).digest()
    return letters(int.from_bytes(secret, "big"), count)
