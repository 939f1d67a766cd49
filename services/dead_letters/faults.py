"""What goes wrong in a worker: whether it passes by itself, and what may be said of it."""

from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final, NamedTuple

import nats.errors
import psycopg
from pydantic import ValidationError

HOUSE: Final = Path(__file__).parents[2]
ROOMS: Final = ("events", "domain", "projections", "services")


class TryAgain(RuntimeError):
    """Somebody that we need is away or busy; what was to be done is done later."""


def passes(error: BaseException) -> bool:
    """Whether a fault may be gone when the same is tried again; all others are for good."""
    if isinstance(error, psycopg.Error):
        return not isinstance(error, psycopg.DataError | psycopg.IntegrityError)
    return isinstance(error, TryAgain | OSError | nats.errors.Error)


class Fault(NamedTuple):
    """What went wrong, without a value: nobody's words may come into a dead letter."""

    error: str
    problem: str

    @classmethod
    def of(cls, error: BaseException) -> "Fault":
        """The class of an error, and where in our rooms it arose. Its text may hold anything."""
        return cls(type(error).__name__, "; ".join(_details(error)) or "no place in our rooms")


def _details(error: BaseException) -> Iterator[str]:
    if isinstance(error, ValidationError):
        for one in error.errors(include_input=False, include_context=False, include_url=False)[:5]:
            yield f"{'.'.join(map(str, one['loc']))}: {one['type']}"
    if isinstance(error, psycopg.Error) and error.sqlstate:
        yield f"SQLSTATE {error.sqlstate}"
    ours = [where for where in map(_where, walk_tb(error.__traceback__)) if where]
    yield from ours[-1:]


def _where(step: tuple[Any, int]) -> str | None:
    frame, line = step
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(HOUSE) or path.relative_to(HOUSE).parts[0] not in ROOMS:
        return None
    return f"{path.relative_to(HOUSE)}:{line} in {frame.f_code.co_name}"
