"""Signing in from a terminal, by the device flow (RFC 8628): the terminal shows an address and a
code, and somebody signs in with any browser. No password comes here.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from services.identity.configuration import OfProvider
from services.identity.provider import Discovery
from services.identity.unproven import is_short
from services.identity.web import OK, NoAnswer, WrongAddress, checked_address

DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL: Final = 5.0  # seconds between two questions, where the provider names none
SLOWER: Final = 5.0  # seconds more, each time that it asks for it
LONGEST_PAUSE: Final = 60.0
LONGEST_WAIT: Final = 1800.0  # seconds
LONGEST_TOKEN: Final = 8192  # characters
SENTENCES: Final = {
    "access_denied": "It was refused at the sign-in page; nothing was kept.",
    "expired_token": "The code has expired; call it again for a new one.",
    "invalid_grant": "The sign-in counts no more: sign in anew.",
}


class CantSignIn(RuntimeError):
    """Signing in did not come about; the text says why and what to do."""


class SignedOutElsewhere(CantSignIn):
    """The provider takes a sign-in back, or it has expired there."""


@dataclass(frozen=True, repr=False)
class Invitation:
    """Where to sign in and with what code, for people; and what we ask by, for how many seconds."""

    address: str
    code: str
    device: str
    pause: float
    lasting: float


@dataclass(frozen=True, repr=False)
class Granted:
    """The tokens that a provider gave: to be shown here, and to get the next by, if any."""

    access: str
    refresh: str | None


class Provided:
    """A provider's side of signing in, renewing and signing out."""

    def __init__(self, of: OfProvider) -> None:
        """CantSignIn if the command line is not known there."""
        if of.client_id is None:
            raise CantSignIn(
                f"LT_IDENTITY_FILE names no client_id for {of.issuer}: register the command line"
                " there, and add it."
            )
        self._of, self._client = of, of.client_id
        self._discovery = Discovery(of.issuer, of.certificates)

    def invitation(self) -> Invitation:
        """Ask for a code; CantSignIn."""
        form = {"client_id": self._client, "scope": " ".join(self._of.scopes), **self._audience()}
        status, told = self._post("device_authorization_endpoint", form)
        if status != OK or not isinstance(told, dict):
            self._fail(told)
        address = told.get("verification_uri_complete") or told.get("verification_uri")
        with suppress(WrongAddress):
            checked_address(address)
            if is_short(told.get("user_code")) and _is_token(told.get("device_code")):
                return Invitation(
                    str(address),
                    told["user_code"],
                    told["device_code"],
                    _number(told.get("interval"), INTERVAL, LONGEST_PAUSE),
                    _number(told.get("expires_in"), LONGEST_WAIT, LONGEST_WAIT),
                )
        return self._fail(None)

    def granted(
        self, invitation: Invitation, rest: Callable[[float], None] = time.sleep
    ) -> Granted:
        """Wait until somebody has signed in; CantSignIn if nobody does."""
        form = {"grant_type": DEVICE, "client_id": self._client, **self._audience()}
        form["device_code"] = invitation.device
        pause, waited = invitation.pause, 0.0
        while waited < invitation.lasting:
            rest(pause)
            waited += pause
            try:
                status, told = self._post("token_endpoint", form)
            except CantSignIn:  # it may be back before the code expires
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            error = told.get("error") if isinstance(told, dict) else None
            if error == "slow_down":
                pause = min(pause + SLOWER, LONGEST_PAUSE)
            elif error != "authorization_pending":
                return self._tokens(status, told)
        raise CantSignIn(SENTENCES["expired_token"])

    def renewed(self, refresh: str) -> Granted:
        """The next tokens; SignedOutElsewhere if there are to be none, CantSignIn."""
        form = {"grant_type": "refresh_token", "client_id": self._client, "refresh_token": refresh}
        status, told = self._post("token_endpoint", form | self._audience())
        return self._tokens(status, told)

    def revoke(self, refresh: str) -> bool:
        """Have what a sign-in gave taken back (RFC 7009); whether the provider has done it."""
        form = {"client_id": self._client, "token": refresh, "token_type_hint": "refresh_token"}
        with suppress(CantSignIn):
            status, _ = self._post("revocation_endpoint", form)
            return status == OK
        return False

    def _audience(self) -> dict[str, str]:
        name = self._of.names_audience_as
        return {name: self._of.audience} if name else {}

    def _post(self, endpoint: str, form: Mapping[str, str]) -> tuple[int, Any]:
        why = ""
        try:
            address = self._discovery.endpoint(self._discovery.document(), endpoint)
            return self._discovery.post(address, form)
        except NoAnswer as error:
            why = str(error)
        raise CantSignIn(f"{self._of.issuer} can't be asked: {why}. Try again in a minute.")

    def _tokens(self, status: int, told: Any) -> Granted:
        if status != OK or not isinstance(told, dict) or not _is_token(told.get("access_token")):
            self._fail(told)
        refresh = told.get("refresh_token")
        return Granted(told["access_token"], refresh if _is_token(refresh) else None)

    def _fail(self, told: Any) -> NoReturn:
        """With our own sentence for an error of the protocol: a provider's words are not ours."""
        error = told.get("error") if isinstance(told, dict) else None
        if error == "invalid_grant":
            raise SignedOutElsewhere(SENTENCES[error])
        known = SENTENCES.get(error) if isinstance(error, str) else None
        said = f" ({error})" if isinstance(error, str) and error.replace("_", "").isalpha() else ""
        raise CantSignIn(
            known
            or f"{self._of.issuer} does not let the command line sign people in{said[:60]}: whoever"
            " runs it must allow the device flow for this client."
        )


def _is_token(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_TOKEN
        and value.isascii()
        and value.isprintable()
    )


def _number(value: Any, otherwise: float, most: float) -> float:
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return min(float(value), most) if is_one else otherwise
