"""Who has come in: the person behind the token that a request shows, if there is one.

Our own issuer names people by our ids. Whom a provider names is somebody's by a recorded tie.
"""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from math import inf
from typing import Final, NamedTuple, Protocol

from events.ids import PersonId
from services.identity.claims import Shown
from services.identity.configuration import OWN_CODE
from services.identity.identities import Identities, Proof
from services.identity.keys import MustAsk
from services.identity.showing import HEADER, Comer, Tied, token_in

__all__ = ["Comer", "Comers", "KnownTies", "Tied"]

FRESH: Final = 0.9  # seconds for which it is remembered whose a provider's subject is
REMEMBERED: Final = 10_000  # subjects, and headers


class KnownTies(Protocol):
    """Where it is known whom providers speak of."""

    def whose(self, issuer: str, subject: str) -> Tied | None:
        """Whose a subject is by what stands recorded now; None if nobody's. `issuer` is its name.

        It may take some milliseconds. psycopg.Error if a database is away.
        """

    def stranger(self, issuer: str, subject: str) -> str:
        """A keyed name for a subject, which tells nobody what it is. It may take as long once."""

    def close(self) -> None:
        """Give back what is open."""


class _Known(NamedTuple):
    """Whose a subject is, and how it is called while it is nobody's; until when that counts, in
    seconds of the monotonic clock.
    """

    until: float
    tied: Tied | None
    stranger: str


class _Before(NamedTuple):
    """Who came with a header, by what that is believed, and until when, as above."""

    until: float
    proof: Proof
    comer: Comer


class Comers:
    """Tells who comes in. For one event loop."""

    def __init__(self, identities: Identities, ties: KnownTies) -> None:
        self._identities, self._ties = identities, ties
        self.codes = identities.codes
        self._known: dict[tuple[str, str], _Known] = {}
        self._before: dict[str, _Before] = {}
        self._looking: dict[tuple[str, str], asyncio.Future[_Known]] = {}
        self._threads = ThreadPoolExecutor(1, "ties")

    def close(self) -> None:
        """Let threads and connections go."""
        self._identities.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._ties.close()

    def at_once(self, headers: Mapping[str, str] | None, now: datetime) -> Comer | None:
        """Who it is, if that is known without asking anybody; None if it must be asked (`comes`).

        Raises NotIdentified.
        """
        header = headers.get(HEADER, "") if headers else ""
        before = self._before.get(header)
        if before and before.until > time.monotonic() and before.proof.holds(now):
            return before.comer
        token = token_in(headers)
        try:
            found = self._remembered(self._identities.verify(token, now, may_ask=False))
        except MustAsk:
            return None
        if found and (proof := self._identities.proof_of(token)):
            self._remember(header, found, proof)
        return found

    def _remember(self, header: str, comer: Comer, proof: Proof) -> None:
        known = self._known.get((proof.shown.issuer, proof.shown.subject))
        if len(self._before) >= REMEMBERED:
            self._before.clear()
        self._before[header] = _Before(known.until if known else inf, proof, comer)

    async def comes(self, headers: Mapping[str, str] | None, now: datetime) -> Comer:
        """Who it is, at the moment `now` (aware).

        Raises NotIdentified; TooManyWait if too many wait for the keys of this issuer already;
        psycopg.Error if a database is away, so that nobody knows whose a subject is.
        """
        found = self.at_once(headers, now)
        if found is not None:
            return found
        shown = await self._identities.verified(token_in(headers), now)
        return self._remembered(shown) or _comer(
            shown, self.codes[shown.issuer], await self._looked_up(shown)
        )

    def _remembered(self, shown: Shown) -> Comer | None:
        code = self.codes[shown.issuer]
        if code == OWN_CODE and PersonId.pattern.fullmatch(shown.subject):
            return Comer(PersonId(shown.subject), code, shown.credential, shown.subject)
        known = self._known.get((shown.issuer, shown.subject))
        return _comer(shown, code, known) if known and known.until > time.monotonic() else None

    async def _looked_up(self, shown: Shown) -> "_Known":
        """At one look for all who come as the same subject meanwhile."""
        name = shown.issuer, shown.subject
        looking = self._looking.get(name)
        if looking is None:
            looking = self._looking[name] = asyncio.ensure_future(self._look_up(*name))
            looking.add_done_callback(lambda _: self._looking.pop(name, None))
        return await asyncio.shield(looking)

    async def _look_up(self, issuer: str, subject: str) -> "_Known":
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._look, issuer, subject
        )
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[issuer, subject] = found
        return found

    def _look(self, issuer: str, subject: str) -> "_Known":
        stranger = self._ties.stranger(issuer, subject)
        if self.codes[issuer] == OWN_CODE:  # which has no ties
            return _Known(inf, None, stranger)
        until = time.monotonic() + FRESH  # from before the look: what it finds may end at once
        return _Known(until, self._ties.whose(issuer, subject), stranger)


def _comer(shown: Shown, code: str, known: _Known) -> Comer:
    tied = known.tied
    if tied is None:
        return Comer(None, code, shown.credential, known.stranger)
    return Comer(tied.person_id, code, shown.credential, tied.person_id, tied.tie)
