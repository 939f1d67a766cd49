"""A token as it stands, before anybody is believed: its form is judged here, and nothing else.

The form is one of many that JOSE knows (RFC 7515): compact, signed, with the key named by its id
alone. Whatever brings a key along, points at one, asks for an extension or wraps another token is
refused unread: none of it is needed, and most forgeries begin there.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from services.identity.refusals import NothingShown, NotReadable
from services.identity.strict_json import NotStrictJson, read_strictly

LONGEST: Final = 8192  # characters of a token
PART: Final = "[A-Za-z0-9_-]+"
COMPACT: Final = re.compile(rf"({PART})\.({PART})\.({PART})")
SHORT: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
HEADER: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
NO_KIND: Final = "jwt"  # what a token without `typ` counts as


@dataclass(frozen=True, repr=False)
class Unproven:
    """What a token says of itself. Nothing of it is true until its signature was verified.

    `kind` is the header's `typ` in lower case, without `application/`; `signed` is what the
    signature is over.
    """

    text: str
    algorithm: str
    key: str
    kind: str
    claims: Mapping[str, Any]

    @property
    def signed(self) -> str:
        """Header and claims as they were signed: the same whatever signature stands behind."""
        return self.text.rpartition(".")[0]


def read_token(token: str | None) -> Unproven:
    """Read a token; NothingShown or NotReadable if there is nothing to be verified."""
    if not token:
        raise NothingShown
    parts = COMPACT.fullmatch(token) if len(token) <= LONGEST else None
    if parts is None:
        raise NotReadable
    header, claims = _object_in(parts[1]), _object_in(parts[2])
    _bytes_in(parts[3])
    if not (header.keys() <= HEADER and all(is_short(one) for one in header.values())):
        raise NotReadable
    if not (header.get("alg") and header.get("kid")):
        raise NotReadable
    kind = str(header.get("typ", NO_KIND)).lower().removeprefix("application/")
    return Unproven(token, header["alg"], header["kid"], kind, claims)


def is_short(value: Any) -> bool:
    """Whether it is text of 1 to 255 printable characters of ASCII, as ids of issuers are."""
    return isinstance(value, str) and SHORT.fullmatch(value) is not None


def _object_in(part: str) -> dict[str, Any]:
    found = None
    with suppress(NotStrictJson):
        found = read_strictly(_bytes_in(part))
    if not isinstance(found, dict):
        raise NotReadable
    return found


def _bytes_in(part: str) -> bytes:
    """What is encoded, if it is encoded in the only way that there is (RFC 4648, 3.5)."""
    decoded = b""
    with suppress(ValueError):
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(decoded).decode().rstrip("=") != part:
        raise NotReadable
    return decoded
