"""Every forgery that anybody thought of, with the refusal that each must meet."""

import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from joserfc.jwk import OKPKey, RSAKey

from services.identity.refusals import (
    Expired,
    LastsTooLong,
    NotForUs,
    NotGenuine,
    NothingShown,
    NotIdentified,
    NotReadable,
    NotValidYet,
    UnknownIssuer,
)
from tests.services.identity.minting import (
    SECONDS,
    Signer,
    StandIn,
    claims,
    ed25519,
    encoded,
    es256,
    header,
    raw,
    rs256,
)

Forgery = tuple[str, str | None, type[NotIdentified]]
DEEP = 3000


def forgeries(of: StandIn) -> Iterator[Forgery]:
    """Each with a name, the token, and how it is refused."""
    yield from _of_form(of)
    yield from _of_headers(of)
    yield from _of_signatures(of)
    yield from _of_claims(of)
    yield from _of_uses(of)
    yield from _of_json(of)


def _of_form(of: StandIn) -> Iterator[Forgery]:
    good = of.token()
    head, body, tail = good.split(".")
    yield "nothing", None, NothingShown
    yield "an empty text", "", NothingShown
    for name, token in {
        "a blank": " ",
        "one word": "token",
        "two parts": f"{head}.{body}",
        "no signature": f"{head}.{body}.",
        "no claims": f"{head}..{tail}",
        "four parts": f"{good}.{tail}",
        "a dot at the end": f"{good}.",
        "a dot before": f".{good}",
        "five parts, as encrypted ones have": f"{good}.{body}.{tail}",
        "a line end": f"{good}\n",
        "padding": f"{head}=.{body}.{tail}",
        "padding of the signature": f"{good}==",
        "the other alphabet": f"{head}.{body}.+/{tail[2:]}",
        "a letter of another script": f"{head}.{body}.{tail[:-1]}\uff21",
        "a digit of another script": f"{head}.{body}.{tail[:-1]}\u0661",
        "half a surrogate": f"{head}.{body}.{tail[:-1]}\ud800",
        "a NUL": f"{head}.{body}.\0{tail}",
        "Bearer before it": f"Bearer {good}",
        "8 MB": f"{head}.{body * (8_000_000 // len(body))}.{tail}",
        "a character too many": f"{head}.{'A' * (8193 - len(head) - len(tail) - 2)}.{tail}",
        "JSON instead of compact": json.dumps({"payload": body, "protected": head}),
        "bits that nobody reads": f"{head}.{body}.{_with_idle_bits(tail)}",
    }.items():
        yield name, token, NotReadable
    yield "cut short", good[:-6], NotGenuine
    yield "well signed and too long", of.token(x="A" * 8000), NotReadable


