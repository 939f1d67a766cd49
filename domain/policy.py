"""What follows from a fact by itself, beyond the boundary of the decision that made it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from domain.decision import Command
from events.catalogue import Recorded
from events.event import Event

E = TypeVar("E", bound=Event)
Policy = Callable[[Recorded[Any]], Iterator[Command]]


def when(*facts: type[Event]) -> Callable[[Policy], Policy]:
    """Marks a policy: which facts it follows. Its own name is the rule's name for ever."""

    def mark(policy: Policy) -> Policy:
        vars(policy)["follows"] = facts
        return policy

    return mark
