"""Reads in the code of a rule what it may come to, so that no list beside the code can go stale."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import getattr_static, getsource, isclass, isfunction
from textwrap import dedent
from types import FunctionType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Each, Guard, Knowledge
from domain.people.person import Person
from domain.states import GOES_ON, STATES, State
from events.ids import PersonId

T = TypeVar("T")
Owners = tuple[type, ...]


def classes_in(rule: FunctionType | type[Command], kind: type[T]) -> list[type[T]]:
    """The facts, refusals or commands that a rule names, also in what it calls, by their names.

    It may come to each of them, under conditions that only its code tells.
    """
    found = {one for one in _reading(rule).globals if isclass(one) and issubclass(one, kind)}
    return sorted(found, key=lambda one: str(vars(one).get("code") or vars(one).get("name")))


def texts_in(rule: FunctionType) -> set[str]:
    """The texts that stand in a rule and in what it calls."""
    return _reading(rule).texts


def calls_in(rule: FunctionType) -> list[tuple[ast.Call, Mapping[str, Any]]]:
    """What a rule, and what it calls, calls, by the functions' names; each with the names that are
    known where it stands.
    """
    found = {function for function, _, _ in _reading(rule).done}
    functions = sorted(found, key=lambda one: (one.__module__, one.__qualname__))
    nodes = ((node, one.__globals__) for one in functions for node in _body(one))
    return [(node, names) for node, names in nodes if isinstance(node, ast.Call)]


def states_of(kind: type[Command]) -> tuple[State, ...]:
    """The states to which a command may come: of the cohort that it concerns, of the things that it
    is about and of the people whose they are (`domain.deciding.known_for`).
    """
    hints = tuple(get_type_hints(getattr(kind, "decide")).values())  # noqa: B009
    things = {*_things(hints)}
    if any(map(_is_of_people, things)):
        things.add(Person)
    if kind.cohort is Command.cohort and any(map(_names_a_cohort, (kind, *_classes(hints)))):
        things.add(Cohort)
    return tuple(state for thing in STATES if thing in things for state in STATES[thing])


def stop(kind: type[Command]) -> tuple[State, ...]:
    """The states in which a command is refused, as far as it can come to them."""
    if kind.in_confidence:
        return ()
    return tuple(state for state in states_of(kind) if state not in GOES_ON[str(kind.name)])


def _things(hints: Any) -> Iterator[type[Knowledge]]:
    """What stands alone, under a name, or as each of many."""
    for hint in hints:
        if get_origin(hint) is Each:
            yield from _things(get_args(hint))
        elif _is_class(hint) and issubclass(hint, Knowledge):
            yield hint
        elif _is_class(hint) and hasattr(hint, "_fields"):
            yield from _things(get_type_hints(hint).values())


def _is_of_people(known: type[Knowledge]) -> bool:
    said = any("about" in vars(one) for one in known.__mro__ if one is not Knowledge)
    forms = get_type_hints(known).values()
    return said or any(
        PersonId in (get_args(it) if isinstance(it, UnionType) else (it,)) for it in forms
    )


def _names_a_cohort(one: type) -> bool:
    return hasattr(one, "cohort_id") or "cohort_id" in get_type_hints(one)


def _reading(rule: FunctionType | type[Command]) -> "_Reading":
    reading = _Reading()
    if isinstance(rule, FunctionType):
        reading.read(rule, None, ())
    else:
        known = tuple(_classes(get_type_hints(getattr(rule, "decide")).values()))  # noqa: B009
        for name in ("needs", "decide"):
            reading.read(getattr(rule, name), rule, (rule, Act, *known))
        for guard in (one for one in known if issubclass(one, Guard)):  # asked before it decides
            reading.read(vars(guard)["must_let"], guard, (guard, Act))
    return reading


class _Reading:
    """What was named on the way from function to function within the domain."""

    def __init__(self) -> None:
        self.globals: set[Any] = set()
        self.texts: set[str] = set()
        self.done: set[tuple[FunctionType, type | None, Owners]] = set()

    def read(self, function: FunctionType, owner: type | None, owners: Owners) -> None:
        """What a function names; `owners` are the classes whose parts it may use."""
        if (function, owner, owners) in self.done:
            return
        self.done.add((function, owner, owners))
        typed = {"self": owner, **_typed(function)}
        for node in _body(function):
            match node:
                case ast.Constant(value=str(text)):
                    self.texts.add(text)
                case ast.Name(id=name):
                    self._global(function.__globals__.get(name), owners)
                case ast.Attribute(value=ast.Name(id=holder), attr=part) if typed.get(holder):
                    self._part(typed[holder], part, owners)
                case ast.Attribute(attr=part):
                    for one in owners:
                        self._part(one, part, owners)

    def _global(self, found: Any, owners: Owners) -> None:
        if isclass(found):
            self.globals.add(found)
        elif isfunction(found) and _is_ours(found):
            self.read(found, None, owners)

    def _part(self, owner: Any, name: str, owners: Owners) -> None:
        found = getattr_static(owner, name, None)
        found = getattr(found, "fget", getattr(found, "func", found))  # a property's function
        if isfunction(found) and _is_ours(found):
            self.read(found, owner, owners)


@cache
def _body(function: FunctionType) -> tuple[ast.AST, ...]:
    """All that a function does, without its signature."""
    (tree,) = ast.parse(dedent(getsource(function))).body
    assert isinstance(tree, ast.FunctionDef)  # noqa: S101 - no lambda is a rule
    return tuple(node for statement in tree.body for node in ast.walk(statement))


def _typed(function: FunctionType) -> dict[str, type]:
    """The parameters whose class the signature tells."""
    return {name: hint for name, hint in get_type_hints(function).items() if _is_class(hint)}


def _classes(hints: Any) -> Iterator[type]:
    """The classes of ours in hints, also within tuples and alternatives."""
    for hint in hints:
        if _is_class(hint):
            yield hint
            if issubclass(hint, tuple):  # several pieces of knowledge under their names
                yield from _classes(get_type_hints(hint).values())
        yield from _classes(get_args(hint))


def _is_class(hint: Any) -> bool:
    return isclass(hint) and _is_ours(hint)


def _is_ours(found: Any) -> bool:
    return str(found.__module__).startswith("domain.")
