"""What a token claims, once its signature is known to be good: whether it counts here and now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from services.identity.refusals import (
    Expired,
    LastsTooLong,
    NotForUs,
    NotReadable,
    NotValidYet,
)
from services.identity.unproven import Unproven, is_short

ACCESS: Final = "at+jwt"  # the `typ` of an access token (RFC 9068)
LATEST: Final = 253_402_300_799  # the last second of the year 9999
METHODS: Final = 20  # at most so many in `amr`
OF_OTHER_KINDS: Final = frozenset(
    {
        "nonce",  # an ID token (OpenID Connect Core, 2)
        "at_hash",
        "c_hash",
        "s_hash",
        "events",  # a security event, as a logout is (RFC 8417)
    }
)
BOUND: Final = "cnf"  # to a key that its holder must prove to have (RFC 7800); nobody asks here
BEARER: Final = "Bearer"  # what Keycloak's own claim `typ` says of access tokens


@dataclass(frozen=True)
class Shown:
    """Who somebody is, by an issuer's word. What they may is not said by it.

    `subject` is how the issuer calls them. `credential` is a digest of the token's id, by which
    the issuer's records find it: 64 hexadecimal digits. `until` is when it expires and `issued`
    when it was issued, in UTC. `level` and `methods` are how they signed in (`acr`, `amr`), where
    the issuer tells.
    """

    issuer: str
    subject: str = field(repr=False)
    credential: str
    until: datetime
    issued: datetime | None = None
    level: str | None = None
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What the tokens of one issuer must say.

    `audience` is what they must be issued for, `beside` whom they may be for as well, `kinds` the
    values of `typ` (in lower case) that are taken, `leeway` by how much the clocks may differ, and
    `longest` how long a token may go on being valid.
    """

    issuer: str
    audience: str
    beside: Collection[str] = ()
    kinds: Collection[str] = (ACCESS,)
    leeway: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(days=1)


def judged(token: Unproven, expected: Expected, now: datetime) -> Shown:
    """Whom a genuine token shows; the refusal that fits if it does not count here and now."""
    claims = token.claims
    _must_be_for_us(token, expected)
    until, issued = _moment(claims.get("exp")), _moment_if(claims.get("iat"))
    begins = _moment_if(claims.get("nbf"))
    if not is_short(claims.get("sub")):
        raise NotReadable
    if until <= now:
        raise Expired
    if max(issued or now, begins or now) > now + expected.leeway:
        raise NotValidYet
    if until > now + expected.longest + expected.leeway:
        raise LastsTooLong
    return Shown(
        issuer=expected.issuer,
        subject=claims["sub"],
        credential=_credential(token, expected.issuer),
        until=until,
        issued=issued,
        level=_short_if(claims.get("acr")),
        methods=_methods(claims.get("amr")),
    )


def _must_be_for_us(token: Unproven, expected: Expected) -> None:
    """Only an access token for us: others are shown elsewhere, by whom and for what we can't know.

    Some issuers call all their tokens JWT; then what only others have tells them apart.
    """
    claims = token.claims
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(one, str) for one in named):
        raise NotReadable
    if expected.audience not in named or set(named) - {expected.audience, *expected.beside}:
        raise NotForUs
    if token.kind not in expected.kinds or BOUND in claims or claims.get("typ", BEARER) != BEARER:
        raise NotForUs
    is_told_apart = token.kind == ACCESS or "typ" in claims
    if not is_told_apart and claims.keys() & OF_OTHER_KINDS:
        raise NotForUs


def _moment(value: Any) -> datetime:
    """A NumericDate (RFC 7519): seconds since 1970, in our calendar."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise NotReadable
    return datetime.fromtimestamp(value, UTC)


def _moment_if(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _short_if(value: Any) -> str | None:
    if value is not None and not is_short(value):
        raise NotReadable
    return value  # type: ignore[no-any-return]  # text or None by now


def _methods(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not (isinstance(value, list) and len(value) <= METHODS and all(map(is_short, value))):
        raise NotReadable
    return tuple(value)


def _credential(token: Unproven, issuer: str) -> str:
    """A digest of the token's id; where it has none, of what was signed, for of a signature there
    may be two that are good (ECDSA).
    """
    named = token.claims.get("jti")
    if named is not None and not is_short(named):
        raise NotReadable
    what = ("id", issuer, named) if named else ("signed", issuer, token.signed)
    return sha256("\0".join(("leading-together credential", *what)).encode()).hexdigest()
