"""Every command, policy and notice of the programme, found by name or by the fact it follows, and
what is refused only because it is too early.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from inspect import isfunction
from pkgutil import walk_packages
from types import MappingProxyType, ModuleType
from typing import Any, Final

import domain
from domain.decision import Command, TooEarly
from domain.notice import NoticeRule
from domain.policy import Policy
from events.event import Event

AnyRule = Callable[..., Any]


JUDGES: Final = f"{domain.__name__}.invariants."  # they look on, and bring nothing about


def _modules() -> Iterator[ModuleType]:
    """The modules of all subjects, in the order of their names."""
    for found in walk_packages(domain.__path__, f"{domain.__name__}."):
        if not (found.ispkg or found.name == __name__ or found.name.startswith(JUDGES)):
            yield import_module(found.name)


def _own(module: ModuleType) -> Iterator[Any]:
    """What stands in a module, and not what it imports."""
    for member in vars(module).values():
        if getattr(member, "__module__", None) == module.__name__:
            yield member


MEMBERS: Final = tuple(member for module in _modules() for member in _own(module))


def _commands(*, at_the_door: bool, in_confidence: bool) -> Iterator[tuple[str, type[Command]]]:
    where = at_the_door, in_confidence
    for member in MEMBERS:
        if isinstance(member, type) and issubclass(member, Command) and member is not Command:
            asked = member.at_the_door, member.in_confidence
            yield from [(member.name, member)] if asked == where else ()


def _too_early() -> Iterator[str]:
    for member in MEMBERS:
        if isinstance(member, type) and issubclass(member, TooEarly) and member is not TooEarly:
            yield member.code


def _following(mark: str) -> Mapping[type[Event], tuple[AnyRule, ...]]:
    """The rules that bear a mark, by the facts that it names."""
    found: dict[type[Event], tuple[AnyRule, ...]] = {}
    for member in filter(isfunction, MEMBERS):
        for fact in vars(member).get(mark, ()):
            found[fact] = (*found.get(fact, ()), member)
    return MappingProxyType(found)


COMMANDS: Final = MappingProxyType(dict(sorted(_commands(at_the_door=True, in_confidence=False))))
INSIDE: Final = MappingProxyType(dict(sorted(_commands(at_the_door=False, in_confidence=False))))
"""Those that the door does not take: who may write to the log asks for them."""
IN_CONFIDENCE: Final = MappingProxyType(
    dict(sorted(_commands(at_the_door=True, in_confidence=True)))
)
"""Those of what is told in confidence, which has a door and a log of its own."""
TOO_EARLY: Final = frozenset(_too_early())  # codes of refusals that time alone may make wrong
POLICIES: Final[Mapping[type[Event], tuple[Policy, ...]]] = _following("follows")
NOTICES: Final[Mapping[type[Event], tuple[NoticeRule, ...]]] = _following("tells")
