"""The public keys of an issuer, by their id and by what they may verify; and verifying itself.

What a key may do follows from the key and from what the issuer is known to use, never from a
token: so a token can't have a key taken for one of another kind.
"""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Literal, Protocol, cast

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import Key, import_key
from joserfc.jws import JWSRegistry

from services.identity.unproven import LONGEST, is_short

Algorithm = Literal["EdDSA", "Ed25519", "ES256", "PS256", "RS256"]
ED25519: Final[Algorithm] = "Ed25519"  # RFC 9864; `EdDSA` is its older name
VerifyingKeys = Mapping[tuple[str, str], Key]
"""Keys by id and algorithm."""

FORMS: Final[Mapping[Algorithm, tuple[str, str | None]]] = {  # kty and crv
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
    "ES256": ("EC", "P-256"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
}
SAME: Final[Mapping[Any, str]] = {"EdDSA": "Ed25519"}
PUBLIC: Final = ("kty", "crv", "x", "y", "n", "e")
SECRET: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MODULUS: Final = range(256, 1025)  # bytes of an RSA key: 2,048 to 8,192 bits
EXPONENT: Final = range(1, 6)  # characters of its exponent: RSA with huge ones is slow
MANY: Final = 100  # keys of one issuer


class NotAKeySet(ValueError):
    """It is no JWK set (RFC 7517), or one of more keys than anybody needs."""


class MustAsk(Exception):
    """To know the key somebody has to be asked, and whoever wants it does not wait."""


class KeySource(Protocol):
    """Where the keys of one issuer come from."""

    def find(self, key: str, algorithm: str, *, may_ask: bool = True) -> Key | None:
        """The key with this id for this algorithm, None if the issuer has none.

        It may take seconds, unless `may_ask` is false: then MustAsk is raised instead.
        KeysUnavailable if it can't be known.
        """


def usable_keys(document: Any, algorithms: Collection[Algorithm]) -> VerifyingKeys:
    """The keys of a JWK set that may verify one of these algorithms; NotAKeySet if it is none.

    A key is passed over if it can't be used or not be relied on: without an id, too small, for
    encryption, with its secret part published, or with the id of another one for the same use.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MANY:
        raise NotAKeySet(NotAKeySet.__doc__)
    found: dict[tuple[str, str], Key] = {}
    doubled: set[tuple[str, str]] = set()
    for name, key in _each(keys, algorithms):
        if name in found:
            doubled.add(name)
        found[name] = key
    return {name: key for name, key in found.items() if name not in doubled}


def is_signed(token: str, algorithm: str, key: Key) -> bool:
    """Whether the signature of a compact token is by this key, with this algorithm and no other."""
    with suppress(JoseError, ValueError):
        jws.deserialize_compact(token, key, registry=_Registry(algorithms=[algorithm]))
        return True
    return False


class _Registry(JWSRegistry):
    """One algorithm, whatever a library recommends: `EdDSA` is still what most issuers say."""

    max_header_length = max_payload_length = max_signature_length = LONGEST

    def get_alg(self, name: str) -> Any:
        """The algorithm, if it is the one."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def _each(
    keys: list[Any], algorithms: Collection[Algorithm]
) -> Iterator[tuple[tuple[str, str], Key]]:
    for one in keys:
        fitting = [it for it in algorithms if isinstance(one, dict) and _may(one, it)]
        key = _imported(one) if fitting else None
        if key is not None:
            yield from (((one["kid"], it), key) for it in fitting)


def _may(key: Mapping[str, Any], algorithm: Algorithm) -> bool:
    """Whether a JWK says that it may verify this algorithm, and is fit to."""
    form = (key.get("kty"), key.get("crv"))
    said = key.get("alg", algorithm)
    operations = key.get("key_ops", ["verify"])
    return (
        is_short(key.get("kid"))
        and form == FORMS[algorithm]
        and not key.keys() & SECRET
        and key.get("use", "sig") == "sig"
        and isinstance(said, str)
        and SAME.get(said, said) == SAME.get(algorithm, algorithm)
        and isinstance(operations, list)
        and "verify" in operations
        and (form[0] != "RSA" or _is_sound_rsa(key))
    )


def _is_sound_rsa(key: Mapping[str, Any]) -> bool:
    modulus, exponent = key.get("n"), key.get("e")
    if not (isinstance(modulus, str) and isinstance(exponent, str)):
        return False
    decoded = b""
    with suppress(ValueError):
        decoded = urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)).lstrip(b"\0")
    return len(decoded) in MODULUS and decoded[0] >= 0x80 and len(exponent) in EXPONENT  # noqa: PLR2004 - its highest bit


def _imported(key: Mapping[str, Any]) -> Key | None:
    public = {name: key[name] for name in PUBLIC if name in key}
    with suppress(JoseError, ValueError, TypeError, UnsupportedAlgorithm):
        imported = import_key(cast("Any", public))
        return imported if imported.public_key is not None else None
    return None
