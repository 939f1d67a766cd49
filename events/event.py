"""What every fact has in common: it is immutable, it has a name for ever, its ids are its tags."""

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from events.ids import Id


class Event(BaseModel):
    """One thing that has happened. It knows neither its position nor its clock (see `Envelope`)."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def context(cls) -> str:
        """The part of the programme that it belongs to: `workshop` of `workshop.booked`."""
        return cls.name.split(".", 1)[0]

    @classmethod
    def wire_name(cls) -> str:
        """Its name in the log's index: `workshop.booked.v1`."""
        return _wire_name(cls)

    def tags(self) -> tuple[str, ...]:
        """The values of its id fields, rarest first."""
        found = {value: None for name in id_fields(type(self)) if (value := getattr(self, name))}
        return tuple(found)

    def subject_id(self) -> str:
        """The id of what it is mainly about: the first id field of its class."""
        return str(getattr(self, declared_id_fields(type(self))[0]))


@cache
def _wire_name(kind: type[Event]) -> str:
    return f"{kind.name}.v{kind.version}"


def _kind(annotation: Any) -> type[Id] | None:
    """The id class of a field's annotation, also where the id may be absent."""
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, Id):
            return candidate
    return None


def _id_kinds(model: type[BaseModel]) -> Iterator[tuple[str, type[Id]]]:
    for name, field in model.model_fields.items():
        if kind := _kind(field.annotation):
            yield name, kind


@cache
def declared_id_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The id fields of a model in the order of its class."""
    return tuple(name for name, _ in _id_kinds(model))


@cache
def id_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The id fields of a model, the ids that few facts bear first."""
    return tuple(name for name, _ in sorted(_id_kinds(model), key=lambda pair: pair[1].rank))
