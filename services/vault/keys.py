"""The keys of the vault: one for each person, panel, cohort, case and run, wrapped, by version.

Each is wrapped by the master key and kept in a database apart from what it opens. A key is durable
before the first value under it. Here stands all SQL on `vault.keys`.
"""

from collections.abc import Iterable, Sequence
from os import urandom
from threading import Lock
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from psycopg_pool import ConnectionPool

from events.personal import JOINED

NONCE_BYTES, KEY_BYTES = 12, 32
RULES: Final = "rules:"  # of a person: sealed by the person's own key, and falls with it
MOST: Final = 100_000  # keys that are held at once; then they are looked up anew
ITSELF: Final = "vault"  # the name of a key that seals nothing: it only tells the master key


class WrongMasterKey(RuntimeError):
    """The master key does not open this vault. Set LT_MASTER_KEY_FILE to the key it began with."""


class ErasedAudience(RuntimeError):
    """A key of this audience was destroyed; nothing can be sealed for it any more."""


class Version(NamedTuple):
    """A key of the vault and which of its versions it is."""

    number: int
    key: bytes


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, by HKDF's expand step (RFC 5869, SHA-256)."""
    return HKDFExpand(SHA256(), KEY_BYTES, b"leading-together " + purpose.encode()).derive(key)


def stored_names(audience: str) -> list[str]:
    """The names of the stored keys from which an audience's key derives, in their order."""
    return [one.removeprefix(RULES) for one in audience.split(JOINED)]


class Keys:
    """The stored keys by name and version, cached; safe for threads."""

    def __init__(self, pool: ConnectionPool, master: bytes) -> None:
        self._pool = pool
        self._wrapping = AESGCM(derived(master, "wrap"))
        self._newest: dict[str, Version] = {}
        self._gone: set[str] = set()
        self._lock = Lock()

    def newest(self, name: str) -> Version | None:
        """The newest version of a key; None if there is none, or it was destroyed."""
        self.load([name])
        with self._lock:
            return None if name in self._gone else self._newest.get(name)

    def load(self, names: Iterable[str]) -> None:
        """Have these keys at hand, those that there are: one look for all that are missing."""
        with self._lock:
            missing = [name for name in names if not self._is_here(name)]
        if not missing:
            return
        with self._pool.connection() as connection:
            rows = connection.execute(
                # One look-up each by the index, however many keys there are.
                "SELECT name, version, wrapped FROM unnest(%s::text[]) AS one(name)"
                " CROSS JOIN LATERAL (SELECT version, wrapped FROM vault.keys"
                "  WHERE audience = name ORDER BY version DESC LIMIT 1) AS newest",
                (missing,),
            ).fetchall()
        found = {
            name: Version(number, self._unwrap(it, name, number)) for name, number, it in rows if it
        }
        with self._lock:
            if len(self._newest) > MOST:
                self._newest.clear()
            self._newest |= found
            self._gone |= {name for name, _, it in rows if not it}

    def _is_here(self, name: str) -> bool:
        return name in self._newest or name in self._gone

    def gone(self, name: str) -> bool:
        """Whether a key was destroyed."""
        return self.newest(name) is None and name in self._gone

    def version(self, name: str, number: int) -> bytes | None:
        """One version of a key; None if it was destroyed. LookupError if there is another only."""
        held = self.newest(name)
        if held is None or held.number == number:
            return held and held.key
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT wrapped FROM vault.keys WHERE (audience, version) = (%s, %s)",
                (name, number),
            ).fetchone()
        if row is None:
            raise LookupError("no such version of a key")
        return self._unwrap(row[0], name, number) if row[0] else None

    def make(self, name: str, holders: Sequence[str] = ()) -> Version:
        """The newest version of a key, made if there is none; ErasedAudience if it was destroyed.

        It falls with any of its `holders` too.
        """
        if held := self.newest(name):
            return held
        if name in self._gone:
            raise ErasedAudience("nothing new can be kept about somebody who was erased")
        wrapped = self._wrap(urandom(KEY_BYTES), name, 1)
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO vault.keys (audience, version, wrapped, holders)"
                " VALUES (%s, 1, %s, %s) ON CONFLICT DO NOTHING",
                (name, wrapped, list(holders) or None),
            )
        if held := self.newest(name):
            return held
        raise ErasedAudience("nothing new can be kept about somebody who was erased")

    def make_all(self, names: Iterable[str]) -> None:
        """Make the keys of these people that have none, in one commit."""
        with self._lock:
            new = {name: urandom(KEY_BYTES) for name in names if not self._is_here(name)}
        if not new:
            return
        wrapped = [self._wrap(key, name, 1) for name, key in new.items()]
        with self._pool.connection() as connection:
            rows = connection.execute(
                "INSERT INTO vault.keys (audience, version, wrapped)"
                " SELECT name, 1, it FROM unnest(%s::text[], %s::bytea[]) AS one(name, it)"
                " ON CONFLICT DO NOTHING RETURNING audience",
                (list(new), wrapped),
            ).fetchall()
        with self._lock:
            self._newest |= {name: Version(1, new[name]) for (name,) in rows}

    def destroy(self, name: str) -> int:
        """Destroy a key and all that fall with it; how many there were. The rows stay, empty."""
        with self._pool.connection() as connection, connection.transaction():
            # Who never had a key is never to have one.
            connection.execute(
                "INSERT INTO vault.keys (audience, version, wrapped) VALUES (%s, 1, NULL)"
                " ON CONFLICT DO NOTHING",
                (name,),
            )
            rows = connection.execute(
                "UPDATE vault.keys SET wrapped = NULL"
                " WHERE (audience = %s OR %s = ANY(holders)) AND wrapped IS NOT NULL"
                " RETURNING audience",
                (name, name),
            ).fetchall()
        with self._lock:
            for (audience,) in rows:
                self._newest.pop(audience, None)
                self._gone.add(audience)
            self._gone.add(name)
        return len(rows)

    def forget(self) -> None:
        """Have none at hand."""
        with self._lock:
            self._newest.clear()

    def _wrap(self, key: bytes, name: str, number: int) -> bytes:
        nonce = urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, f"{name}|{number}".encode())

    def _unwrap(self, wrapped: bytes, name: str, number: int) -> bytes:
        nonce, secret = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return self._wrapping.decrypt(nonce, secret, f"{name}|{number}".encode())
        except InvalidTag as error:
            raise WrongMasterKey(WrongMasterKey.__doc__) from error
