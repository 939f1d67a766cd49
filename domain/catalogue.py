"""Every command, policy and notice of the programme, found by name or by the fact it follows."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, Final

import domain
import domain.notices
import domain.policies
from domain.decision import Command
from domain.notice import Telling
from domain.policy import Policy
from events.event import Event


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in iter_modules(package.__path__):
        name = f"{package.__name__}.{found.name}"
        if not found.ispkg and name != __name__:
            yield import_module(name)


def _commands() -> Iterator[tuple[str, type[Command]]]:
    for module in _modules(domain):
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, Command) and member is not Command:
                yield member.name, member


def _following(package: ModuleType) -> Mapping[type[Event], tuple[Callable[..., Any], ...]]:
    found: dict[type[Event], tuple[Callable[..., Any], ...]] = {}
    for module in _modules(package):
        for member in vars(module).values():
            for fact in getattr(member, "follows", ()):
                found[fact] = (*found.get(fact, ()), member)
    return MappingProxyType(found)


COMMANDS: Final = MappingProxyType(dict(sorted(_commands())))
POLICIES: Final[Mapping[type[Event], tuple[Policy, ...]]] = _following(domain.policies)
TELLINGS: Final[Mapping[type[Event], tuple[Telling, ...]]] = _following(domain.notices)
