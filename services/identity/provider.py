"""The keys of an OpenID provider, which is asked at most once a minute, whatever tokens come.

Its address is the issuer's name; where its keys are stands in its discovery document (OpenID
Connect Discovery 1.0). Keys are asked for anew after some minutes, so a key that the provider has
withdrawn is out soon. While the provider is away, the keys that are known go on for a day.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final

import structlog
from joserfc.jwk import Key

from services.clock import Clock
from services.identity.keys import Algorithm, MustAsk, NotAKeySet, VerifyingKeys, usable_keys
from services.identity.refusals import KeysUnavailable
from services.identity.web import (
    OK,
    SECONDS,
    NoAnswer,
    WrongAddress,
    ask_provider,
    checked_address,
    is_on_this_machine,
)

DISCOVERY: Final = "/.well-known/openid-configuration"
SELDOM: Final = timedelta(minutes=1)  # between two times that a provider is asked
FRESH: Final = timedelta(minutes=5)
KEPT: Final = timedelta(days=1)
log = structlog.get_logger()


class Discovery:
    """What a provider says of itself: where it answers what."""

    def __init__(self, issuer: str, certificates: Path | None = None) -> None:
        """`issuer`: its name, which is its address; `certificates` as for `ask_provider`."""
        self.issuer, self._certificates = issuer, certificates
        host = checked_address(issuer).hostname or ""
        self._local = is_on_this_machine(host)

    def document(self) -> Mapping[str, Any]:
        """The discovery document; NoAnswer if there is none of this issuer."""
        told = self.get(self.issuer.rstrip("/") + DISCOVERY)
        if not isinstance(told, dict) or told.get("issuer") != self.issuer:
            raise NoAnswer("its discovery document is not that of this issuer")
        return told

    def get(self, address: str) -> Any:
        """The JSON at an address of the provider's."""
        status, told = ask_provider(address, certificates=self._certificates)
        if status != OK:
            raise NoAnswer(f"it answers with status {status}")
        return told

    def post(self, address: str, form: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of the answer to a form."""
        return ask_provider(address, form, certificates=self._certificates)

    def endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """One of the addresses that a discovery document names; NoAnswer if it is none that may be
        asked: a provider elsewhere can't send anybody to this machine.
        """
        address = document.get(name)
        with suppress(WrongAddress):
            checked_address(address, on_this_machine=self._local)
            return str(address)
        raise NoAnswer(f"its discovery document has no {name} that may be asked")


class Provider:
    """The keys of one provider. Safe for threads: several who want one at once ask once."""

    def __init__(
        self,
        discovery: Discovery,
        algorithms: frozenset[Algorithm],
        clock: Clock,
        *,
        fresh: timedelta = FRESH,
        kept: timedelta = KEPT,
    ) -> None:
        """`fresh` is how long keys are used without asking again, `kept` how long while nobody
        answers.
        """
        self._discovery, self._algorithms, self._clock = discovery, algorithms, clock
        self._fresh, self._kept = fresh, kept
        self._lock = Lock()
        self._keys: VerifyingKeys = {}
        self._had: datetime | None = None
        self._asked: datetime | None = None
        self._asking: Event | None = None

    def find(self, key: str, algorithm: str, *, may_ask: bool = True) -> Key | None:
        """As KeySource says."""
        name = (key, algorithm)
        with self._lock:
            now = self._clock.now()
            found = self._at_hand(now).get(name)
            if found and (self._is_fresh(now) or self._asking):
                return found
            asking, ours = self._asking, False
            if asking is None and not _within(self._asked, SELDOM, now):
                ours = may_ask
                asking = Event()
            if asking and not may_ask:
                raise MustAsk
            if ours:
                self._asked, self._asking = now, asking
        if ours and asking:
            self._ask(now, asking)
        elif asking:
            asking.wait(3 * SECONDS)
        with self._lock:
            return self._standing().get(name)

    def _standing(self) -> VerifyingKeys:
        """The keys as they are known; KeysUnavailable if nobody has told them lately."""
        now = self._clock.now()
        if not _within(self._had, self._kept, now):
            raise KeysUnavailable
        return self._keys

    def _at_hand(self, now: datetime) -> VerifyingKeys:
        return self._keys if _within(self._had, self._kept, now) else {}

    def _is_fresh(self, now: datetime) -> bool:
        return _within(self._had, self._fresh, now)

    def _ask(self, now: datetime, asking: Event) -> None:
        """Ask, and whatever comes of it, let those go who wait for it."""
        try:
            keys = self._told()
        except NoAnswer as error:
            log.warning("identity.provider.away", issuer=self._discovery.issuer, why=str(error))
        else:
            with self._lock:
                self._keys, self._had = keys, now
        finally:
            with self._lock:
                self._asking = None
            asking.set()

    def _told(self) -> VerifyingKeys:
        document = self._discovery.document()
        told = self._discovery.get(self._discovery.endpoint(document, "jwks_uri"))
        with suppress(NotAKeySet):
            return usable_keys(told, self._algorithms)
        raise NoAnswer("what it gives as its keys is no set of keys")


def _within(since: datetime | None, span: timedelta, now: datetime) -> bool:
    """Whether it is less than a span since then, or until then if a clock was put back."""
    return since is not None and abs(now - since) < span
