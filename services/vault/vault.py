"""The vault: seals what is not for everybody, and opens it for those who hold the master key.

Who may read a value is its audience (`events.personal`); its key derives from the stored keys of
all whom the audience names, so it falls with any of them.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b, sha256
from os import urandom
from secrets import randbelow
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from events.event import Cover, Event
from events.ids import CommandId, letters
from events.personal import ERASED, Beside, Mark, Sealed, marked
from services.engines.connections import KeptConnections
from services.files import UntrustedFile
from services.vault.epochs import (
    KEY_BYTES,
    NONCE_BYTES,
    EpochKeys,
    LostEpoch,
    WrongMasterKey,
    derived,
)
from services.vault.keys import (
    ITSELF,
    LEASE,
    MOST,
    VERSIONS,
    ErasedAudience,
    Keys,
    LostKey,
    Version,
    stored_names,
)
from services.vault.people import People
from services.vault.ties import Ties

__all__ = ["UNOPENED", "ErasedAudience", "LostKey", "TooMuchToSeal", "Vault", "WrongMasterKey"]

UNOPENED: Final = (WrongMasterKey, LostEpoch, LostKey, UntrustedFile)
"""What is wrong when keys are missing, or may be another's, and nothing is with what they seal."""

TIMEOUT = 5.0  # seconds for a connection that others use, until the vault counts as away
NAMES: Final = 256  # bytes to whose multiples lists of names are made up
CONTENT: Final = "content"  # the field of a cover that holds the fact beneath it
E = TypeVar("E", bound=Event)
K = TypeVar("K")
V = TypeVar("V")


class TooMuchToSeal(ValueError):
    """There is more to say than the one size that facts under a cover have."""


class _Key(NamedTuple):
    """The key of an audience, and which versions of the stored keys it derives from."""

    versions: str
    cipher: AESGCM


