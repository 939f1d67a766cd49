"""What takes long is made once in a run, whichever of its processes comes to it first."""

import os
import pickle
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What `make` gave in a folder of its own, to this process or to another of the same run."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "turn").open("w", encoding="utf-8") as turn:
        flock(turn, LOCK_EX)
        made = folder / "made"
        if not made.exists():
            made.write_bytes(pickle.dumps(make(folder)))
        found: T = pickle.loads(made.read_bytes())  # noqa: S301 - our own
    return found
