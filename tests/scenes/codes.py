"""Every code that says something of somebody, so that a test can look for them all."""

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

import domain
from events import needs, reasons, terms

CLEAR: Final = frozenset(
    member.value
    for kind in (
        terms.Side,
        terms.Purpose,
        terms.Role,
        terms.System,
        terms.AskedBy,
        terms.EarlierReason,
        terms.HeadOfTheLine,
        terms.Lack,
        reasons.OfSomebody,  # the names of facts
        reasons.OfTheTeam,
        needs.Kind,  # in the ids of tasks, which follow from facts that are clear
    )
    for member in kind
)
"""Codes that anybody may read."""
STATES: Final = ("Status", "State", "Stage", "Standing", "Verdict")
"""What enums are called that rules keep to themselves."""


def codes() -> set[str]:
    """All but those that anybody may read, and those that no fact has."""
    kinds = [kind for kind in _kinds() if not kind.__name__.endswith(STATES)]
    kinds += [terms.Standing, terms.Background]
    return {member.value for kind in kinds for member in kind} - CLEAR


def _kinds() -> Iterator[type[StrEnum]]:
    for module in (terms, *_modules()):
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum:
                yield one


def _modules() -> Iterator[ModuleType]:
    house = Path(domain.__file__).parent
    for file in sorted(house.rglob("*.py")):
        name = ".".join(("domain", *file.relative_to(house).with_suffix("").parts))
        yield import_module(name.removesuffix(".__init__"))
