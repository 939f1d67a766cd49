"""What somebody carries for us: sealed by a key of our own, and bound to what it is for."""

from os import urandom
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE: Final = 12  # bytes


def sealed_for_us(text: bytes, key: bytes, bound: str) -> bytes:
    """A text for us alone; it opens only with what it is bound to."""
    nonce = urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, bound.encode())


def opened_by_us(sealed: bytes, key: bytes, bound: str) -> bytes:
    """What somebody carried for us. ValueError if it is nothing of ours, or bound to another."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound.encode())
    except InvalidTag as error:
        raise ValueError("it was made elsewhere, or tampered with") from error
