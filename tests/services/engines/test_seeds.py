"""Seeds and public keys are what NATS takes them for."""

import base64
import binascii
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.engines.proof import signed
from services.engines.seeds import NoSeed, fresh_seed, key_of, public_key
from tests.scenes.terminal import ROOT

SEED = fresh_seed()


def bare(key: str) -> bytes:
    """The 32 bytes of a public key, whose first byte and check sum are right."""
    raw = base64.b32decode(key)
    assert (raw[0], raw[-2:]) == (20 << 3, binascii.crc_hqx(raw[:-2], 0).to_bytes(2, "little"))
    return raw[1:-2]


def test_a_public_key_is_the_one_that_specialists_find() -> None:
    for seed in (fresh_seed() for _ in range(20)):
        key = Ed25519PrivateKey.from_private_bytes(key_of(seed)).public_key()
        assert bare(public_key(seed)) == key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def test_what_is_signed_is_proved_by_the_public_key() -> None:
    Ed25519PublicKey.from_public_bytes(bare(public_key(SEED))).verify(
        base64.b64decode(signed(SEED, "a nonce")), b"a nonce"
    )


def test_no_two_seeds_are_alike_and_each_can_be_told_by_its_look() -> None:
    seeds = {fresh_seed() for _ in range(100)}
    assert len(seeds) == 100
    assert {(one[:2], len(one)) for one in seeds} == {("SU", 58)}


@pytest.mark.parametrize(
    "text",
    ["", "SU", SEED[:-1], SEED + "A", SEED.lower(), "S" * 58, "é" * 58, public_key(SEED)],
    ids=["nothing", "two", "short", "long", "small", "letters", "no-ascii", "public"],
)
def test_what_is_no_seed_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(NoSeed):
        key_of(text)


def test_a_mistyped_seed_is_known_by_its_check_sum() -> None:
    for at in range(2, 58):
        other = "A" if SEED[at] != "A" else "B"
        with pytest.raises(NoSeed):
            key_of(SEED[:at] + other + SEED[at + 1 :])


def test_a_deployment_makes_them_with_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from services.engines.deployment import nats_conf\n"
        "from services.engines.seeds import fresh_seed, public_key\n"
        "print(public_key(fresh_seed()), len(nats_conf()))\n"
    )
    alone = [sys.executable, "-I", "-S", "-c", program, str(ROOT)]
    said = subprocess.run(alone, capture_output=True, text=True, check=True).stdout
    assert said.startswith("U")
