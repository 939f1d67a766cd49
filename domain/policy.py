"""What follows from a fact by itself, beyond the boundary of the decision that made it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from domain.decision import Command
from events.catalogue import Recorded
from events.event import Event

E = TypeVar("E", bound=Event)
Policy = Callable[[Recorded[Any]], Iterator[Command]]


def when(rule: str, *facts: type[Event]) -> Callable[[Policy], Policy]:
    """Marks a policy: its rule's name for ever, and which facts it follows.

    Every command that it asks for has an id that derives from the rule's name, so a name that
    changed would ask again for all that it had asked for. It is a literal, wherever the policy
    stands, as a fact's wire name is.
    """

    def mark(policy: Policy) -> Policy:
        vars(policy).update(rule=rule, follows=facts)
        return policy

    return mark


def rule_of(policy: Policy) -> str:
    """The name of a policy's rule, for ever: `offers.when_a_place_comes_free`."""
    return str(vars(policy)["rule"])
