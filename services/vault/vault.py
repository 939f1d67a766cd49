"""The vault: seals what is not for everybody, and opens it for those who hold the master key.

Who may read a value is its audience (`events.personal`); its key derives from the stored keys of
all whom the audience names, so it falls with any of them. Here stands all SQL on
`vault.identities`.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from hmac import digest as hmac
from os import urandom
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg_pool import ConnectionPool
from pydantic import BaseModel
from pydantic_core import from_json, to_json

from events.contacts import one_spelling
from events.event import Cover, Event
from events.ids import CommandId, letters
from events.personal import ERASED, Beside, Mark, Sealed, marked
from services.files import make_whole
from services.vault.keys import (
    ITSELF,
    KEY_BYTES,
    MOST,
    NONCE_BYTES,
    ErasedAudience,
    Keys,
    WrongMasterKey,
    derived,
    stored_names,
)

__all__ = ["ErasedAudience", "TooMuchToSeal", "Vault", "WrongMasterKey", "master_key"]

TIMEOUT = 5.0  # seconds for a connection, until the vault counts as away
NAMES: Final = 256  # bytes to whose multiples lists of names are made up
CONTENT: Final = "content"  # the field of a cover that holds the fact beneath it
E = TypeVar("E", bound=Event)
K = TypeVar("K")
V = TypeVar("V")


class TooMuchToSeal(ValueError):
    """There is more to say than the one size that facts under a cover have."""


class _Key(NamedTuple):
    """The key of an audience, and which versions of which stored keys it derives from."""

    versions: str
    cipher: AESGCM


def master_key(file: Path, *, create: bool = False) -> bytes:
    """The 32 bytes in a file of 64 hexadecimal digits; made if absent and `create`."""
    if create and not file.exists():
        with suppress(FileExistsError):  # somebody else was faster
            make_whole(file, urandom(KEY_BYTES).hex() + "\n")
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongMasterKey(f"{file} must hold the vault's master key: 64 hexadecimal digits.")
    return key


class Vault:
    """Seals and opens; safe for threads."""

    def __init__(self, url: str, master: bytes) -> None:
        """`url` is the vault database; `master` has 32 bytes."""
        self._pool = ConnectionPool(
            url, min_size=0, max_size=4, kwargs={"autocommit": True}, open=False, timeout=TIMEOUT
        )
        self._pool.open()
        self._stored = Keys(self._pool, master)
        self._identity_key = derived(master, "identity")
        self._digest_key = derived(master, "command")
        self._command_key = derived(master, "command id")
        self._tag_key = derived(master, "tag")
        self._names_key = derived(master, "names")
        self._sealing: dict[str, _Key] = {}
        self._opening: dict[tuple[str, str], AESGCM] = {}
        self._digesting: dict[tuple[str, ...], bytes] = {}
        self._lock = Lock()
        self.fallen: set[str] = set()
        """Audiences for which something was to be sealed, and whose keys are gone."""

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def prove(self) -> None:
        """Raises WrongMasterKey unless the master key is the one that this vault began with.

        Otherwise people would be taken for newcomers, and sealed under keys that nobody else opens.
        """
        self._stored.make(ITSELF)

    def hold(self, people: Iterable[str]) -> None:
        """Have the keys of these people at hand, those that there are, at one look."""
        self._stored.load(people)

    def welcome(self, people: Iterable[str]) -> None:
        """Make the keys of these people that have none, in one commit."""
        self._stored.make_all(people)

    def destroy(self, name: str) -> int:
        """Destroy the key of a person (or panel, cohort, case, run) and all that fall with it.

        What was sealed under any of them is `Erased` from now on, and nothing new can be sealed.
        Returns how many stored keys there were.
        """
        count = self._stored.destroy(name)
        self.forget()
        return count

    def forget(self) -> None:
        """Have no key at hand any more: somebody was erased, and what is left is looked up anew.

        So that nobody who goes on working seals or confirms what others can't any more.
        """
        self._stored.forget()
        with self._lock:
            self._sealing.clear()
            self._opening.clear()
            self._digesting.clear()

    def lacks(self, people: Iterable[str]) -> bool:
        """Whether the key of any of these people was destroyed."""
        return any(map(self._stored.gone, people))

    def digest(self, content: bytes, people: Iterable[str]) -> str:
        """A keyed digest of a command's content, 32 hexadecimal digits: equal for equal content.

        It is keyed by the keys of the people whom the command is about as well, so that the same
        is not made again, and confirms no guess, once one of them was erased.
        """
        names = tuple(sorted(set(people)))
        key = self._digesting.get(names)
        if key is None:
            self._stored.load(names)
            here = [name for name in names if not self._stored.gone(name)]
            keys = b"".join(self._stored.make(name).key for name in here)
            key = hmac(self._digest_key, keys, "sha256") if names else self._digest_key
            self._keep(self._digesting, names, key)
        return hmac(key, content, "sha256").hex()[:32]

    def command_id(self, sender: str, sent: CommandId) -> CommandId:
        """The id under which a sender's command is recorded: keyed, and in a room of their own.

        So nobody can foretell it or take it in advance, and whoever reads it in a fact can't send
        it. It keeps the time in the sent id.
        """
        moment = sent.partition("_")[2][:10]  # 48 bits of time, and two of chance
        secret = hmac(self._command_key, f"{sender}|{sent}".encode(), "sha256")
        chance = letters(int.from_bytes(secret[:10], "big"), 16)
        return CommandId(f"{CommandId.prefix}_{moment}{chance}")

    def hidden_tag(self, name: str) -> str:
        """The tag by which facts that conceal a person are found: keyed, so it names nobody."""
        secret = hmac(self._tag_key, name.encode(), "sha256")
        return f"hidden_{letters(int.from_bytes(secret[:16], 'big'), 26)}"

    def sender(self, actor: str) -> str:
        """Who sent a command, for who compares: keyed, so that it names nobody."""
        return hmac(self._command_key, f"sender|{actor}".encode(), "sha256").hex()[:32]

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

    def identify(self, contacts: Sequence[str], newcomer: str) -> str:
        """The person who is known by the first of these addresses or numbers, else `newcomer`.

        The first decides alone, because two people may share a telephone. The others name that
        person from now on, unless they name somebody already.
        """
        digests = [
            hmac(self._identity_key, one_spelling(one).encode(), "sha256") for one in contacts
        ]
        with self._pool.connection() as connection, connection.transaction():
            # One at a time, so that two who register one person together agree on who it is.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (0x4944,))
            known = connection.execute(
                "SELECT person FROM vault.identities WHERE digest = %s", (digests[0],)
            ).fetchone()
            person = str(known[0]) if known else newcomer
            for one in digests:
                connection.execute(
                    "INSERT INTO vault.identities VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (one, person),
                )
        return person

    def seal(self, event: E, event_id: str, *, for_rules: bool) -> E:
        """The fact with its marked fields sealed: those that rules read, or those they do not.

        A value that is kept beside the log is left to `seal_beside`. Of who was erased no words are
        taken in any more (ErasedAudience), so that nobody thinks they were kept. But what they had
        must come to its end: a code about them is sealed under a key that nobody keeps.
        """
        sealed = {
            name: self._sealed(mark, value, mark.audience(event), event_id, name)
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
                self._stored.make(audience, mark.holders(event))
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
        try:
            cipher = self._opening_key(closed.audience, closed.key)
            if cipher is None:
                return ERASED
            text = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError, LookupError) as error:
            raise _tampered(closed) from error
        return from_json(text)

    def _sealed(self, mark: Mark, value: Any, audience: str, event_id: str, field: str) -> Sealed:
        text = _evened(to_json(value), mark.even)
        try:
            return self._seal_bytes(text, audience, event_id, field)
        except ErasedAudience:
            if not mark.for_rules:
                raise
            self.fallen.add(audience)
            versions = ".".join("1" for _ in stored_names(audience))
            nobodys = _Key(versions, AESGCM(urandom(KEY_BYTES)))
            return self._seal_bytes(text, audience, event_id, field, nobodys)

    def _seal_bytes(
        self, text: bytes, audience: str, event_id: str, field: str, key: _Key | None = None
    ) -> Sealed:
        key = key or self._sealing_key(audience)
        secret = _encrypted(key, text, _bound(audience, key.versions, event_id, field))
        return Sealed.model_construct(
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
        held = self._sealing.get(audience)
        if held is None:
            stored = [self._stored.make(name) for name in stored_names(audience)]
            versions = ".".join(str(one.number) for one in stored)
            held = _Key(versions, _cipher(audience, [one.key for one in stored]))
            self._keep(self._sealing, audience, held)
        return held

    def _opening_key(self, audience: str, versions: str) -> AESGCM | None:
        """The key of an audience as it was; None if it is gone."""
        held = self._opening.get((audience, versions))
        if held is None:
            names, numbers = stored_names(audience), map(int, versions.split("."))
            self._stored.load(names)
            stored = [self._stored.version(*one) for one in zip(names, numbers, strict=True)]
            keys = [key for key in stored if key is not None]
            if len(keys) < len(names):
                return None
            held = _cipher(audience, keys)
            self._keep(self._opening, (audience, versions), held)
        return held


def _cipher(audience: str, keys: Sequence[bytes]) -> AESGCM:
    """A stored key seals as it is, since each value is bound to its audience's name; several that
    must all be there give one that is derived of them.
    """
    return AESGCM(keys[0] if len(keys) == 1 else derived(b"".join(keys), audience))


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
