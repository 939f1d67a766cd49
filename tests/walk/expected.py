"""What a walk finds and is known: what is still to be mended, strictly. Somebody makes each of
these mistakes in every run (mistakes.py), so what is not found any more must be taken out.
"""

from typing import Final, NamedTuple


class Expected(NamedTuple):
    """A finding that is known: of which kind it is, and why it comes about."""

    name: str
    kind: str
    reason: str


EXPECTED: Final[tuple[Expected, ...]] = ()
NAMES: Final = frozenset(one.name for one in EXPECTED)