def _with_idle_bits(part: str) -> str:
    """The same octets in another spelling: an Ed25519 signature leaves four bits idle."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]


def _of_headers(of: StandIn) -> Iterator[Forgery]:
    ed, good = ed25519(), claims(of.issuer)
    public = dict(ed.jwk)
    told: dict[str, dict[str, Any]] = {
        "crit": {"crit": ["exp"]},
        "crit and b64": {"crit": ["b64"], "b64": True},
        "b64 false": {"b64": False, "crit": ["b64"]},
        "an embedded key": {"jwk": public},
        "where a key would be": {"jku": f"{of.issuer}/mine"},
        "a certificate": {"x5c": ["MIIB"]},
        "where a certificate would be": {"x5u": f"{of.issuer}/mine"},
        "another token within": {"cty": "JWT"},
        "compressed": {"zip": "DEF"},
        "encrypted": {"enc": "A256GCM"},
        "anything else": {"nonce": "1"},
        "no algorithm": {"alg": None},
        "no key": {"kid": None},
        "an empty key": {"kid": ""},
        "a list as key": {"kid": ["ed"]},
        "a number as key": {"kid": 7},
        "an object as algorithm": {"alg": {"Ed25519": 1}},
        "a number as kind": {"typ": 1},
        "a key beyond ASCII": {"kid": "\u212a"},
        "a long key": {"kid": "k" * 300},
    }
    for name, changed in told.items():
        yield f"header: {name}", raw(header(ed, **changed), good, ed.sign), NotReadable
    for name, kid in {
        "a path": "../../../../dev/null",
        "SQL": "ed' OR '1'='1",
        "a command": "$(touch here)",
        "a URL": f"{of.issuer}/keys",
        "another case": "ED",
        "a blank inside": "e d",
        "unknown": "nobody's",
    }.items():
        yield f"key: {name}", raw(header(ed, kid=kid), good, ed.sign), NotGenuine
    for name, algorithm in {
        "none": "none",
        "None": "None",
        "HS256": "HS256",
        "RS256": "RS256",
        "ES256": "ES256",
        "ES256K": "ES256K",
        "Ed448": "Ed448",
        "RS1": "RS1",
        "dir": "dir",
        "lower case": "ed25519",
    }.items():
        yield f"algorithm: {name}", raw(header(ed, alg=algorithm), good, ed.sign), NotGenuine


def _of_signatures(of: StandIn) -> Iterator[Forgery]:
    ed, es, rs, good = ed25519(), es256(), rs256(), claims(of.issuer)
    stranger = ed25519("stranger")
    yield "none without a signature", raw(header(ed, alg="none"), good, lambda _: b"\0"), NotGenuine
    for name, key in {"the JWK": json.dumps(dict(ed.jwk)).encode(), **_publics(ed, rs)}.items():
        token = raw(header(ed, alg="HS256"), good, _hmac(key))
        yield f"HMAC keyed by {name}", token, NotGenuine
    yield "somebody else's key", raw(header(ed), good, stranger.sign), NotGenuine
    yield "somebody else's key and id", raw(header(stranger), good, stranger.sign), NotGenuine
    for one in (ed, es, rs):
        for other in (ed, es, rs):
            if one is not other:
                token = raw(header(one), good, other.sign)
                yield f"{one.algorithm} signed by {other.algorithm}", token, NotGenuine
                token = raw(header(one, alg=other.algorithm), good, other.sign)
                yield f"{other.algorithm} by the id of {one.algorithm}", token, NotGenuine
    for signer in (ed, es, rs):
        token = of.token(signer)
        changed = encoded(claims(of.issuer, sub="somebody-else"))
        head, _, tail = token.split(".")
        yield f"{signer.algorithm}: other claims", f"{head}.{changed}.{tail}", NotGenuine
        other_head = encoded(header(signer, typ="jwt"))
        _, body, _ = token.split(".")
        yield f"{signer.algorithm}: another header", f"{other_head}.{body}.{tail}", NotGenuine
        for name, octets in {
            "zeros": bytes(64),
            "ones": b"\xff" * 64,
            "short": b"\1",
            "long": bytes(300),
        }.items():
            token = raw(header(signer), good, lambda _, it=octets: it)  # type: ignore[misc]
            yield f"{signer.algorithm}: {name}", token, NotGenuine
    yield "PS256 with a signature of RS256", raw(header(rs, alg="PS256"), good, rs.sign), NotGenuine


def _publics(ed: Signer, rs: Signer) -> dict[str, bytes]:
    return {
        "the PEM": OKPKey.import_key(dict(ed.jwk)).as_pem(),
        "the DER": OKPKey.import_key(dict(ed.jwk)).as_der(),
        "the PEM of RSA": RSAKey.import_key(dict(rs.jwk)).as_pem(),
        "nothing": b"",
    }


def _hmac(key: bytes) -> Any:
    def sign(message: bytes) -> bytes:
        keyed = HMAC(key or b"\0", SHA256())
        keyed.update(message)
        return keyed.finalize()

    return sign


def _of_claims(of: StandIn) -> Iterator[Forgery]:
    told: dict[str, dict[str, Any]] = {
        "no issuer": {"iss": None},
        "a list of issuers": {"iss": [of.issuer]},
        "a number as issuer": {"iss": 1},
        "nobody": {"sub": None},
        "an empty subject": {"sub": ""},
        "a number as subject": {"sub": 7},
        "a list of subjects": {"sub": ["a"]},
        "a long subject": {"sub": "s" * 256},
        "a subject beyond ASCII": {"sub": "ada\u202e"},
        "a subject with a line end": {"sub": "ada\nben"},
        "a number as audience": {"aud": 1},
        "an object as audience": {"aud": {}},
        "numbers as audience": {"aud": [1]},
        "no end": {"exp": None},
        "a text as end": {"exp": str(SECONDS + 300)},
        "true as end": {"exp": True},
        "a list as end": {"exp": [SECONDS + 300]},
        "an end before the beginning of time": {"exp": -1},
        "an end after the end of time": {"exp": 10**15},
        "a text as beginning": {"nbf": "now"},
        "a text as time of issue": {"iat": "now"},
        "a number as id": {"jti": 7},
        "an empty id": {"jti": ""},
        "a number as level": {"acr": 1},
        "a text as methods": {"amr": "pwd"},
        "numbers as methods": {"amr": [1]},
        "too many methods": {"amr": ["pwd"] * 21},
    }
    for name, changed in told.items():
        yield f"claims: {name}", of.token(**changed), NotReadable
    for name, issuer in {
        "another issuer": "https://evil.example.org",
        "a dash more": f"{of.issuer}/",
        "in capitals": of.issuer.upper(),
        "a longer one": f"{of.issuer}0",
        "an empty one": "",
    }.items():
        yield f"issuer: {name}", of.token(iss=issuer), UnknownIssuer
    yield "expired", of.token(exp=SECONDS - 1), Expired
    yield "expires now", of.token(exp=SECONDS), Expired
    yield "expired by a fraction", of.token(exp=SECONDS - 0.001), Expired
    yield "expired long ago", of.token(exp=0), Expired
    yield "not yet", of.token(nbf=SECONDS + 31), NotValidYet
    yield "issued in the future", of.token(iat=SECONDS + 31), NotValidYet
    yield "issued next century", of.token(iat=SECONDS + 10**9), NotValidYet
    yield "for a hundred years", of.token(exp=SECONDS + 3_200_000_000), LastsTooLong
    yield "for ever", of.token(exp=253_402_300_799), LastsTooLong


def _of_uses(of: StandIn) -> Iterator[Forgery]:
    ed = ed25519()
    for name, audience in {
        "nobody": None,
        "another service": "https://elsewhere.example.org",
        "a part of ours": "https://leading-together",
        "ours with a dash": "https://leading-together.example.org/",
        "none of a list": [],
        "others of a list": ["https://elsewhere.example.org"],
        "ours and others": ["https://leading-together.example.org", "https://elsewhere"],
    }.items():
        refusal = NotReadable if audience is None else NotForUs
        yield f"audience: {name}", of.token(aud=audience), refusal
    for kind in ("JWT", "at+jwt+x", "logout+jwt", "secevent+jwt", "dpop+jwt", "id_token"):
        token = raw(header(ed, typ=kind), claims(of.issuer), ed.sign)
        yield f"kind: {kind}", token, NotForUs
    yield "kind: none", raw(header(ed, typ=None), claims(of.issuer), ed.sign), NotForUs
    yield "bound to a key", of.token(cnf={"jkt": "x"}), NotForUs
    yield "an ID token by its claim", of.token(typ="ID"), NotForUs
    yield "a refresh token by its claim", of.token(typ="Refresh"), NotForUs


def _of_json(of: StandIn) -> Iterator[Forgery]:
    ed = ed25519()
    head = json.dumps(header(ed)).encode()
    body = json.dumps(claims(of.issuer)).encode()
    for name, header_text in {
        "a name twice": b'{"alg":"none",' + head[1:],
        "another encoding": json.dumps(header(ed)).encode("utf-16"),
        "a mark before": b"\xef\xbb\xbf" + head,
        "no UTF-8": head.replace(b"ed", b"\xff\xfe"),
        "a list": b"[" + head + b"]",
        "a text": b'"alg"',
        "null": b"null",
        "something behind": head + b"{}",
        "nested deeply": b"[" * DEEP + b"]" * DEEP,
        "cut": head[:-1],
    }.items():
        yield f"header's JSON: {name}", raw(header_text, body, ed.sign), NotReadable
    for name, claims_text in {
        "a name twice": b'{"sub":"somebody-else",' + body[1:],
        "a name twice further in": body[:-1] + b',"x":{"a":1,"a":2}}',
        "another encoding": body.decode().encode("utf-16"),
        "another encoding, unmarked": body.decode().encode("utf-32-le"),
        "a huge number": body[:-1] + b',"x":' + b"9" * 4000 + b"}",
        "a number without end": body[:-1] + b',"x":1e999}',
        "a number that is none": body[:-1] + b',"x":NaN}',
        "infinity": body.replace(str(SECONDS + 300).encode(), b"Infinity"),
        "nested deeply": body[:-1] + b',"x":' + b"[" * 2500 + b"]" * 2500 + b"}",
        "a list": b"[" + body + b"]",
        "no JSON": b"sub=somebody",
        "nothing": b" ",
        "single quotes": body.replace(b'"', b"'"),
    }.items():
        yield f"claims' JSON: {name}", raw(head, claims_text, ed.sign), NotReadable
