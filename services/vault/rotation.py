"""Turning keys while everything goes on: the master key, the epoch, or all audiences' keys.

Each can be interrupted at any moment and called again; nothing is unreadable in between, and no
event is touched. The order in which files and tables change is what makes it so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import urandom
from typing import Final, LiteralString, NamedTuple, Self

from services.engines.connections import KeptConnections
from services.engines.turns import held
from services.files import Account, write_whole
from services.vault.epochs import KEY_BYTES, Epoch, EpochKeys, LostEpoch, master_key, new_epoch
from services.vault.keys import Keys
from services.vault.people import People
from services.vault.ties import Ties

MANY: Final = 10  # keys or people that are turned in one transaction, while newcomers wait
PACE: Final = 20  # times as long as each takes it rests, so that nobody notices
LONGEST_REST: Final = 0.1  # seconds; where each waits for others, to rest long would help nobody
# What is turned so may be lost with the server until the next commit that waits: either key opens.
AT_LEISURE: Final = "SET LOCAL synchronous_commit = off"
# The lock of whoever turns keys.
TURNERS_TURN: Final[LiteralString] = "LOCK TABLE vault.turners_turn IN SHARE UPDATE EXCLUSIVE MODE"
MEANWHILE: Final = "Somebody else turned keys meanwhile, and nothing is lost: call it again."
Progress = Callable[[str, int, int], None]
"""Is told what is being turned, how many are done, and how many there are."""


class CantTurn(RuntimeError):
    """The keys can't be turned now; the text says why, and what to do. Nothing was changed."""


class CantReplace(RuntimeError):
    """The file of the master key can't be replaced from here. Nothing was changed."""


class VaultStanding(NamedTuple):
    """How the vault's keys stand: by what number the epoch goes, and since when; keys, how many of
    them were destroyed; people, how many of them can't be found yet; and what was interrupted.
    """

    epoch: int
    began: str
    keys: int
    destroyed: int
    people: int
    unindexed: int
    unfinished: tuple[str, ...]


