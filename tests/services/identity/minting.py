"""Tokens of any form, true and false, and a provider on this machine whose keys sign them."""

import json
import ssl
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, OKPKey

from services.clock import SetClock
from services.identity.claims import Expected
from services.identity.identities import Identities, Issuer
from services.identity.keys import Algorithm
from services.identity.provider import Discovery, Provider

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
AUDIENCE = "https://leading-together.example.org"
SUBJECT = "somebody-whom-nobody-may-read-of"
ALGORITHMS: frozenset[Algorithm] = frozenset({"EdDSA", "Ed25519", "ES256", "PS256", "RS256"})
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Sign = Callable[[bytes], bytes]


def encoded(content: bytes | Any) -> str:
    """A part of a token."""
    octets = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(octets).decode().rstrip("=")


def raw(header: bytes | Any, claims: bytes | Any, sign: Sign) -> str:
    """A token of these parts, whatever they are, signed."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


@dataclass(frozen=True)
class Signer:
    """A private key, how it signs, and its public JWK."""

    algorithm: str
    sign: Sign
    jwk: Mapping[str, Any]

    @property
    def kid(self) -> str:
        return str(self.jwk["kid"])


def ed25519(kid: str = "ed") -> Signer:
    return _ed25519(kid)


@cache
def _ed25519(kid: str) -> Signer:
    key = Ed25519PrivateKey.generate()
    jwk = OKPKey.import_key(key.public_key()).as_dict()
    return Signer("Ed25519", key.sign, {**jwk, "kid": kid})


def es256(kid: str = "es") -> Signer:
    return _es256(kid)


@cache
def _es256(kid: str) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        return joined(*decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256()))))

    return Signer("ES256", sign, {**ECKey.import_key(key.public_key()).as_dict(), "kid": kid})


def joined(r: int, s: int) -> bytes:
    """An ECDSA signature as JOSE writes it."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def rs256(kid: str = "rs", bits: int = 2048) -> Signer:
    return _rs256(kid, bits)


@cache
def _rs256(kid: str, bits: int) -> Signer:
    key = rsa.generate_private_key(65537, bits)
    modulus = encoded(key.public_key().public_numbers().n.to_bytes(bits // 8, "big"))
    return Signer(
        "RS256",
        lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256()),
        {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": kid},
    )


def claims(issuer: str, **changed: Any) -> dict[str, Any]:
    """What a good token says, with changes; a change to None takes the claim away."""
    good = {
        "iss": issuer,
        "sub": SUBJECT,
        "aud": AUDIENCE,
        "exp": SECONDS + 300,
        "iat": SECONDS - 10,
        "jti": "an-id-of-a-token",
    }
    return {name: it for name, it in (good | changed).items() if it is not None}


def header(signer: Signer, **changed: Any) -> dict[str, Any]:
    """The header of a good token, with changes, as `claims`."""
    good = {"alg": signer.algorithm, "kid": signer.kid, "typ": "at+jwt"}
    return {name: it for name, it in (good | changed).items() if it is not None}


@dataclass
class StandIn:
    """A provider's answers, on this machine: what it says can be changed, and is counted."""

    port: int
    keys: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    away: bool = False
    answers: dict[str, Callable[["_Handler"], None]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, path: str = "/keys") -> int:
        """How often something was asked for."""
        return self.asked.count(path)

    def discovery(self) -> dict[str, Any]:
        places = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return places | self.document

    def token(self, signer: Signer | None = None, **changed: Any) -> str:
        """A good token of this provider's, with changes to its claims."""
        signer = signer or ed25519()
        return raw(header(signer), claims(self.issuer, **changed), signer.sign)


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.stand_in.forms.append(self.rfile.read(length).decode())
        self._answer()

    def _answer(self) -> None:
        self.stand_in.asked.append(self.path)
        if self.stand_in.away:
            self.close_connection = True
            return
        if special := self.stand_in.answers.get(self.path):
            special(self)
        elif self.path == "/.well-known/openid-configuration":
            self.say(self.stand_in.discovery())
        elif self.path == "/keys":
            self.say({"keys": self.stand_in.keys})
        else:
            self.say({"error": "not_found"}, 404)

    def say(self, what: Any, status: int = 200, **headers: str) -> None:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *given: Any) -> None:
        """Whoever asked has gone: they may."""


@contextmanager
def stand_in(context: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """A provider that answers, until this is left; behind TLS, if `context` is its."""
    handler = type("Answering", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    told = StandIn(server.server_address[1])
    handler.stand_in = told  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def provider(of: StandIn, clock: SetClock, **given: Any) -> Provider:
    return Provider(Discovery(of.issuer), ALGORITHMS, clock, **given)


def identities(of: StandIn, clock: SetClock, **expected: Any) -> Identities:
    """Whoever this provider vouches for."""
    what = Expected(of.issuer, AUDIENCE, **expected)
    return Identities([Issuer(what, ALGORITHMS, provider(of, clock))])
