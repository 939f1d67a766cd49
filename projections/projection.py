"""What a read model is: a key, a row and a pure fold, versioned. The same fold serves live work,
a rebuild, the state as of a moment, and an audit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from events.catalogue import Recorded
from events.event import Event


class Row(BaseModel):
    """What is shown under one key. Personal values in it stay sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Projection(Generic[R]):
    """A question and how it is answered.

    `keys` names the rows that a fact touches (none, if it is of no concern); `fold` gives the new
    row of one of those keys, or None if there is to be none. A changed fold or row is a new
    `version`. `internal` ones serve workers and are not shown in the list.
    """

    name: str
    version: int
    question: str
    row: type[R]
    keys: Callable[[Event], Iterable[str]]
    fold: Callable[[R | None, Recorded[Any], str], R | None]
    internal: bool = False
