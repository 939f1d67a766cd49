"""Tokens with mistakes by chance: each is refused for a known reason, or was genuine all along."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from time import monotonic
from typing import Any

from services.clock import SetClock
from services.identity import refusals
from services.identity.claims import Shown
from services.identity.identities import Identities
from services.identity.refusals import NotIdentified
from services.identity.showing import bearing, token_in
from tests.services.identity.minting import (
    AUDIENCE,
    NOW,
    StandIn,
    claims,
    ed25519,
    es256,
    header,
    identities,
    raw,
    rs256,
    stand_in,
)

CODES = {
    kind.code
    for kind in vars(refusals).values()
    if isinstance(kind, type) and issubclass(kind, NotIdentified)
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STRANGE = [*".=+/ \n\0", "\u202e", "\ud800", "\U0010ffff", "\x7f"]
NUMBERS = [True, -1, 0, 10**17, 1.5]
VALUES: list[Any] = [None, *NUMBERS, "", "x", "\u0000", "A" * 300, [], [[]], {}, {"a": {}}]
NAMES = ["alg", "kid", "typ", "crit", "jwk", "b64", "iss", "sub", "aud", "exp", "iat", "nbf", "jti"]
Mistake = Callable[[Random, str], str]


def fuzz(seconds: float, seed: int) -> int:
    """Try for so many seconds; how many tokens were tried. AssertionError with what was accepted,
    or with what met something else than a refusal.
    """
    with stand_in() as of:
        of.keys = [ed25519().jwk, es256().jwk, rs256().jwk]
        known = identities(of, SetClock(NOW))
        chance, end, tried = Random(seed), monotonic() + seconds, 0
        good = [of.token(it) for it in (ed25519(), es256(), rs256())]
        signed = {one.rpartition(".")[0] for one in good}
        while monotonic() < end:
            for token in _forged(chance, good):
                shown = _judged(known, token, seed)
                assert shown is None or token.rpartition(".")[0] in signed, (seed, token)
                tried += 1
            _well_signed(chance, of, known, seed)
            tried += 1
        return tried


def _judged(known: Identities, token: str, seed: int) -> Shown | None:
    try:
        return known.verify(token_in(bearing(token)), NOW)
    except NotIdentified as met:
        code = met.code
    assert code in CODES, (seed, token)
    return None


def _forged(chance: Random, good: list[str]) -> Iterator[str]:
    token = chance.choice(good)
    for _ in range(chance.randint(1, 4)):
        token = chance.choice(MISTAKES)(chance, token)
        yield token
    yield chance.randbytes(chance.randint(1, 300)).decode("latin-1")
    yield ".".join(_word(chance, chance.randint(0, 90)) for _ in range(chance.randint(1, 5)))


def _well_signed(chance: Random, of: StandIn, known: Identities, seed: int) -> None:
    """With something not right in it, so that what is behind the signature is met too."""
    signer = chance.choice([ed25519(), es256()])
    head, body = header(signer), claims(of.issuer)
    for _ in range(chance.randint(1, 3)):
        chance.choice([head, body])[chance.choice(NAMES)] = chance.choice(VALUES)
    token = raw(head, body, signer.sign)
    if shown := _judged(known, token, seed):
        assert (shown.issuer, shown.subject) == (of.issuer, body["sub"]), (seed, token)
        assert body["aud"] == AUDIENCE, (seed, token)


def _word(chance: Random, length: int) -> str:
    return "".join(chance.choices(LETTERS, k=length))


def _at(chance: Random, token: str) -> int:
    return chance.randrange(len(token) or 1)


def _one_other(letters: Callable[[Random], str], chance: Random, token: str) -> str:
    at = _at(chance, token)
    return token[:at] + letters(chance) + token[at + 1 :]


def _one_more(chance: Random, token: str) -> str:
    at, more = _at(chance, token), chance.choice(LETTERS + "".join(STRANGE))
    return f"{token[:at]}{more}{token[at:]}"


def _one_less(chance: Random, token: str) -> str:
    at = _at(chance, token)
    return token[:at] + token[at + 1 :]


def _cut(chance: Random, token: str) -> str:
    return token[: _at(chance, token)]


def _mixed(chance: Random, token: str) -> str:
    return ".".join(chance.sample(parts := token.split("."), len(parts)))


def _longer(chance: Random, token: str) -> str:
    return token + _word(chance, chance.choice([1, 3, 4, 64, 9000]))


MISTAKES: list[Mistake] = [
    partial(_one_other, lambda chance: chance.choice(LETTERS)),
    partial(_one_other, lambda chance: chance.choice(STRANGE)),
    _one_more,
    _one_less,
    _cut,
    _mixed,
    _longer,
]
