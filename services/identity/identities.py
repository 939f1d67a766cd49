"""Who a token speaks of: the one thing that the rest of the house asks of this room."""

from asyncio import get_running_loop
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Final, NamedTuple

from joserfc.jwk import Key

from services.identity.claims import Expected, Shown, judged
from services.identity.keys import Algorithm, KeySource, MustAsk, is_signed
from services.identity.refusals import NotGenuine, NotReadable, UnknownIssuer
from services.identity.unproven import Unproven, read_token

REMEMBERED: Final = 4096  # tokens
WAITING: Final = 64  # who may wait for the keys of one issuer


class TooManyWait(Exception):
    """So many wait for the keys of an issuer already that nobody more can: they may come again."""


@dataclass(frozen=True)
class Issuer:
    """Somebody who vouches for people: what their tokens must say, how they are signed, where the
    keys are, and by what code facts name them.
    """

    expected: Expected
    algorithms: frozenset[Algorithm]
    keys: KeySource
    code: str = "provider"


class Proof(NamedTuple):
    """A token whose signature is good, by which key, and whom it showed at a moment: it shows the
    same until it expires, unless a clock is put back.
    """

    read: Unproven
    key: Key
    issuer: Issuer
    shown: Shown
    at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the token shows the same now; False also if that can't be known at once."""
        find, read = self.issuer.keys.find, self.read
        with suppress(MustAsk):
            is_same = find(read.key, read.algorithm, may_ask=False) is self.key
            return is_same and self.at <= now < self.shown.until
        return False


class Identities:
    """All whom somebody vouches for. Safe for threads.

    Most tokens come again and again: a signature that was found good is remembered with the key
    that it was found good by, for as long as the issuer has that very key.
    """

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers = {one.expected.issuer: one for one in issuers}
        self._proven: dict[str, Proof] = {}
        self._lock = Lock()
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._waiting: Counter[str] = Counter()

    @property
    def codes(self) -> Mapping[str, str]:
        """By what code facts name each issuer."""
        return {name: one.code for name, one in self._issuers.items()}

    def proof_of(self, token: str) -> Proof | None:
        """By what a token that was verified is believed, while that is remembered."""
        return self._proven.get(token)

    def verify(self, token: str | None, now: datetime, *, may_ask: bool = True) -> Shown:
        """Who a token (a compact JWS) shows at this moment (aware); NotIdentified if nobody.

        It takes some hundred microseconds, a few if the token was shown before, but seconds if the
        issuer's keys must be asked for; unless `may_ask` is false: then MustAsk is raised.
        """
        proof = self._proven.get(token or "")
        if proof is None:
            return self._proven_now(read_token(token), None, now, may_ask=may_ask)
        read = proof.read
        if proof.issuer.keys.find(read.key, read.algorithm, may_ask=may_ask) is not proof.key:
            return self._proven_now(read, proof, now, may_ask=may_ask)
        if proof.at <= now < proof.shown.until:
            return proof.shown
        return judged(read, proof.issuer.expected, now)

    def _proven_now(
        self, read: Unproven, before: Proof | None, now: datetime, *, may_ask: bool
    ) -> Shown:
        issuer = before.issuer if before else self._issuer_of(read)
        if read.algorithm not in issuer.algorithms:
            raise NotGenuine
        key = issuer.keys.find(read.key, read.algorithm, may_ask=may_ask)
        if key is None or not is_signed(read.text, read.algorithm, key):
            raise NotGenuine
        shown = judged(read, issuer.expected, now)
        with self._lock:
            if len(self._proven) >= REMEMBERED:
                del self._proven[next(iter(self._proven))]
            self._proven[read.text] = Proof(read, key, issuer, shown, now)
        return shown

    async def verified(self, token: str | None, now: datetime) -> Shown:
        """The same for an event loop, which goes on while keys are asked for.

        TooManyWait if that is so for too many of this issuer. Nobody waits for the keys of another
        one.
        """
        try:
            return self.verify(token, now, may_ask=False)
        except MustAsk:
            named = self._issuer_of(read_token(token)).expected.issuer
        if self._waiting[named] >= WAITING:
            raise TooManyWait
        self._waiting[named] += 1
        try:
            work = partial(self.verify, token, now)
            return await get_running_loop().run_in_executor(self._thread_for(named), work)
        finally:
            self._waiting[named] -= 1

    def _thread_for(self, issuer: str) -> ThreadPoolExecutor:
        """One for each issuer: who waits for a slow one must not keep others from theirs."""
        if issuer not in self._threads:
            self._threads[issuer] = ThreadPoolExecutor(1, "identity")
        return self._threads[issuer]

    def close(self) -> None:
        """Let threads go that wait for keys."""
        for one in self._threads.values():
            one.shutdown(wait=False, cancel_futures=True)
        self._threads.clear()

    def _issuer_of(self, unproven: Unproven) -> Issuer:
        named = unproven.claims.get("iss")
        if not isinstance(named, str):
            raise NotReadable
        if named not in self._issuers:
            raise UnknownIssuer
        return self._issuers[named]
