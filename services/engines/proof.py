"""How somebody shows the bus that a seed is theirs: by a signature of what it asks them to sign."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.engines.seeds import key_of, name_of_key


def signed(seed: str, nonce: str) -> bytes:
    """The signature of a server's nonce, in base 64. Raises NoSeed."""
    key = Ed25519PrivateKey.from_private_bytes(key_of(seed))
    return base64.b64encode(key.sign(nonce.encode()))


def shown_with(seed: str) -> str:
    """The public key that is shown beside it, by which the bus knows who that is. Raises NoSeed."""
    key = Ed25519PrivateKey.from_private_bytes(key_of(seed))
    return name_of_key(key.public_key().public_bytes_raw())