class Rotation:
    """Turns the keys of one vault. One at a time: CantTurn if somebody is at it."""

    def __init__(self, url: str, epochs: EpochKeys, progress: Progress = lambda *_: None) -> None:
        """`url` is the vault's database, for a role that may change keys."""
        self._url, self._pool = url, KeptConnections(url, 2, patience=5.0)
        self._epochs, self._progress = epochs, progress
        self._keys = Keys(self._pool, epochs)
        self._people = People(self._pool, self._keys)
        self._ties = Ties(self._pool, self._keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def has_begun(self) -> bool:
        """Whether there is anything to turn: the first epoch begins with the first key."""
        return self._epochs.file.exists() or self._keys.standing().keys > 0

    def standing(self) -> VaultStanding:
        """How the keys stand; LostEpoch if the epoch's key is not in its file."""
        stored, people = self._keys.standing(), self._people.standing()
        epochs = {one.number: one for one in self._epochs.read()}
        if stored.epoch not in epochs:
            raise LostEpoch(LostEpoch.__doc__)
        interrupted = {
            "epoch": len(epochs) > 1 or stored.of_ended_epochs > 0,
            "audiences": stored.turning,
            "master": len(self._epochs.allowed()) > 1,
        }
        return VaultStanding(
            epoch=stored.epoch,
            began=epochs[stored.epoch].began,
            keys=stored.keys,
            destroyed=stored.destroyed,
            people=people.cards,
            unindexed=people.unindexed,
            unfinished=tuple(what for what, is_so in interrupted.items() if is_so),
        )

    def epoch(self) -> int:
        """End the epoch and begin the next, or finish what was interrupted; the epoch's number.

        What was copied from the vault before opens nothing then, and confirms nothing. CantTurn
        while two master keys are allowed: the next epoch would know one of them only.
        """
        with self._alone():
            unfinished = self.standing().unfinished
            if "master" in unfinished:
                raise CantTurn(
                    "Two master keys are allowed: finish that first, with "
                    "`leading-together vault rotate master --finish`."
                )
            newest = self._epochs.read()[-1]
            if "epoch" not in unfinished:
                newest = new_epoch(newest.number + 1)
            self._end_all_but(newest)
            return newest.number

    def _end_all_but(self, newest: Epoch) -> None:
        with self._keys.changing() as (connection, present):
            epochs = self._epochs.read()
            is_late = newest not in epochs and epochs[-1].number >= newest.number
            if is_late or present > newest.number:
                raise CantTurn(MEANWHILE)
            if newest not in epochs:
                self._epochs.write([*epochs, newest])  # before anybody is to use it
            self._keys.begin_epoch(connection, newest.number)
        self._walk("keys", self._keys.standing().keys, self._rewrap)
        self._walk("people", self._people.standing().cards, self._index)
        self._walk("ties", self._ties.count(), self._index_ties)
        with self._keys.changing() as (connection, _):
            self._keys.changed(connection)  # durable now, and so is all that was turned at leisure
        with self._keys.changing() as (connection, present):
            # Whoever was stopped for long may find that the next epoch has begun meanwhile.
            if present != newest.number or self._keys.standing().of_ended_epochs:
                raise CantTurn(MEANWHILE)
            self._epochs.write([newest])  # the others are gone
            self._keys.changed(connection)

    def audiences(self) -> int:
        """Give each audience a new version of its key, or finish what was interrupted; how many.

        What is sealed from now on is sealed by it; what was sealed before is opened as before.
        """
        with self._alone():
            with self._keys.changing() as (connection, _):
                self._keys.begin_turning(connection)
            count = self._walk("audiences", self._keys.standing().keys, self._turn)
            with self._keys.changing() as (connection, _):
                self._keys.end_turning(connection)
        return count

    def master(self, new: bytes | None = None) -> None:
        """Put another master key, or one by chance, in the place of the present one.

        CantReplace if its file can't be replaced, as that of a mounted secret.
        """
        key = new or urandom(KEY_BYTES)
        with self._alone(), self._keys.changing():
            present = master_key(self._epochs.master)
            self._try_to_put(present)
            self._epochs.write(self._epochs.read(), [present, key])
            self._put(key)
            self._epochs.write(self._epochs.read())

    def _try_to_put(self, present: bytes) -> None:
        """The same in its own place, which nobody sees."""
        try:
            self._put(present)
        except OSError as fault:
            raise CantReplace(
                f"{self._epochs.master} can't be replaced from here ({fault.strerror}), and "
                "nothing was changed."
            ) from fault

    def _put(self, key: bytes) -> None:
        """Put a master key in its place, for those to read who may read the one that is there."""
        file = self._epochs.master.resolve()
        before = file.stat()
        write_whole(file, key.hex() + "\n", Account(before.st_uid, before.st_gid))
        file.chmod(before.st_mode)

    def allow(self, other: bytes) -> None:
        """Let the epochs be opened by another master key too, from now on, in the place of any that
        was allowed before. CantTurn if it is the present one.
        """
        with self._alone(), self._keys.changing():
            present = master_key(self._epochs.master)
            if other == present:
                raise CantTurn(
                    f"{self._epochs.master} holds this master key already. `leading-together "
                    "vault rotate master --finish` lets the one before open nothing any more."
                )
            self._epochs.write(self._epochs.read(), [present, other])

    def finish(self) -> None:
        """Let the epochs be opened by the present master key alone. CantTurn if it is not the one
        that was allowed last: that would open nothing any more.
        """
        with self._alone(), self._keys.changing():
            if self._epochs.read() and not self._epochs.allowed()[-1]:
                raise CantTurn(
                    f"{self._epochs.master} holds the master key from before. Put the new one in "
                    "its place, start anew whoever reads it, and call this again. If it is lost, "
                    "`leading-together vault rotate master` takes another one."
                )
            self._epochs.write(self._epochs.read())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two who turn at once would write over each other's epochs."""
        with held(self._url, TURNERS_TURN) as turn:
            if turn is None:
                raise CantTurn("Somebody turns keys of this vault just now: wait until that ends.")
            yield

    def _rewrap(self, after: str) -> tuple[str, int]:
        with self._keys.changing() as (connection, epoch):
            connection.execute(AT_LEISURE)
            return self._keys.rewrap(connection, epoch, after, MANY)

    def _turn(self, after: str) -> tuple[str, int]:
        with self._keys.changing() as (connection, epoch):
            return self._keys.turn(connection, epoch, after, MANY)

    def _index(self, after: str) -> tuple[str, int]:
        with self._keys.changing() as (connection, epoch):
            connection.execute(AT_LEISURE)
            return self._people.index_anew(connection, epoch, after, MANY)

    def _index_ties(self, after: str) -> tuple[str, int]:
        with self._keys.changing() as (connection, epoch):
            connection.execute(AT_LEISURE)
            return self._ties.index_anew(connection, epoch, after, MANY)

    def _walk(self, what: str, total: int, step: Callable[[str], tuple[str, int]]) -> int:
        """Go through a table, a few rows at a time, and leave others room; how many were done."""
        done, after = 0, ""
        self._progress(what, 0, total)
        while True:
            began = time.monotonic()
            after, count = step(after)
            if not after:
                return done
            done += count
            self._progress(what, min(done, total), total)
            time.sleep(min(PACE * (time.monotonic() - began), LONGEST_REST))
