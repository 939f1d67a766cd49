"""The keys of the vault: one for each person, panel, cohort, case and run, wrapped, by version.

Each is wrapped by the key of an epoch and kept in a database apart from what it opens. A key is
durable before the first value under it. Here stands all SQL on `vault.keys` and `vault.state`.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import urandom
from secrets import randbelow
from threading import Lock
from typing import Any, Final, NamedTuple

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.personal import JOINED
from services.engines import together
from services.engines.connections import KeptConnections
from services.vault.epochs import (
    FIRST,
    KEY_BYTES,
    EpochKeys,
    LostEpoch,
    WrongMasterKey,
    derived,
    unwrapped,
    wrapped,
)

RULES: Final = "rules:"  # of a person: sealed by the person's own key, and falls with it
MOST: Final = 100_000  # keys that are held at once; then they are looked up anew
ITSELF: Final = "vault"  # the name of a key that seals nothing: by it commands are known again
VERSIONS: Final = 2**20  # by so much at most a version goes on: one that was lost is no other's
LEASE: Final = 15.0  # seconds for which keys at hand are used without a look whether they still are
# A clock that goes on while the machine sleeps, where there is one.
CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
STATE: Final = "SELECT epoch, changes FROM vault.state"
STATE_HELD: Final = together.Statement(f"{STATE} FOR UPDATE")()
NEW_KEYS: Final = together.Statement(
    "INSERT INTO vault.keys (audience, version, epoch, wrapped, holders)"
    " SELECT name, number, $1, it, $2 FROM unnest($3, $4, $5) AS one(name, number, it)"
    " WHERE NOT EXISTS (SELECT FROM vault.keys WHERE audience = name) RETURNING audience",
    (together.INT8, together.TEXTS, together.TEXTS, together.INT8S, together.BYTEAS),
)
STANDING: Final = (
    "SELECT state.epoch, count(audience), count(audience) - count(wrapped),"
    " count(audience) FILTER (WHERE keys.epoch <> state.epoch), turning IS NOT NULL"
    " FROM vault.state LEFT JOIN vault.keys ON true GROUP BY state.epoch, turning"
)


class ErasedAudience(RuntimeError):
    """A key of this audience was destroyed; nothing can be sealed for it any more."""


class LostKey(RuntimeError):
    """The vault lacks a key under which something was sealed, and that was not destroyed. It is
    older than the log: restore the vault's newest backup.
    """


class Version(NamedTuple):
    """A key of the vault, which of its versions it is, and what seals and opens with it."""

    number: int
    key: bytes
    cipher: AESGCM


class KeysStanding(NamedTuple):
    """The present epoch; keys, how many of them were destroyed and how many are of epochs that are
    to end; and whether audiences are being given new versions.
    """

    epoch: int
    keys: int
    destroyed: int
    of_ended_epochs: int
    turning: bool


def _version(number: int, key: bytes) -> Version:
    return Version(number, key, AESGCM(key))


Versions = tuple[Version, ...]
"""The versions of a key, the oldest first; none if it was destroyed."""


def stored_names(audience: str) -> list[str]:
    """The names of the stored keys from which an audience's key derives, in their order."""
    return [one.removeprefix(RULES) for one in audience.split(JOINED)]


