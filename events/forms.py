"""The forms that a field may have which anybody can read: none of them can hold what people type.

A text may stand in the clear only as an id, as one of a list, or in a pattern that is known here.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from events.ids import Id
from events.schemas import DIGEST, POSITION, REFERENCE

FIXED: Final[Mapping[str, str]] = MappingProxyType(
    {
        POSITION["pattern"]: "a position",
        DIGEST["pattern"]: "a keyed digest",
        REFERENCE["pattern"]: "the id of a command or a fact",
    }
)
WIDEST: Final = 1000
"""A number that could be more would be a name for somebody: a telephone has one."""
PLAIN: Final[Mapping[Any, str]] = MappingProxyType(
    {bool: "yes or no", date: "a day", AwareDatetime: "a moment"}
)
LISTS: Final = (tuple, list, set, frozenset)


class NotClear(ValueError):
    """A form in which something could stand that is not for everybody. Mark the field as sealed."""


def form_of(annotation: Any, limits: Iterable[Any] = ()) -> str:
    """A form in words; NotClear if it is none of those that anybody may read.

    `limits` are what pydantic keeps of a field beside its annotation.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return form_of(parts[0], _flat(parts[1:]))
    if origin in (Union, UnionType):
        return " or ".join(form_of(one, limits) for one in parts if one is not NoneType)
    if origin is Literal:
        return f"one of {', '.join(f'`{one}`' for one in parts)}"
    if origin in LISTS:
        return f"a list of {' or '.join(form_of(one) for one in parts if one is not ...)}"
    if origin is not None and issubclass(origin, Mapping):
        return f"an object of {' with '.join(form_of(one) for one in parts)}"
    if isinstance(annotation, type):
        return _simple(annotation, tuple(limits))
    raise NotClear(f"{annotation} can hold anything")


def kinds_in(annotation: Any) -> Iterator[type]:
    """Every class that a form names, also within lists and alternatives."""
    if isinstance(annotation, type):
        yield annotation
    for one in get_args(annotation):
        yield from kinds_in(one)


def _simple(kind: type, limits: tuple[Any, ...]) -> str:
    if issubclass(kind, Id):
        return f"an id `{kind.prefix}_…`"
    if issubclass(kind, Enum):
        return f"one of `{kind.__name__}`"
    if issubclass(kind, BaseModel):
        return f"an object ({'; '.join(_parts(kind))})"
    if kind is int:
        return _number(_limit(limits, "ge"), _limit(limits, "le"))
    pattern = _limit(limits, "pattern") if kind is str else None
    if words := FIXED.get(pattern or "") or PLAIN.get(kind):
        return words
    raise NotClear(f"{kind.__name__} can hold what is not for everybody")


def _parts(model: type[BaseModel]) -> Iterator[str]:
    """A mark within a part seals nothing, since only whole fields of a fact are sealed."""
    if model.model_config.get("extra") == "allow":
        raise NotClear(f"{model.__name__} takes fields that it does not know")
    for name, field in model.model_fields.items():
        yield f"{name}: {form_of(field.annotation, field.metadata)}"


def _number(least: int | None, most: int | None) -> str:
    if least is None or most is None or most - least > WIDEST:
        raise NotClear(f"a number needs bounds, no more than {WIDEST} apart")
    return f"a number from {least} to {most}"


def _limit(limits: Iterable[Any], name: str) -> Any:
    """A bound or a pattern among what pydantic keeps of a field."""
    return next((found for one in limits if (found := getattr(one, name, None)) is not None), None)


def _flat(limits: Iterable[Any]) -> Iterator[Any]:
    for one in limits:
        yield from getattr(one, "metadata", (one,))
