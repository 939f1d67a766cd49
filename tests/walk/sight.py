"""What people of a walk can name: every id that a fact bore, and which ids stood beside it."""

from collections import defaultdict
from random import Random
from typing import Final, TypeVar, cast

from events.event import Event, id_kinds
from events.ids import CohortId, Id, TaskId
from events.needs import Kind
from projections.tasks import TASKS
from tests.scenes.given import NOON

T = TypeVar("T", bound=Id)
LATELY: Final = 12


class Sight:
    """Ids by their kind, in the order in which they came up."""

    def __init__(self) -> None:
        self._known: dict[Id, None] = {}
        self._ids: defaultdict[type[Id], list[Id]] = defaultdict(list)
        self._beside: defaultdict[Id, dict[Id, None]] = defaultdict(dict)

    def take(self, fact: Event) -> None:
        """See the ids of one more fact."""
        here: list[Id] = [one for name, _ in id_kinds(type(fact)) if (one := getattr(fact, name))]
        here += [one for key in TASKS.keys(fact) if (one := TaskId(key)) not in here]
        for one in here:
            if one not in self._known:
                self._known[one] = None
                self._ids[type(one)].append(one)
            self._beside[one].update((other, None) for other in here if other != one)

    def all(self, kind: type[T]) -> list[T]:
        """Every id of a kind."""
        return self._ids[kind]  # type: ignore[return-value]  # by its kind

    def some(self, kind: type[T], chance: Random) -> T:
        """One of a kind, more likely a late one; now and then one that nobody knows."""
        known = self.all(kind)
        if not known or chance.random() < 0.02:
            return _nobodys(kind, chance)
        return chance.choice(known[-LATELY:] if chance.random() < 0.5 else known)

    def beside(self, kind: type[T], things: list[Id], chance: Random) -> T | None:
        """One of a kind that stood in a fact with these; None if none did."""
        found = [one for it in things for one in self._beside.get(it, ()) if type(one) is kind]
        return chance.choice(found) if found else None


def _nobodys(kind: type[T], chance: Random) -> T:
    """An id that nobody knows."""
    number = str(chance.randrange(3))
    if kind is TaskId:
        of_none = TaskId.of(chance.choice(tuple(Kind)), CohortId.derived(NOON, number))
        return cast("T", of_none)
    return kind.derived(NOON, number)
