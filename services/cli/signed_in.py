"""Who is signed in with a provider, as far as it is known on this machine."""

import os
from datetime import datetime
from typing import Final

from services.cli.leaving import INVALID, fail
from services.clock import SystemClock
from services.identity.configuration import IdentityFile, OfProvider
from services.identity.session import Session, SignedIn, sessions_file
from services.identity.signing_in import Granted, Provided

CLOCK: Final = SystemClock()
NO_PROVIDER: Final = (
    "There is no provider to sign in with: LT_IDENTITY_FILE names one (docs/identity.md)."
)
NO_OWN: Final = (
    "Our own issuer's keys are not here: LT_IDENTITY_FILE names them under [own], on the machine"
    " that issues tokens."
)


def current_sign_in(configured: IdentityFile) -> SignedIn | None:
    """Who is signed in here, with a token that can be shown now; None if nobody is.

    CantSignIn if the provider can't renew it, NotIdentified if what it gives is not accepted.
    """

    def renew(kept: SignedIn) -> Granted:
        return provided(configured, kept).renewed(kept.refresh or "")

    def until(token: str) -> datetime:
        return configured.identities(CLOCK).verify(token, CLOCK.now()).until

    return session_here().current(CLOCK.now(), renew, until)


def session_here() -> Session:
    """Who is signed in, in the file of whoever calls."""
    return Session(sessions_file(os.environ))


def provided(configured: IdentityFile, kept: SignedIn) -> Provided:
    """The provider with which somebody is signed in."""
    return Provided(provider_of(configured, kept.issuer))


def provider_of(configured: IdentityFile, issuer: str | None) -> OfProvider:
    """The provider of an issuer, or the only one. It ends the call if that is none or several."""
    found = [one for one in configured.providers if issuer in (None, one.issuer)]
    if len(found) > 1:
        names = ", ".join(one.issuer for one in found)
        fail(f"There are several providers; name one with --issuer: {names}.", INVALID)
    if not found:
        fail(NO_PROVIDER, INVALID)
    return found[0]
