"""How a fold learns: by methods that are marked with the facts that they learn from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from events.event import Event

Learning = TypeVar("Learning", bound=Callable[..., Iterable[Any] | None])


def learns(*facts: type[Event]) -> Callable[[Learning], Learning]:
    """Marks a method that takes in these facts, each with its envelope."""

    def mark(method: Learning) -> Learning:
        vars(method)["learns"] = facts
        return method

    return mark


class Learner:
    """Something that learns from facts, each once and in their order.

    `methods` are the names of its marked methods by the facts that they take in, those of the class
    that it extends first; `reads` are these facts.
    """

    methods: ClassVar[Mapping[type[Event], tuple[str, ...]]] = {}
    reads: ClassVar[frozenset[type[Event]]] = frozenset()

    def __init_subclass__(cls) -> None:
        found = dict(cls.methods)
        for name, method in vars(cls).items():
            for kind in getattr(method, "learns", ()):
                found[kind] = tuple(dict.fromkeys((*found.get(kind, ()), name)))
        cls.methods, cls.reads = found, frozenset(found)
