from typing import Any

import pytest

from services.identity.keys import NotAKeySet, usable_keys
from tests.services.identity.minting import ALGORITHMS, ed25519, encoded, es256, rs256

ED, ES, RS = (dict(one.jwk) for one in (ed25519(), es256(), rs256()))


def found(*keys: Any) -> set[tuple[str, str]]:
    return set(usable_keys({"keys": list(keys)}, ALGORITHMS))


def test_a_key_is_for_what_its_form_allows_and_nothing_else() -> None:
    assert found(ED, ES, RS) == {
        ("ed", "Ed25519"),
        ("ed", "EdDSA"),
        ("es", "ES256"),
        ("rs", "RS256"),
        ("rs", "PS256"),
    }
    assert found({**RS, "alg": "RS256"}) == {("rs", "RS256")}
    assert found({**ED, "alg": "EdDSA"}) == {("ed", "Ed25519"), ("ed", "EdDSA")}
    assert set(usable_keys({"keys": [ED, ES, RS]}, ["ES256"])) == {("es", "ES256")}


UNSOUND: dict[str, Any] = {
    "without an id": {name: it for name, it in RS.items() if name != "kid"},
    "null as id": {**RS, "kid": None},
    "a number as id": {**RS, "kid": 7},
    "an empty id": {**RS, "kid": ""},
    "for encryption": {**RS, "use": "enc"},
    "for signing only": {**RS, "key_ops": ["sign"]},
    "a text as operations": {**RS, "key_ops": "verify"},
    "for another algorithm": {**RS, "alg": "RSA-OAEP"},
    "a list as algorithm": {**RS, "alg": ["RS256"]},
    "its secret published": {**RS, "d": "AQAB"},
    "1,200 bits": {**RS, "n": RS["n"][:200]},
    "2,047 bits": {**RS, "n": encoded(b"\x7f" + b"\xff" * 255)},
    "zeros before 1,200 bits": {**RS, "n": "AAAA" + RS["n"][:200]},
    "zeros before a few bits": {**RS, "n": "AAAA" * 100 + "AQAB"},
    "15,000 bytes": {**RS, "n": "A" * 20_000},
    "a number as modulus": {**RS, "n": 7},
    "an empty modulus": {**RS, "n": ""},
    "a huge exponent": {**RS, "e": encoded(b"\x01" * 200)},
    "an empty exponent": {**RS, "e": ""},
    "the exponent 1": {**RS, "e": "AQ"},
    "a shared secret that says RSA": {**RS, "kty": "oct", "k": "c2VjcmV0"},
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "rs", "alg": "HS256"},
    "a point beside the curve": {**ES, "y": ES["x"]},
    "another curve": {**ES, "crv": "P-384"},
    "a curve of coins": {**ES, "crv": "secp256k1"},
    "a curve that says RSA": {**ES, "kty": "RSA"},
    "null as coordinate": {**ES, "x": None},
    "Ed448": {**ED, "crv": "Ed448"},
    "X25519": {**ED, "crv": "X25519"},
    "too short for Ed25519": {**ED, "x": "AAAA"},
    "Ed25519 with its secret": {**ED, "d": "AAAA"},
    "a list as curve": {**ED, "crv": ["Ed25519"]},
    "an id alone": {"kid": "ed"},
    "an empty object": {},
    "a list": [],
    "null": None,
    "a text": "ed",
}


@pytest.mark.parametrize("what", UNSOUND)
def test_a_key_that_is_not_sound_is_passed_over_and_the_others_stay(what: str) -> None:
    other = {**ED, "kid": "other"}
    assert found(UNSOUND[what], other) == {("other", "Ed25519"), ("other", "EdDSA")}


def test_a_small_rsa_key_is_none() -> None:
    assert found(rs256("small", 1024).jwk) == set()


def test_two_keys_of_one_id_for_one_use_are_both_passed_over() -> None:
    twin = {**ed25519("twin").jwk, "kid": "ed"}
    assert found(ED, twin, ES) == {("es", "ES256")}
    assert found(ED, {**ES, "kid": "ed"}) == {
        ("ed", "Ed25519"),
        ("ed", "EdDSA"),
        ("ed", "ES256"),
    }


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": None}, "keys", 7])
def test_what_is_no_set_of_keys_is_not_taken_for_one(document: Any) -> None:
    with pytest.raises(NotAKeySet):
        usable_keys(document, ALGORITHMS)


def test_an_issuer_may_have_no_keys_left() -> None:
    assert usable_keys({"keys": []}, ALGORITHMS) == {}