class Keys:
    """The stored keys by name and version, held under a lease; safe for threads.

    Whoever opens something looks first (`look`) whether the lease still runs. When it has run out,
    keys are used on only if none was destroyed or changed meanwhile.
    """

    def __init__(self, pool: KeptConnections, epochs: EpochKeys, lease: float = LEASE) -> None:
        self._pool, self.epochs, self._lease = pool, epochs, lease
        self._held: dict[str, Versions] = {}
        self._lock = Lock()
        self.drops = 0  # how often all that was at hand was dropped
        self._until = 0.0
        self._changes = -1

    def look(self) -> None:
        """Drop what is at hand if the lease has run out and keys were destroyed or changed.

        psycopg.Error if the vault is away, and so nobody knows.
        """
        if time.clock_gettime(CLOCK) >= self._until:
            self._renew()

    def _renew(self) -> None:
        asked = time.clock_gettime(CLOCK)
        with self._pool.connection() as connection:
            (_, changes) = _one(connection.execute(STATE).fetchall())
        if changes != self._changes:
            self.epochs.look_anew()
        with self._lock:
            if changes != self._changes:
                self._drop()
                self._changes = changes
            self._until = asked + self._lease

    def load(self, names: Iterable[str]) -> Mapping[str, Versions]:
        """Have these keys at hand, those that there are: one look for all that are missing."""
        wanted = list(names)
        found = None
        while found is None:
            found = self._loaded(wanted)
        return found

    def _loaded(self, names: Sequence[str]) -> dict[str, Versions] | None:
        """None if all keys were dropped meanwhile: what was found may be destroyed by now."""
        with self._lock:
            here = {name: self._held[name] for name in names if name in self._held}
            drops = self.drops
        missing = [name for name in names if name not in here]
        if missing:
            with self._pool.connection() as connection:
                found = self._unwrapped(connection, missing)
            with self._lock:
                if drops != self.drops:
                    return None
                if len(self._held) > MOST:
                    self._held.clear()
                self._held |= found
            here |= found
        return here

    def _drop(self) -> None:
        self._held.clear()
        self.drops += 1

    def _unwrapped(
        self, connection: psycopg.Connection, names: Sequence[str], *, again: bool = True
    ) -> dict[str, Versions]:
        rows = connection.execute(
            # One look-up each by the index, however many keys there are.
            "SELECT name, version, epoch, wrapped FROM unnest(%b::text[]) AS one(name)"
            " CROSS JOIN LATERAL (SELECT version, epoch, wrapped FROM vault.keys"
            "  WHERE audience = name ORDER BY version) AS all_of_it",
            (list(names),),
        ).fetchall()
        found: dict[str, Versions] = {}
        try:
            for name, number, epoch, secret in rows:
                held = found.setdefault(name, ())
                if secret:
                    key = self._unwrap(secret, name, number, epoch)
                    found[name] = (*held, _version(number, key))
        except LostEpoch:
            if not again:
                raise
            # The epoch ended after we looked: the same keys are wrapped by the next one by now.
            return self._unwrapped(connection, names, again=False)
        return found

    def held(self, name: str) -> Versions | None:
        """The versions of a key: none if it was destroyed. None if there never was one."""
        found = self._held.get(name)
        return self.load([name]).get(name) if found is None else found

    def gone(self, name: str) -> bool:
        """Whether a key was destroyed."""
        return self.held(name) == ()

    def version(self, name: str, number: int) -> Version | None:
        """One version of a key; None if it was destroyed. LostKey if there is none, nor was."""
        held = self.held(name)
        if held and number not in [one.number for one in held]:  # it may be newer than our look
            with self._lock:
                self._held.pop(name, None)
            held = self.held(name)
        if held == ():
            return None
        found = next((one for one in held or () if one.number == number), None)
        if found is None:
            raise LostKey(LostKey.__doc__)
        return found

    def first(self, name: str) -> bytes:
        """The oldest version of a key, which is for ever the same; as `make`."""
        return self._made(name)[0].key

    def make(self, name: str, holders: Sequence[str] = ()) -> Version:
        """The newest version of a key, made if there is none; ErasedAudience if it was destroyed.

        It falls with any of its `holders` too.
        """
        return self._made(name, holders)[-1]

    def _made(self, name: str, holders: Sequence[str] = ()) -> Versions:
        held = self.held(name)
        if held is None:
            with self.changing() as (connection, epoch):
                self.insert(connection, epoch, [name], holders)
            held = self.held(name)
        if not held:
            raise ErasedAudience("nothing new can be kept about somebody who was erased")
        return held

    def make_all(self, names: Iterable[str]) -> None:
        """Make the keys of these people that have none, in one commit."""
        new = list(dict.fromkeys(name for name in names if name not in self._held))
        if new:
            with self.changing() as (connection, epoch):
                self.insert(connection, epoch, new)

    def standing(self) -> KeysStanding:
        """How the keys stand."""
        with self._pool.connection() as connection:
            return KeysStanding(*_one(connection.execute(STANDING).fetchall()))

    def epoch_in(self, connection: psycopg.Connection, *, held: bool = False) -> int:
        """The present epoch; `held` until the transaction ends."""
        (epoch, _) = _one(connection.execute(f"{STATE} FOR SHARE" if held else STATE).fetchall())
        return int(epoch)

    def begin_epoch(self, connection: psycopg.Connection, number: int) -> None:
        """From now on all keys are made in this epoch, in a transaction of `changing`."""
        connection.execute("UPDATE vault.state SET epoch = %s", (number,))
        self.changed(connection)

    def begin_turning(self, connection: psycopg.Connection) -> None:
        """From now on audiences are given new versions, unless that has begun already."""
        connection.execute("UPDATE vault.state SET turning = now() WHERE turning IS NULL")

    def end_turning(self, connection: psycopg.Connection) -> None:
        """All audiences have new versions, in a transaction of `changing`."""
        connection.execute("UPDATE vault.state SET turning = NULL")
        self.changed(connection)

    @contextmanager
    def changing(self) -> Iterator[tuple[psycopg.Connection, int]]:
        """A transaction in which keys may be made, changed or destroyed, and the present epoch:
        one at a time, so that nothing is destroyed in one and made again in another. It ends
        with its last statements for whoever says COMMIT with them.
        """
        with self._pool.connection() as mine, together.begun(mine, STATE_HELD) as (state,):
            (epoch, _) = _one(together.rows(mine, state))
            yield mine, epoch

    def insert(
        self,
        connection: psycopg.Connection,
        epoch: int,
        names: Sequence[str],
        holders: Sequence[str] = (),
    ) -> Mapping[str, Version]:
        """Make the keys of these names that have none and never had, in a transaction of
        `changing`; the keys that were made, which count when it is committed.
        """
        new = {name: self._new(name) for name in names}
        secrets = [self._wrap(one, name, epoch) for name, one in new.items()]
        numbers = [one.number for one in new.values()]
        given = NEW_KEYS(epoch, holders or None, new, numbers, secrets)
        return {name: new[name] for (name,) in together.found(connection, given)}

    def keep(self, made: Mapping[str, Version]) -> None:
        """Have keys at hand whose making was committed."""
        with self._lock:
            self._held |= {name: (one,) for name, one in made.items()}

    def _new(self, name: str) -> Version:
        if name == ITSELF:  # as much by chance as the epoch's key, and the same for the same one
            return _version(1, derived(self.epochs.key(FIRST), ITSELF))
        return _version(1 + randbelow(VERSIONS), urandom(KEY_BYTES))

    def destroy(self, connection: psycopg.Connection, epoch: int, name: str) -> int:
        """Destroy a key and all that fall with it; how many there were. The rows stay, empty."""
        connection.execute(  # who never had a key is never to have one
            "INSERT INTO vault.keys (audience, version, epoch)"
            " SELECT %(name)s, 1, %(epoch)s"
            " WHERE NOT EXISTS (SELECT FROM vault.keys WHERE audience = %(name)s)",
            {"name": name, "epoch": epoch},
        )
        rows = connection.execute(
            "UPDATE vault.keys SET wrapped = NULL"
            " WHERE (audience = %s OR %s = ANY(holders)) AND wrapped IS NOT NULL"
            " RETURNING audience",
            (name, name),
        ).fetchall()
        self.changed(connection)
        return len({audience for (audience,) in rows})

    def changed(self, connection: psycopg.Connection) -> None:
        """Tell everybody who has keys at hand, when their lease has run out, to look anew."""
        connection.execute("UPDATE vault.state SET changes = changes + 1")

    def forget(self) -> None:
        """Have none at hand."""
        with self._lock:
            self._drop()

    def _wrap(self, one: Version, name: str, epoch: int) -> bytes:
        return wrapped(self.epochs.key(epoch), one.key, _bound(name, one.number, epoch))

    def _unwrap(self, secret: bytes, name: str, number: int, epoch: int) -> bytes:
        try:
            return unwrapped(self.epochs.key(epoch), secret, _bound(name, number, epoch))
        except InvalidTag as error:
            raise WrongMasterKey(WrongMasterKey.__doc__) from error

    def rewrap(
        self, connection: psycopg.Connection, epoch: int, after: str, many: int
    ) -> tuple[str, int]:
        """Wrap the next keys behind a name by the present epoch's key, in a transaction of
        `changing`; the last one's name, empty if there are no more, and how many.
        """
        rows = connection.execute(
            "SELECT audience, version, epoch, wrapped FROM vault.keys"
            " WHERE audience > %s AND audience <= COALESCE((SELECT max(audience) FROM"
            "  (SELECT audience FROM vault.keys WHERE audience > %s ORDER BY audience LIMIT %s)"
            "  AS next_ones), '') ORDER BY audience",
            (after, after, many),
        ).fetchall()
        turned: list[tuple[Any, ...]] = []
        for name, number, old, secret in rows:
            if old != epoch:
                key = secret and _version(number, self._unwrap(secret, name, number, old))
                turned.append((key and self._wrap(key, name, epoch), epoch, name, number))
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE vault.keys SET wrapped = %s, epoch = %s"
                " WHERE (audience, version) = (%s, %s)",
                turned,
            )
        return rows[-1][0] if rows else "", len(rows)

    def turn(
        self, connection: psycopg.Connection, epoch: int, after: str, many: int
    ) -> tuple[str, int]:
        """Give the next audiences behind a name a new version of their key, unless they had one
        since the turning began; the last one's name, empty if there are no more, and how many.
        """
        rows = connection.execute(
            "SELECT DISTINCT ON (audience) audience, version,"
            " made_at >= (SELECT turning FROM vault.state), wrapped IS NULL, holders"
            " FROM vault.keys WHERE audience > %s ORDER BY audience, version DESC LIMIT %s",
            (after, many),
        ).fetchall()
        new = [
            (name, number + 1 + randbelow(VERSIONS), holders)
            for name, number, was_turned, is_gone, holders in rows
            if not (was_turned or is_gone or name == ITSELF)
        ]
        keys = {name: _version(number, urandom(KEY_BYTES)) for name, number, _ in new}
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO vault.keys (audience, version, epoch, wrapped, holders)"
                " VALUES (%s, %s, %s, %s, %s)",
                [
                    (name, number, epoch, self._wrap(keys[name], name, epoch), holders)
                    for name, number, holders in new
                ],
            )
        return rows[-1][0] if rows else "", len(new)


def _bound(name: str, number: int, epoch: int) -> str:
    return f"{name}|{number}|{epoch}"


def _one(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    if not rows:
        raise LookupError("vault.state is empty; make the tables anew")
    return rows[0]
