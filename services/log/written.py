"""What whoever asked is told of a fact that they brought about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A fact that a command has brought about, and where it stands."""

    position: int
    name: str
    subject: str
