"""How long and how often each thing is measured."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Pace:
    """`rounds` of `seconds` each; the rest are amounts, in facts or people."""

    rounds: int
    seconds: float
    people: int
    peer_people: int
    batches: int
    hot: int
    stream: int
    rebuilt_people: int
    idle: float
    large: int
    imported: int


FULL: Final = Pace(
    rounds=3,
    seconds=1.5,
    people=100_000,
    peer_people=120_000,
    batches=200,
    hot=100_000,
    stream=60_000,
    rebuilt_people=2_000,
    idle=10.0,
    large=1_000_000,
    imported=10_000,
)
QUICK: Final = Pace(
    rounds=1,
    seconds=0.5,
    people=15_000,
    peer_people=20_000,
    batches=40,
    hot=10_000,
    stream=5_000,
    rebuilt_people=300,
    idle=3.0,
    large=30_000,
    imported=2_000,
)
