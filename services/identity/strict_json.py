"""JSON of strangers, read in one way only: what two readers might take for two things is none."""

import json
from contextlib import suppress
from math import isfinite
from typing import Any, Final

DIGITS: Final = 18  # of a whole number; more than any time or length has
FRACTION: Final = 32  # characters of a number with a fraction


class NotStrictJson(ValueError):
    """It is not JSON in UTF-8, or it repeats a name, nests too deeply or has a number too large."""


def read_strictly(document: bytes) -> Any:
    """What a document says; NotStrictJson, which tells nothing of the document, if it can't be
    read. Bound its length first.
    """
    with suppress(ValueError, RecursionError):
        return json.loads(
            document.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    raise NotStrictJson(NotStrictJson.__doc__)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text) if len(text) <= FRACTION else float("inf")
    if not isfinite(value):
        raise ValueError("not a number of a sensible size")
    return value


def _constant(_text: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")
