"""What a read model is: a key, a row and a pure fold, versioned. The same fold serves live work,
a rebuild, the state as of a moment, and an audit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from events.catalogue import Recorded
from events.event import Event
from events.personal import Beside, Closed, Sealed
from events.reasons import CohortReasonPutRight, PersonReasonPutRight
from events.terms import Code


class Part(BaseModel):
    """A part of a row."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def but(self, **changes: Any) -> Self:
        """The same with some fields changed, which are not checked again.

        As `model_copy` does it for a frozen model without private parts, at a tenth of the cost: a
        rebuild makes little else.
        """
        new = type(self).__new__(type(self))
        attributes = {
            "__dict__": {**self.__dict__, **changes},
            "__pydantic_fields_set__": self.__pydantic_fields_set__ | changes.keys(),
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
        for name, value in attributes.items():
            object.__setattr__(new, name, value)
        return new


class Row(Part):
    """What is kept under one key. What came sealed stays so; it is opened where it is shown.

    `position` is that of the last fact folded into it.
    """

    position: int

    def after(self, fact: Recorded[Event], **changes: Any) -> Self:
        """The row once a fact is folded in, with what the fact changes."""
        return self.but(position=fact.envelope.position, **changes)


Shown = dict[str, Any]
"""A row as JSON, opened as far as whoever looks may open it."""
R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Projection(Generic[R]):
    """A question and how it is answered.

    `keys` names the rows that a fact touches (none, if it is of no concern), each once; `fold`
    gives the new row of one of those keys, or None if there is to be none. A changed fold or row
    is a new `version`. `told`, if there is one, makes of an opened row what people are shown: it
    says what follows from values that were sealed, and leaves out what is nobody's to see.
    `found_by` are fields by which rows are looked up beside their key. A row `unseen` is kept
    so that later facts can be folded, and shown to nobody.
    """

    name: str
    version: int
    question: str
    row: type[R]
    keys: Callable[[Event], Iterable[str]]
    fold: Callable[[R | None, Recorded[Any], str], R | None]
    told: Callable[[Shown], Shown] | None = None
    found_by: tuple[str, ...] = ()
    unseen: Callable[[Shown], bool] | None = None

    def is_unseen(self, stored: Shown) -> bool:
        """Whether a stored row is shown to nobody."""
        return self.unseen is not None and self.unseen(stored)

    def shown(self, opened: Shown) -> Shown:
        """What people are shown of a row that was opened."""
        return self.told(opened) if self.told else opened

    def stands_open(self, field: str) -> bool:
        """Whether a field of the stored rows is in the clear; parts of it may yet be sealed."""
        info = self.row.model_fields.get(field)
        return info is not None and not _may_be_sealed(info.annotation)


def _may_be_sealed(form: Any) -> bool:
    return form in (Sealed, Beside) or any(map(_may_be_sealed, get_args(form)))


class Explained(Part):
    """What tells why it is as it is: the reason of the fact that brought it about last, and which
    kind of fact that is.
    """

    because: Closed[Code] | None = None
    because_of: str | None = None


X = TypeVar("X", bound=Explained)


def why(event: Event, changes: dict[str, Any]) -> dict[str, Any]:
    """What a fact changes, with its name beside its reason."""
    return {**changes, "because_of": event.name} if "because" in changes else changes


def reason_put_right(part: X, event: PersonReasonPutRight | CohortReasonPutRight) -> X:
    """The same with the right reason, if it tells the one that is put right."""
    tells_it = part.because is not None and part.because_of == event.of
    return part.but(because=event.reason) if tells_it else part


def with_part(parts: tuple[P, ...], part: P, by: str) -> tuple[P, ...]:
    """`parts` with `part` in the place of the one whose field `by` is the same, else at the end."""
    mine = getattr(part, by)
    if not any(getattr(one, by) == mine for one in parts):
        return (*parts, part)
    return tuple(part if getattr(one, by) == mine else one for one in parts)


def part_of(parts: tuple[P, ...], by: str, value: object) -> P | None:
    """The one of `parts` whose field `by` has this value."""
    return next((one for one in parts if getattr(one, by) == value), None)
