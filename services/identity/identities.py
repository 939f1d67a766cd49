"""Who a token speaks of: the one thing that the rest of the house asks of this room."""

from asyncio import get_running_loop
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from threading import Lock
from typing import Final

from joserfc.jwk import Key

from services.identity.claims import Expected, Shown, judged
from services.identity.keys import Algorithm, KeySource, MustAsk, is_signed
from services.identity.refusals import NotGenuine, NotReadable, UnknownIssuer
from services.identity.unproven import Unproven, read_token

AT_ONCE: Final = 4  # threads in which keys are waited for
REMEMBERED: Final = 1000  # tokens


@dataclass(frozen=True)
class Issuer:
    """Somebody who vouches for people: what their tokens must say, how they are signed, and where
    the keys are.
    """

    expected: Expected
    algorithms: frozenset[Algorithm]
    keys: KeySource


class Identities:
    """All whom somebody vouches for. Safe for threads.

    Most tokens come again and again: a signature that was found good is remembered with the key
    that it was found good by, for as long as the issuer has that very key.
    """

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers = {one.expected.issuer: one for one in issuers}
        self._proven: dict[str, tuple[Unproven, Key]] = {}
        self._lock = Lock()

    def verify(self, token: str | None, now: datetime, *, may_ask: bool = True) -> Shown:
        """Who a token (a compact JWS) shows at this moment (aware); NotIdentified if nobody.

        It takes some hundred microseconds, but seconds if the issuer's keys must be asked for;
        unless `may_ask` is false: then MustAsk is raised.
        """
        read, proof = self._proven.get(token or "", (None, None))
        unproven = read or read_token(token)
        issuer = self._issuer_of(unproven)
        if unproven.algorithm not in issuer.algorithms:
            raise NotGenuine
        key = issuer.keys.find(unproven.key, unproven.algorithm, may_ask=may_ask)
        if key is None:
            raise NotGenuine
        if key is not proof:
            self._prove(unproven, key)
        return judged(unproven, issuer.expected, now)

    def _prove(self, unproven: Unproven, key: Key) -> None:
        if not is_signed(unproven.text, unproven.algorithm, key):
            raise NotGenuine
        with self._lock:
            if len(self._proven) >= REMEMBERED:
                del self._proven[next(iter(self._proven))]
            self._proven[unproven.text] = (unproven, key)

    async def verified(self, token: str | None, now: datetime) -> Shown:
        """The same for an event loop, which goes on while keys are asked for."""
        try:
            return self.verify(token, now, may_ask=False)
        except MustAsk:
            pass  # as most never have to
        work = partial(self.verify, token, now)
        return await get_running_loop().run_in_executor(self._threads, work)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(AT_ONCE, "identity")

    def close(self) -> None:
        """Let threads go that wait for keys."""
        if "_threads" in vars(self):
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _issuer_of(self, unproven: Unproven) -> Issuer:
        named = unproven.claims.get("iss")
        if not isinstance(named, str):
            raise NotReadable
        if named not in self._issuers:
            raise UnknownIssuer
        return self._issuers[named]
