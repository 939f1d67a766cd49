"""Whose a subject of an issuer may be: a keyed index that leads from it to people.

It makes nobody known: what counts is the tie that stands recorded. A row is keyed by the epoch, so
it says nothing once that ended; what it is made of again stands in it, sealed for the person. Here
stands all SQL on `vault.ties`.
"""

from collections.abc import Collection, Iterable
from hashlib import blake2b, sha256
from os import urandom
from typing import Final, NamedTuple

import psycopg
import structlog
from cryptography.exceptions import InvalidTag

from services.engines.connections import KeptConnections
from services.vault.epochs import NONCE_BYTES, derived
from services.vault.keys import Keys, LostKey

VERSION_BYTES: Final = 4  # of what is sealed: which version of the person's key seals it
MOST: Final = 32  # rows of one subject that are looked at; there are more only if many wish at once
NOBODY_S: Final = b""  # the digest of no subject
logger = structlog.get_logger()


class TieRow(NamedTuple):
    """A tie, and whose it may be."""

    tie: str
    person: str


class Ties:
    """The index of ties. Safe for threads; psycopg.Error if the vault is away."""

    def __init__(self, pool: KeptConnections, keys: Keys) -> None:
        self._pool, self._keys = pool, keys

    def keep(self, tie: str, person: str, subject: str) -> bool:
        """Keep a row for a tie that is about to be recorded: whether nothing stands in its way.
        `subject` is a digest, by `subject_digest`.

        A row that leads from another subject, or to somebody else, stays: it may be recorded. A
        person without a key gets none.
        """
        if not self._keys.held(person):
            return True
        with self._keys.changing() as (connection, epoch):
            row = connection.execute(
                "SELECT person, sealed FROM vault.ties WHERE tie = %s", (tie,)
            ).fetchone()
            if row and (row[0] != person or self._read(tie, *row) != subject):
                return False
            # The same anew, so that its age is that of the last wish for it.
            connection.execute("DELETE FROM vault.ties WHERE tie = %s", (tie,))
            connection.execute(
                "INSERT INTO vault.ties (tie, person, digest, sealed) VALUES (%s, %s, %s, %s)",
                (tie, person, self._keyed(epoch, subject), self._sealed(tie, person, subject)),
            )
        return True

    def of(self, subject: str) -> list[TieRow]:
        """Whose a subject may be, by which ties, the oldest first: at most `MOST`."""
        self._keys.look()
        with self._pool.connection() as connection:
            # While an epoch ends, some are found by its key, and some by the next one's.
            present = self._keys.epoch_in(connection)
            epochs = {present, *self._keys.epochs.at_hand}
            rows = connection.execute(
                "SELECT tie, person FROM vault.ties WHERE digest = ANY(%s)"
                " ORDER BY made_at, tie LIMIT %s",
                ([self._keyed(one, subject) for one in epochs], MOST),
            )
            return [TieRow(*row) for row in rows]

    def old(self, after: str, many: int) -> list[str]:
        """The next ties behind an id whose row is older than an hour, in their order."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT tie FROM vault.ties WHERE tie > %s"
                " AND made_at < now() - interval '1 hour' ORDER BY tie LIMIT %s",
                (after, many),
            )
            return [tie for (tie,) in rows]

    def leave(self, ties: Collection[str]) -> None:
        """Keep no row of these ties."""
        with self._pool.connection() as connection:
            connection.execute("DELETE FROM vault.ties WHERE tie = ANY(%s)", (list(ties),))

    def leave_old(self, ties: Collection[str]) -> None:
        """Keep no row of these ties that is older than an hour: somebody may have wished again."""
        with self._pool.connection() as connection:
            connection.execute(
                "DELETE FROM vault.ties WHERE tie = ANY(%s)"
                " AND made_at < now() - interval '1 hour'",
                (list(ties),),
            )

    def forget(self, connection: psycopg.Connection, people: Iterable[str]) -> None:
        """Keep no row of these people's, in a transaction of `changing`."""
        connection.execute("DELETE FROM vault.ties WHERE person = ANY(%s)", (list(people),))

    def count(self) -> int:
        """How many rows there are."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT count(*) FROM vault.ties").fetchone()
            return int(row[0]) if row else 0

    def index_anew(
        self, connection: psycopg.Connection, epoch: int, after: str, many: int
    ) -> tuple[str, int]:
        """Key the next rows behind a tie by the present epoch, in a transaction of `changing`; the
        last one's tie, empty if there are no more, and how many.

        A row that can't be read leads to nobody from then on, and stops no other.
        """
        rows = connection.execute(
            "SELECT tie, person, sealed FROM vault.ties WHERE tie > %s ORDER BY tie LIMIT %s"
            " FOR UPDATE",
            (after, many),
        ).fetchall()
        self._keys.load([person for _, person, _ in rows])
        read = {tie: self._read(tie, person, sealed) for tie, person, sealed in rows}
        turned = [(self._keyed(epoch, it) if it else NOBODY_S, tie) for tie, it in read.items()]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE vault.ties SET digest = %s WHERE tie = %s", turned)
        return rows[-1][0] if rows else "", len(rows)

    def _keyed(self, epoch: int, subject: str) -> bytes:
        key = derived(self._keys.epochs.key(epoch), "ties")
        return blake2b(subject.encode(), digest_size=16, key=key).digest()

    def _sealed(self, tie: str, person: str, subject: str) -> bytes:
        version, nonce = self._keys.make(person), urandom(NONCE_BYTES)
        secret = version.cipher.encrypt(nonce, subject.encode(), _bound(tie, person))
        return version.number.to_bytes(VERSION_BYTES, "big") + nonce + secret

    def _read(self, tie: str, person: str, sealed: bytes) -> str | None:
        """What a row is made of; None if its person was erased, or it can't be read."""
        try:
            return self._opened(tie, person, sealed)
        except (LostKey, ValueError) as error:
            logger.error("tie.not-opened", tie=tie, problem=str(error))  # noqa: TRY400 - what it is
            return None

    def _opened(self, tie: str, person: str, sealed: bytes) -> str | None:
        """What a row is made of; None if its person was erased. ValueError if it was altered."""
        number, secret = int.from_bytes(sealed[:VERSION_BYTES], "big"), sealed[VERSION_BYTES:]
        version = self._keys.version(person, number)
        if version is None:
            return None
        nonce, text = secret[:NONCE_BYTES], secret[NONCE_BYTES:]
        try:
            return version.cipher.decrypt(nonce, text, _bound(tie, person)).decode()
        except InvalidTag as error:
            raise ValueError("a tie was tampered with") from error


def subject_digest(issuer: str, subject: str) -> str:
    """What tells an issuer's subject from all others: 64 hexadecimal digits."""
    return sha256(f"leading-together tie\0{issuer}\0{subject}".encode()).hexdigest()


def _bound(tie: str, person: str) -> bytes:
    return f"tie|{tie}|{person}".encode()