class Vault:
    """Seals and opens; safe for threads."""

    def __init__(self, url: str, epochs: EpochKeys, lease: float = LEASE) -> None:
        """`url` is the vault database; for `lease` seconds keys are used without a look at it."""
        self._pool = KeptConnections(url, 6, patience=TIMEOUT)
        self.keys = Keys(self._pool, epochs, lease)
        self.people = People(self._pool, self.keys)
        self.ties = Ties(self._pool, self.keys)
        self._sealing: dict[str, _Key] = {}
        self._opening: dict[tuple[str, str], AESGCM] = {}
        self._digesting: dict[tuple[str, ...], bytes] = {}
        self._lock = Lock()
        self._drops = 0
        self.fallen: set[str] = set()
        """Audiences for which something was to be sealed, and whose keys are gone."""

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def prove(self, newest: str | None = None, *, begin: bool = False) -> None:
        """Raises WrongMasterKey or LostEpoch unless it can be opened, and LostKey if it lacks the
        key of this person, of whom the log knows, and so is older than the log. With `begin`
        the first epoch begins where nothing is kept yet.

        Otherwise people would be taken for newcomers, and sealed under keys that nobody else opens.
        """
        if newest is not None and self.keys.held(newest) is None:
            raise LostKey(LostKey.__doc__)
        if begin and not self.keys.epochs.file.exists() and not self.keys.standing().keys:
            self.keys.epochs.begin()
        self.own_key(ITSELF)

    def hold(self, people: Iterable[str]) -> None:
        """Have the keys of these people at hand, those that there are, at one look."""
        self._look()
        self.keys.load(people)

    def welcome(self, people: Iterable[str]) -> None:
        """Make the keys of these people that have none, in one commit."""
        self.keys.make_all(people)

    def destroy(self, name: str) -> int:
        """Destroy the key of a person (or panel, cohort, case, run) and all that fall with it; what
        leads to them goes too.

        What was sealed under any of them is `Erased` from now on, and nothing new can be sealed.
        Returns how many stored keys there were.
        """
        with self.keys.changing() as (connection, epoch):
            count = self.keys.destroy(connection, epoch, name)
            self.people.forget(connection, [name])
            self.ties.forget(connection, [name])
        self.forget()
        return count

    def forget(self) -> None:
        """Have no key at hand any more: somebody was erased, and what is left is looked up anew.

        So that nobody who goes on working seals or confirms what others can't any more.
        """
        self.keys.forget()
        self._drop()

    def _drop(self) -> None:
        drops = self.keys.drops
        self.people.forget_epochs()
        with self._lock:  # whoever is about to keep what it derived before keeps it nowhere
            self._sealing, self._opening, self._digesting = {}, {}, {}
            self._drops = drops

    def _look(self) -> None:
        """Go on with the keys at hand only if they are still what the vault has."""
        self.keys.look()
        if self._drops != self.keys.drops:
            self._drop()

    def lacks(self, people: Iterable[str]) -> bool:
        """Whether the key of any of these people was destroyed."""
        self._look()
        return any(map(self.keys.gone, people))

    def own_key(self, purpose: str) -> bytes:
        """A key by which commands and people are known again, for ever the same."""
        return derived(self.keys.first(ITSELF), purpose)

    @cached_property
    def _digest_key(self) -> bytes:
        return self.own_key("command")

    @cached_property
    def _command_key(self) -> bytes:
        return self.own_key("command id")

    @cached_property
    def _tag_key(self) -> bytes:
        return self.own_key("tag")

    @cached_property
    def _names_key(self) -> bytes:
        return self.own_key("names")

    def digest(self, content: bytes, people: Iterable[str]) -> str:
        """A keyed digest of a command's content, 32 hexadecimal digits: equal for equal content.

        It is keyed by the keys of the people whom the command is about as well, so that the same
        is not made again, and confirms no guess, once one of them was erased.
        """
        self._look()
        names, at_hand = tuple(sorted(set(people))), self._digesting
        key = at_hand.get(names)
        if key is None:
            self.keys.load(names)
            here = [name for name in names if not self.keys.gone(name)]
            keys = b"".join(self.keys.first(name) for name in here)
            key = _keyed(self._digest_key, keys, KEY_BYTES) if names else self._digest_key
            self._keep(at_hand, names, key)
        return _keyed(key, content).hex()

    def command_id(self, sender: str, sent: CommandId) -> CommandId:
        """The id under which a sender's command is recorded: keyed, and in a room of their own.

        So nobody can foretell it or take it in advance, and whoever reads it in a fact can't send
        it. It keeps the time in the sent id.
        """
        moment = sent.partition("_")[2][:10]  # 48 bits of time, and two of chance
        secret = _keyed(self._command_key, f"{sender}|{sent}".encode(), 10)
        chance = letters(int.from_bytes(secret, "big"), 16)
        return CommandId(f"{CommandId.prefix}_{moment}{chance}")

    def hidden_tag(self, name: str) -> str:
        """The tag by which facts that conceal a person are found: keyed, so it names nobody."""
        secret = _keyed(self._tag_key, name.encode())
        return f"hidden_{letters(int.from_bytes(secret, 'big'), 26)}"

    def sender(self, actor: str) -> str:
        """Who sent a command, for who compares: keyed, so that it names nobody."""
        return _keyed(self._command_key, f"sender|{actor}".encode()).hex()

    def seal_names(self, names: Iterable[str], bound: str) -> bytes:
        """Whom a command is about, for us alone; bound to its id, and of one length for a few."""
        text = _evened(to_json(sorted(names)), NAMES)
        nonce = urandom(NONCE_BYTES)
        return nonce + AESGCM(self._names_key).encrypt(nonce, text, bound.encode())

    def open_names(self, sealed: bytes, bound: str) -> list[str]:
        """Whom a command is about. ValueError if it was tampered with."""
        try:
            nonce, secret = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            text = AESGCM(self._names_key).decrypt(nonce, secret, bound.encode())
        except InvalidTag as error:
            raise ValueError("whom a command is about was tampered with") from error
        found: list[str] = from_json(text)
        return found

    def seal(self, event: E, event_id: str, *, for_rules: bool) -> E:
        """The fact with its marked fields sealed: those that rules read, or those they do not.

        A value that is kept beside the log is left to `seal_beside`. Of who was erased no words are
        taken in any more (ErasedAudience), so that nobody thinks they were kept. But what they had
        must come to its end: a code about them is sealed under a key that nobody keeps.
        """
        sealed = {
            name: self._sealed(mark, value, event, event_id, name)
            for name, mark in marked(type(event), for_rules=for_rules)
            if not mark.beside
            and not isinstance(value := getattr(event, name), Sealed)
            and (value is not None or mark.always)
        }
        return event.model_copy(update=sealed) if sealed else event

    def covered(self, event: Event, event_id: str, by: Mapping[str, str]) -> Cover:
        """A fact under its cover, in the one size that all have. TooMuchToSeal if it has more.

        `by` says who acted, where the envelope does not.
        """
        cover = event.cover
        if cover is None:
            raise TypeError(f"a {event.name} is not covered")
        content = {"name": event.wire_name(), "data": event.model_dump(mode="json"), "by": by}
        shown = cover.ids_over(event)
        ((_, mark),) = marked(cover)
        blank = cover.model_construct(None, content=ERASED, **shown)  # its audience is of its ids
        text = to_json(content, exclude_none=True)
        if len(text) > cover.size:
            raise TooMuchToSeal(f"{event.name} has {len(text)} bytes, more than {cover.size}")
        audience = mark.audience(blank)
        sealed = self._seal_bytes(text.ljust(cover.size), audience, event_id, CONTENT)
        return cover.model_construct(None, content=sealed, **shown)

    def seal_beside(self, event: E, event_id: str) -> tuple[E, dict[str, bytes]]:
        """The fact with its large values replaced by where they are, and these, by their digest."""
        parts: dict[str, bytes] = {}
        beside = {}
        for name, mark in marked(type(event)):
            if mark.beside and isinstance(value := getattr(event, name), BaseModel):
                audience = mark.audience(event)
                self.keys.make(audience, mark.holders(event))
                key = self._sealing_key(audience)
                closed = {"audience": audience, "key": key.versions, "event": event_id}
                raw = _evened(to_json(value, exclude_none=True), mark.even)
                secret = _encrypted(key, raw, _bound(audience, key.versions, event_id, name))
                digest = sha256(secret).hexdigest()
                parts[digest] = secret
                beside[name] = Beside(**closed, field=name, digest=digest, size=len(secret))
        return (event.model_copy(update=beside), parts) if beside else (event, parts)

    def open(self, sealed: Sealed) -> Any:
        """The value, or `Erased` if its key is gone. ValueError if it was tampered with."""
        try:
            raw = b64decode(sealed.sealed, altchars=b"-_", validate=True)
        except ValueError as error:
            raise _tampered(sealed) from error
        return self._opened(sealed, raw)

    def open_beside(self, part: Beside, raw: bytes) -> Any:
        """A value that is kept beside the log, from its sealed bytes; as `open`."""
        if sha256(raw).hexdigest() != part.digest:
            raise _tampered(part)
        return self._opened(part, raw)

    def _opened(self, closed: Sealed | Beside, raw: bytes) -> Any:
        bound = _bound(closed.audience, closed.key, closed.event, closed.field)
        self._look()
        try:
            cipher = self._opening_key(closed.audience, closed.key)
            if cipher is None:
                return ERASED
            text = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise _tampered(closed) from error
        return from_json(text)

    def _sealed(self, mark: Mark, value: Any, event: Event, event_id: str, field: str) -> Sealed:
        text, audience = _evened(to_json(value), mark.even), mark.audience(event)
        try:
            if holders := mark.holders(event):
                self.keys.make(audience, holders)
            return self._seal_bytes(text, audience, event_id, field)
        except ErasedAudience:
            if not mark.for_rules:
                raise
            self.fallen.add(audience)
            versions = ".".join(str(1 + randbelow(VERSIONS)) for _ in stored_names(audience))
            nobodys = _Key(versions, AESGCM(urandom(KEY_BYTES)))
            return self._seal_bytes(text, audience, event_id, field, nobodys)

    def _seal_bytes(
        self, text: bytes, audience: str, event_id: str, field: str, key: _Key | None = None
    ) -> Sealed:
        key = key or self._sealing_key(audience)
        secret = _encrypted(key, text, _bound(audience, key.versions, event_id, field))
        return Sealed(
            audience=audience,
            key=key.versions,
            event=event_id,
            field=field,
            sealed=urlsafe_b64encode(secret).decode(),
        )

    def _keep(self, at_hand: dict[K, V], name: K, key: V) -> None:
        with self._lock:
            if len(at_hand) > MOST:
                at_hand.clear()
            at_hand[name] = key

    def _sealing_key(self, audience: str) -> _Key:
        """The key of an audience as it is now, made if need be; ErasedAudience if it is gone."""
        self._look()
        at_hand = self._sealing
        held = at_hand.get(audience)
        if held is None:
            stored = [self.keys.make(name) for name in stored_names(audience)]
            versions = ".".join([str(one.number) for one in stored])
            held = _Key(versions, _cipher(audience, stored))
            self._keep(at_hand, audience, held)
        return held

    def _opening_key(self, audience: str, versions: str) -> AESGCM | None:
        """The key of an audience as it was; None if it is gone, LostKey if it never was here."""
        at_hand = self._opening
        held = at_hand.get((audience, versions))
        if held is None:
            names, numbers = stored_names(audience), map(int, versions.split("."))
            asked = list(zip(names, numbers, strict=True))
            self.keys.load(names)
            # Of a code that was sealed for nobody since then, the others' versions never were.
            if any(map(self.keys.gone, names)):
                return None
            stored = [self.keys.version(*one) for one in asked]
            versions_here = [one for one in stored if one is not None]
            if len(versions_here) < len(names):
                return None
            held = _cipher(audience, versions_here)
            self._keep(at_hand, (audience, versions), held)
        return held


def _cipher(audience: str, stored: Sequence[Version]) -> AESGCM:
    """A stored key seals as it is, since each value is bound to its audience's name; several that
    must all be there give one that is derived of them.
    """
    if len(stored) == 1:
        return stored[0].cipher
    return AESGCM(derived(b"".join([one.key for one in stored]), audience))


def _keyed(key: bytes, text: bytes, size: int = 16) -> bytes:
    """A keyed digest (BLAKE2b, RFC 7693)."""
    return blake2b(text, digest_size=size, key=key).digest()


def _evened(text: bytes, even: int) -> bytes:
    """Made up to a multiple of so many bytes: JSON ignores blanks."""
    return text + b" " * (-len(text) % even)


def _encrypted(key: _Key, text: bytes, bound: bytes) -> bytes:
    nonce = urandom(NONCE_BYTES)
    return nonce + key.cipher.encrypt(nonce, text, bound)


def _bound(audience: str, versions: str, event_id: str, field: str) -> bytes:
    return f"{event_id}|{field}|{audience}|{versions}".encode()


def _tampered(closed: Sealed | Beside) -> ValueError:
    return ValueError(f"a sealed {closed.field} was tampered with")
