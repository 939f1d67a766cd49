from typing import Any

import pytest

from services.clock import SetClock
from services.identity.identities import Identities
from services.identity.refusals import NotForUs, NotIdentified
from tests.services.identity.forged import forgeries
from tests.services.identity.minting import (
    NOW,
    ORDER_OF_P256,
    SECONDS,
    SUBJECT,
    Signer,
    StandIn,
    claims,
    ed25519,
    encoded,
    es256,
    header,
    identities,
    joined,
    raw,
    rs256,
)


def test_every_forgery_is_refused_as_what_it_is(known: Identities, of: StandIn) -> None:
    wrong = {}
    found = list(forgeries(of))
    for name, token, refusal in found:
        try:
            known.verify(token, NOW)
        except NotIdentified as met:
            if type(met) is not refusal:
                wrong[name] = met.code
        else:
            wrong[name] = "accepted"
    assert wrong == {}
    assert len({name for name, *_ in found}) == len(found) > 150


@pytest.mark.parametrize("signer", [ed25519(), es256(), rs256()], ids=lambda it: it.algorithm)
def test_who_shows_a_good_token_is_known(known: Identities, of: StandIn, signer: Signer) -> None:
    shown = known.verify(of.token(signer, acr="urn:two", amr=["pwd", "otp"]), NOW)
    assert (shown.issuer, shown.subject) == (of.issuer, SUBJECT)
    assert int(shown.until.timestamp()) == SECONDS + 300
    assert shown.issued
    assert int(shown.issued.timestamp()) == SECONDS - 10
    assert (shown.level, shown.methods) == ("urn:two", ("pwd", "otp"))
    assert len(bytes.fromhex(shown.credential)) == 32


@pytest.mark.parametrize(
    "changed",
    [
        {"iat": SECONDS + 29},
        {"nbf": SECONDS + 30},
        {"iat": None},
        {"exp": SECONDS + 0.5},
        {"exp": SECONDS + 86_400},
        {"aud": ["https://leading-together.example.org"]},
        {"typ": "Bearer"},
        {"nonce": "of-an-access-token-all-the-same"},
        {"sub": "a b"},
        {"groups": [{"deep": [1, 2.5, None]}]},
    ],
    ids=repr,
)
def test_what_providers_may_say_is_taken(
    known: Identities, of: StandIn, changed: dict[str, Any]
) -> None:
    assert known.verify(of.token(**changed), NOW).issuer == of.issuer


def test_the_older_name_of_an_algorithm_is_taken_for_the_same_key(
    known: Identities, of: StandIn
) -> None:
    ed = ed25519()
    token = raw(header(ed, alg="EdDSA", typ="application/AT+JWT"), claims(of.issuer), ed.sign)
    assert known.verify(token, NOW).subject == SUBJECT


def test_where_access_tokens_are_called_jwt_what_only_others_have_tells_them_apart(
    of: StandIn, clock: SetClock
) -> None:
    known, ed = identities(of, clock, kinds={"jwt"}), ed25519()
    for kind in ("JWT", None):
        plain = raw(header(ed, typ=kind), claims(of.issuer), ed.sign)
        assert known.verify(plain, NOW).subject == SUBJECT
    for mark in ("nonce", "at_hash", "c_hash", "s_hash", "events"):
        other = raw(header(ed, typ="JWT"), claims(of.issuer, **{mark: "x"}), ed.sign)
        with pytest.raises(NotForUs):
            known.verify(other, NOW)


def test_other_audiences_are_taken_where_they_are_named(of: StandIn, clock: SetClock) -> None:
    known = identities(of, clock, beside={"account"})
    ours = "https://leading-together.example.org"
    assert known.verify(of.token(aud=["account", ours]), NOW)
    for others in (["account"], [ours, "account", "else"]):
        with pytest.raises(NotForUs):
            known.verify(of.token(aud=others), NOW)


def test_a_credential_is_of_the_id_that_the_issuer_gave(known: Identities, of: StandIn) -> None:
    first, again = (known.verify(of.token(exp=SECONDS + it), NOW) for it in (100, 200))
    assert first.credential == again.credential
    assert known.verify(of.token(jti="another"), NOW).credential != first.credential


def test_two_signatures_of_one_token_are_one_credential(known: Identities, of: StandIn) -> None:
    """(r, n - s) is as good as (r, s): whoever saw a token could make another one of it."""
    token = of.token(es256(), jti=None)
    signed, _, _ = token.rpartition(".")
    signature = es256().sign(signed.encode())
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    twins = [f"{signed}.{encoded(joined(r, it))}" for it in (s, ORDER_OF_P256 - s)]
    one, other = (known.verify(it, NOW).credential for it in twins)
    assert one == other
    assert known.verify(of.token(es256(), jti=None, x=1), NOW).credential != one
