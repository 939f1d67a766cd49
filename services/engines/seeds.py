"""What users of the bus show who they are with, as NATS writes it (nkeys): Ed25519 in base 32.

A user keeps a seed, the bus knows its public key. Needs only the standard library, as
`deploy/make-secrets` does; so the one thing done here with a seed is to find its public key, once,
where nobody can measure how long that takes. Signatures are made by specialists (`proof.py`).
"""

import base64
import binascii
import hashlib
import secrets
from typing import Final

# The first byte of what is written, whose five highest bits are the letter that it begins with.
_SEED: Final = 18 << 3
_USER: Final = 20 << 3
_LONG: Final = 36  # bytes of a seed: two that say what it is, its own 32, and the check sum's two

_FIELD: Final = 2**255 - 19
_CURVE: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y: Final = 4 * pow(5, -1, _FIELD) % _FIELD
_Point = tuple[int, int, int, int]  # in extended coordinates, as in RFC 8032, 5.1.4
_BASE: Final[_Point] = (_X, _Y, 1, _X * _Y % _FIELD)
_ZERO: Final[_Point] = (0, 1, 1, 0)


class NoSeed(ValueError):
    """What was given is not the seed of a user of the bus."""


def fresh_seed() -> str:
    """A new seed, of 256 bits of chance."""
    return _written(bytes([_SEED | _USER >> 5, (_USER & 31) << 3]) + secrets.token_bytes(32))


def key_of(seed: str) -> bytes:
    """The 32 bytes of a seed. Raises NoSeed."""
    text = seed.strip()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        raise NoSeed from None
    if len(raw) != _LONG or text != _written(raw[:34]) or text[:2] != "SU":
        raise NoSeed
    return raw[2:34]


def public_key(seed: str) -> str:
    """By what the bus knows whoever has this seed. Raises NoSeed."""
    number = int.from_bytes(hashlib.sha512(key_of(seed)).digest()[:32], "little")
    number = number & ((1 << 254) - 8) | 1 << 254
    return name_of_key(_compressed(_times(number)))


def name_of_key(public: bytes) -> str:
    """A public key of 32 bytes as NATS writes it for a user."""
    return _written(bytes([_USER]) + public)


def _written(raw: bytes) -> str:
    """With its check sum, in letters and digits."""
    check = binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(raw + check).decode().rstrip("=")


def _times(number: int) -> _Point:
    found, doubled = _ZERO, _BASE
    while number:
        if number & 1:
            found = _sum(found, doubled)
        doubled = _sum(doubled, doubled)
        number >>= 1
    return found


def _sum(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _FIELD
    b = (one[1] + one[0]) * (other[1] + other[0]) % _FIELD
    c = 2 * one[3] * other[3] * _CURVE % _FIELD
    d = 2 * one[2] * other[2] % _FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _FIELD, g * h % _FIELD, f * g % _FIELD, e * h % _FIELD


def _compressed(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _FIELD)
    x, y = point[0] * inverse % _FIELD, point[1] * inverse % _FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")
