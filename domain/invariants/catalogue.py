"""Every invariant, found by its name, and the judge that holds one log against all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, TypeGuard

import domain.invariants
from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from events.catalogue import Recorded
from events.event import Event

Look = Callable[[Recorded[Any]], Iterable[Finding] | None]


def _found() -> Iterator[type[Invariant]]:
    """The invariants of all subjects, each from the module in which it stands."""
    package = domain.invariants
    for found in iter_modules(package.__path__, f"{package.__name__}."):
        if found.name != __name__:
            yield from (one for one in vars(import_module(found.name)).values() if _is_one(one))


def _is_one(member: object) -> TypeGuard[type[Invariant]]:
    """Whether it is a kind with a name of its own; what several kinds share has none."""
    return isinstance(member, type) and issubclass(member, Invariant) and "name" in vars(member)


INVARIANTS: Final = tuple(sorted(set(_found()), key=lambda one: one.name))
"""All kinds, by name."""


class Judge:
    """All invariants over one log; it learns each fact once, in order.

    Facts come opened, as rules know them: from under their covers, and what fell with people who
    were erased is `Erased`. What must hold after all facts of a command is told with the first
    fact of the next one, or by `standing`.
    """

    def __init__(self, kinds: Iterable[type[Invariant]] = INVARIANTS) -> None:
        """`kinds`: those that can be judged; without keys, not all."""
        self.log = Chronicle()
        invariants = tuple(kind(self.log) for kind in kinds)
        looks = defaultdict[type[Event], list[Look]](list)
        for one in (*self.log.parts, *invariants):
            for kind, names in one.methods.items():
                looks[kind].extend(getattr(one, name) for name in names)
        self._looks = {kind: tuple(found) for kind, found in looks.items()}
        self._settled = tuple(
            one.settled for one in invariants if type(one).settled is not Invariant.settled
        )
        self._standing = tuple(
            one.standing for one in invariants if type(one).standing is not Invariant.standing
        )
        self._command = ""
        self._told: set[Finding] = set()

    def learn(self, fact: Recorded[Any]) -> list[Finding]:
        """What this fact brought about that must not be, and what the command before it did."""
        envelope = fact.envelope
        found: list[Finding] = []
        if envelope.origin.command_id != self._command:
            self._command = envelope.origin.command_id
            for settled in self._settled:
                found += settled()
        self.log.latest = envelope.recorded
        for look in self._looks.get(type(fact.event), ()):
            if new := look(fact):
                found += new
        return found

    def pass_over(self, position: int) -> None:
        """Something stands there that can't be read. What follows is not held against it."""
        self.log.unread.add(position)

    def standing(self, now: datetime) -> list[Finding]:
        """What must not stand at this moment; what still stands is not told again."""
        found = [finding for settled in self._settled for finding in settled()]
        found += (finding for standing in self._standing for finding in standing(now))
        new = [one for one in found if one not in self._told]
        self._told.update(new)
        return new
