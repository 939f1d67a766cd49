"""The vault: seals personal and embargoed values, opens them for those who hold the master key.

Each audience (a person, a cohort's panel) has a key of its own, wrapped by the master key and
kept in a database apart from what it opens. A key is durable before the first value under it.
Here stands all SQL on `vault.keys` and `vault.identities`.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hmac import digest as hmac
from json import dumps, loads
from os import urandom
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from psycopg_pool import ConnectionPool
from pydantic import BaseModel

from events.contacts import one_spelling
from events.event import Event
from events.personal import Embargoed, Erased, Mark, Sealed, marked
from services.files import make_whole

NONCE_BYTES, KEY_BYTES = 12, 32
TIMEOUT = 5.0  # seconds for a connection, until the vault counts as away
EVEN = 256  # bytes to whose multiples outcomes are made up, so that no length tells them apart
ITSELF = "vault"  # the audience of a key that seals nothing: it only tells the master key
E = TypeVar("E", bound=Event)


class WrongMasterKey(RuntimeError):
    """The master key does not open this vault. Set LT_MASTER_KEY_FILE to the key it began with."""


class ErasedAudience(RuntimeError):
    """The key of this audience was destroyed; nothing can be sealed for it any more."""


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
    """Keys by audience, cached; safe for threads."""

    def __init__(self, url: str, master: bytes) -> None:
        """`url` is the vault database; `master` has 32 bytes."""
        self._pool = ConnectionPool(
            url, min_size=0, max_size=4, kwargs={"autocommit": True}, open=False, timeout=TIMEOUT
        )
        self._pool.open()
        self._wrapping = AESGCM(_subkey(master, "wrap"))
        self._identity_key = _subkey(master, "identity")
        self._digest_key = _subkey(master, "command")
        self._keys: dict[str, tuple[int, AESGCM]] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()

    def prove(self) -> None:
        """Raises WrongMasterKey unless the master key is the one that this vault began with.

        Otherwise people would be taken for newcomers, and sealed under keys that nobody else opens.
        """
        self._key(ITSELF, make=True)

    def digest(self, content: Mapping[str, Any]) -> str:
        """A keyed digest of JSON content, 32 hexadecimal digits: equal for equal content."""
        canonical = dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hmac(self._digest_key, canonical.encode(), "sha256").hex()[:32]

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

    def seal(self, event: E, event_id: str, kind: type[Mark]) -> E:
        """The fact with its marked fields sealed, those of one kind of mark."""
        sealed = {
            name: self._sealed(mark, value, mark.audience(getattr(event, mark.of)), event_id, name)
            for name, mark in marked(type(event), kind)  # type: ignore[arg-type]  # classes are hashable
            if (value := getattr(event, name)) is not None and not isinstance(value, Sealed)
        }
        return event.model_copy(update=sealed) if sealed else event

    def opened(self, event: E, kind: type[Mark] = Embargoed) -> E:
        """The fact with its marked fields opened, those of one kind of mark, and checked."""
        values = {
            name: self.open(value)
            for name, _ in marked(type(event), kind)  # type: ignore[arg-type]  # classes are hashable
            if isinstance(value := getattr(event, name), Sealed)
        }
        if not values:
            return event
        whole = {name: getattr(event, name) for name in type(event).model_fields}
        return type(event).model_validate({**whole, **values})

    def open(self, sealed: Sealed) -> Any:
        """The value, or `Erased` if its key is gone. ValueError if it was tampered with."""
        key = self._key(sealed.audience, make=False)
        if key is None:
            return Erased()
        try:
            raw = b64decode(sealed.sealed, altchars=b"-_", validate=True)
            plain = key[1].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(sealed))
        except (InvalidTag, ValueError) as error:
            raise ValueError(f"a sealed {sealed.field} was tampered with") from error
        return loads(plain)

    def _sealed(self, mark: Mark, value: Any, audience: str, event_id: str, field: str) -> Sealed:
        held = self._key(audience, make=True)
        if held is None:
            raise ErasedAudience("nothing new can be kept about somebody who was erased")
        version, key = held
        blank = Sealed(audience=audience, key=version, event=event_id, field=field, sealed="")
        plain = dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
        if isinstance(mark, Embargoed):
            plain += b" " * (-len(plain) % EVEN)  # JSON ignores blanks
        nonce = urandom(NONCE_BYTES)
        secret = nonce + key.encrypt(nonce, plain, _bound(blank))
        return blank.model_copy(update={"sealed": urlsafe_b64encode(secret).decode()})

    def _key(self, audience: str, *, make: bool) -> tuple[int, AESGCM] | None:
        with self._lock:
            if held := self._keys.get(audience):
                return held
        with self._pool.connection() as connection:
            if make:
                version, wrapped = 1, self._wrap(urandom(KEY_BYTES), audience, 1)
                connection.execute(
                    "INSERT INTO vault.keys VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                    (audience, version, wrapped),
                )
            row = connection.execute(
                "SELECT version, wrapped FROM vault.keys WHERE audience = %s"
                " AND wrapped IS NOT NULL ORDER BY version DESC LIMIT 1",
                (audience,),
            ).fetchone()
        if row is None:
            return None
        key = row[0], AESGCM(self._unwrap(row[1], audience, row[0]))
        with self._lock:
            self._keys[audience] = key
        return key

    def _wrap(self, key: bytes, audience: str, version: int) -> bytes:
        nonce = urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, f"{audience}|{version}".encode())

    def _unwrap(self, wrapped: bytes, audience: str, version: int) -> bytes:
        nonce, secret = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, secret, f"{audience}|{version}".encode())
        except InvalidTag as error:
            raise WrongMasterKey(WrongMasterKey.__doc__) from error


def _bound(sealed: Sealed) -> bytes:
    return f"{sealed.event}|{sealed.field}|{sealed.audience}|{sealed.key}".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"a {type(value).__name__} can't be sealed")


def _subkey(master: bytes, purpose: str) -> bytes:
    """A key for one purpose, by HKDF's expand step (RFC 5869, SHA-256)."""
    info = b"leading-together " + purpose.encode()
    return HKDFExpand(SHA256(), KEY_BYTES, info).derive(master)
