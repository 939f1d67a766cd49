"""Decisions as scenes: what was given, who does what, and what follows or is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.decision import Act, K, Refusal, decided
from events.event import Event
from events.ids import CommandId, PersonId
from events.terms import Role

NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)


def command_id(name: str = "wish") -> CommandId:
    return CommandId.derived(NOON, name)


def folded(wanted: K, facts: Iterable[Event]) -> K:
    """The knowledge of `wanted` after these facts: those that bear all its tags, in order."""
    for fact in facts:
        if None not in wanted.tags and set(wanted.tags) <= set(fact.tags()):
            wanted.learn(fact)
    return wanted


@dataclass(frozen=True)
class Given:
    facts: Sequence[Event]

    def when(
        self,
        command: Any,
        *,
        by: str = "system:tests",
        role: Role = Role.COORDINATOR,
        at: datetime = NOON,
        named: str = "wish",
    ) -> "Result":
        act = Act(command_id=command_id(named), time=at, actor=by, role=role)
        try:
            new = decided(command, act, command.needs(lambda wanted: folded(wanted, self.facts)))
        except Refusal as refusal:
            return Result(self.facts, (), refusal)
        return Result(self.facts, new, None)


@dataclass(frozen=True)
class Result(Given):
    new: Sequence[Event]
    refusal: Refusal | None

    def then(self, *expected: Event) -> "Given":
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert list(self.new) == list(expected)
        return Given([*self.facts, *self.new])

    def then_kinds(self, *expected: type[Event]) -> "Given":
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert [type(fact) for fact in self.new] == list(expected)
        return Given([*self.facts, *self.new])

    def then_already_so(self) -> None:
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert not self.new

    def then_refused(self, kind: type[Refusal]) -> None:
        if self.refusal is None:
            pytest.fail(f"was accepted: {self.new}")
        assert type(self.refusal) is kind
        assert self.refusal.sentence


def given(*facts: Event | Iterable[Event]) -> Given:
    flat: list[Event] = []
    for fact in facts:
        flat.extend([fact] if isinstance(fact, Event) else fact)
    return Given(flat)


def person(name: str) -> PersonId:
    return PersonId.derived(NOON, name)
