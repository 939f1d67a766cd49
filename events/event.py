"""What every fact has in common: it is immutable, it has a name for ever, its ids are its tags."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from events.ids import Id
from events.personal import Erased, Mark, Sealed


class Event(BaseModel):
    """One thing that has happened. It knows neither its position nor its clock (see `Envelope`)."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: ClassVar[str]
    version: ClassVar[int] = 1
    cover: ClassVar[type["Cover"] | None] = None
    """The fact as which it is stored, if not even its kind is for everybody."""
    veiled: ClassVar[bool] = False
    """Whether the envelope leaves out who acted, and on what cause; `by` has it, sealed, or another
    fact of the same command."""
    own_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Its own name of an id field of its cover, where that is another."""
    forgets: ClassVar[str] = ""
    """The field with the id of whom it is forgotten with: from this fact on nothing is opened that
    was sealed under their key."""

    @classmethod
    def context(cls) -> str:
        """The part of the programme that it belongs to: `workshop` of `workshop.booked`."""
        return cls.name.split(".", 1)[0]

    @classmethod
    def wire_name(cls) -> str:
        """Its name in the log's index: `workshop.booked.v1`."""
        return _wire_name(cls)

    @classmethod
    def stored_as(cls) -> type["Event"]:
        """The kind of fact that the log holds for it: itself, or its cover."""
        return cls.cover or cls

    def tags(self) -> tuple[str, ...]:
        """The values of its id fields, rarest first."""
        found = {value: None for name in id_fields(type(self)) if (value := getattr(self, name))}
        return tuple(found)

    def subject_id(self) -> str:
        """The id of what it is mainly about: the first id field of its class."""
        return str(getattr(self, declared_id_fields(type(self))[0]))


class Cover(Event):
    """A fact whose very kind is sealed: all that lies under one cover look alike but for its ids.

    `content` is the fact beneath, by its wire name (`name`) with its `data`, and, where even who
    acted would tell too much, what the envelope leaves out (`by`). It has one size, whatever it
    says. `hidden_tags` is how many of the people beneath can be found by a keyed tag; a fact that
    has fewer has as many tags that lead nowhere.
    """

    size: ClassVar[int]
    hidden_tags: ClassVar[int] = 0
    content: Sealed | Erased

    @classmethod
    def ids_over(cls, fact: Event) -> dict[str, Id]:
        """The ids that the cover shows of a fact beneath it."""
        return {
            name: getattr(fact, fact.own_names.get(name, name)) for name in declared_id_fields(cls)
        }


@cache
def _wire_name(kind: type[Event]) -> str:
    return f"{kind.name}.v{kind.version}"


def _kind(annotation: Any) -> type[Id] | None:
    """The id class of a field's annotation, also where the id may be absent; none of several ids,
    which are no tags.
    """
    may_be = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    for candidate in (annotation, *may_be):
        if isinstance(candidate, type) and issubclass(candidate, Id):
            return candidate
    return None


def id_kinds(model: type[BaseModel]) -> Iterator[tuple[str, type[Id]]]:
    """The id fields of a model with their kinds, without those that are sealed: these are no tags,
    and not what a fact is about.
    """
    for name, field in model.model_fields.items():
        sealed = any(isinstance(one, Mark) for one in field.metadata)
        if not sealed and (kind := _kind(field.annotation)):
            yield name, kind


@cache
def declared_id_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The id fields of a model in the order of its class."""
    return tuple(name for name, _ in id_kinds(model))


@cache
def id_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The id fields of a model, the ids that few facts bear first."""
    return tuple(name for name, _ in sorted(id_kinds(model), key=lambda pair: pair[1].rank))
