"""Reads in the code of a rule what it may come to, so that no list beside the code can go stale."""

from collections.abc import Iterator
from functools import cached_property
from inspect import getattr_static, isclass, isfunction
from types import CodeType, FunctionType
from typing import Any, TypeVar, get_type_hints

from domain.decision import Act, Command
from events.event import Event

T = TypeVar("T")
Rule = FunctionType | type[Command]


def named_in(rule: Rule, kind: type[T]) -> list[type[T]]:
    """The classes of a kind (facts, refusals, commands) that a rule names, also through others.

    It may come to each of them, though not under all conditions.
    """
    reader = _Reader()
    if isinstance(rule, FunctionType):
        reader.read(rule, ())
    else:
        for function in ("needs", "decide"):
            reader.read(getattr(rule, function), (rule, Act, *_known_to(rule)))
    return sorted((one for one in reader.named if issubclass(one, kind)), key=lambda c: c.__name__)


def texts_in(rule: FunctionType) -> set[str]:
    """The texts that stand in a rule and in the functions it calls."""
    reader = _Reader()
    reader.read(rule, ())
    return reader.texts


def _known_to(command: type[Command]) -> Iterator[type]:
    hints = get_type_hints(command.decide)  # type: ignore[attr-defined]  # each command decides
    for hint in hints.values():
        if _is_ours(hint):
            yield hint


def _is_ours(found: Any) -> bool:
    return str(getattr(found, "__module__", "")).startswith("domain.")


class _Reader:
    """Follows names from function to function within the domain."""

    def __init__(self) -> None:
        self.named: set[type] = set()
        self.texts: set[str] = set()
        self._read: set[tuple[FunctionType, tuple[type, ...]]] = set()

    def read(self, function: FunctionType, owners: tuple[type, ...]) -> None:
        """What a function names; `owners` are the classes whose parts it may use."""
        if (function, owners) in self._read:
            return
        self._read.add((function, owners))
        for code in _codes(function.__code__):
            self.texts.update(text for text in code.co_consts if isinstance(text, str))
            for name in code.co_names:
                self._global(function.__globals__.get(name), owners)
                for owner in owners:
                    self._part(owner, name, owners)

    def _global(self, found: Any, owners: tuple[type, ...]) -> None:
        if isclass(found):
            self.named.add(found)
        elif isfunction(found) and _is_ours(found):
            self.read(found, owners)

    def _part(self, owner: type, name: str, owners: tuple[type, ...]) -> None:
        found = getattr_static(owner, name, None)
        if isinstance(found, property):
            found = found.fget
        elif isinstance(found, cached_property):
            found = found.func
        if isfunction(found) and _is_ours(found):
            self.read(found, (*owners, owner) if owner not in owners else owners)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


__all__ = ["Event", "named_in", "texts_in"]
