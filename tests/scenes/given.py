"""Decisions as scenes: what was given, who does what, and what follows or is refused."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from domain.decision import Act, K, Refusal, decided
from events.event import Cover, Event
from events.ids import CommandId, PersonId
from events.people import PersonErased
from events.personal import ERASED, Sealed, marked, names_in
from events.terms import Role

NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)


def command_id(name: str = "wish") -> CommandId:
    return CommandId.derived(NOON, name)


def folded(wanted: K, facts: Iterable[Event]) -> K:
    """The knowledge of `wanted` after these facts: those that bear all its tags, in order.

    What falls with people who were erased is `Erased` in all of them.
    """
    every, tags = list(facts), wanted.tags
    erased = {fact.person_id for fact in every if isinstance(fact, PersonErased)}
    for fact in every:
        if None not in tags and found_by(fact, concealed=wanted.finds_concealed).issuperset(tags):
            wanted.learn(unopened(fact) if wanted.unopened else without(erased, fact))
    return wanted


def found_by(fact: Event, *, concealed: bool) -> set[str]:
    """The ids by which a fact is found: of one under a cover those that the cover shows, and
    `concealed` people, if the cover lets them be found.
    """
    cover = fact.cover
    if cover is None or (concealed and cover.hidden_tags):
        return {*fact.tags()}
    return {*cover.ids_over(fact).values()}


def unopened(fact: Event) -> Event:
    """A fact with what rules may read sealed, for knowledge that reads nothing of it."""
    shut = {
        name: Sealed(audience=mark.audience(fact), key="1", event="1", field=name, sealed="")
        for name, mark in marked(type(fact), for_rules=True)
    }
    return fact.model_copy(update=shut)


def without(erased: AbstractSet[str], fact: Event) -> Event:
    """A fact as rules meet it once these people were erased."""
    if not erased:
        return fact
    if fact.cover and not erased.isdisjoint(names_in(audience_over(fact))):
        return fact.cover.model_construct(None, content=ERASED, **fact.cover.ids_over(fact))
    gone = {
        name: ERASED
        for name, mark in marked(type(fact))
        if not erased.isdisjoint({*names_in(mark.audience(fact)), *mark.holders(fact)})
    }
    return fact.model_copy(update=gone)


def audience_over(fact: Event) -> str:
    cover = fact.stored_as()
    ((_, mark),) = marked(cover)
    return mark.audience(cover.model_construct(None, **cast("type[Cover]", cover).ids_over(fact)))


@dataclass(frozen=True)
class Given:
    facts: Sequence[Event]

    def when(
        self,
        command: Any,
        *,
        by: str = "system:rehearsal",
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
