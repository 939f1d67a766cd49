"""Cards: under what name somebody is known, and where, sealed under their own key."""

from os import urandom
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json, to_json

from services.vault.epochs import NONCE_BYTES
from services.vault.keys import Keys, Version
from services.vault.words import Card

VERSION_BYTES: Final = 4  # of a card: which version of the person's key seals it
EVEN: Final = 128  # bytes to whose multiples a card is made up


def sealed_card(version: Version, person: str, card: Card) -> bytes:
    """A card as it is kept: the version of the key, nonce, ciphertext and tag of AES-256-GCM."""
    nonce = urandom(NONCE_BYTES)
    text = to_json(card._asdict(), exclude_none=True)
    even = text + b" " * (-len(text) % EVEN)
    secret = version.cipher.encrypt(nonce, even, _bound(person))
    return version.number.to_bytes(VERSION_BYTES, "big") + nonce + secret


def opened_card(keys: Keys, person: str, sealed: bytes) -> Card | None:
    """The card; None if its person was erased. LostKey if there is no such key; ValueError if it
    was tampered with.
    """
    number, secret = int.from_bytes(sealed[:VERSION_BYTES], "big"), sealed[VERSION_BYTES:]
    keys.look()
    version = keys.version(person, number)
    return version and _opened(version.cipher, person, secret)


def _opened(cipher: AESGCM, person: str, secret: bytes) -> Card:
    try:
        text = cipher.decrypt(secret[:NONCE_BYTES], secret[NONCE_BYTES:], _bound(person))
    except InvalidTag as error:
        raise ValueError("a card was tampered with") from error
    fields: dict[str, Any] = from_json(text)
    return Card(**fields)


def _bound(person: str) -> bytes:
    return f"card|{person}".encode()
