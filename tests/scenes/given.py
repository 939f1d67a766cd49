"""Decisions as scenes: what was given, who does what, and what follows or is refused."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from itertools import permutations
from typing import Any, cast

import pytest

from domain.deciding import decided, known_for
from domain.decision import Act, K, Knowledge, Refusal
from events.event import Cover, Event
from events.ids import CommandId, ImportId, PersonId
from events.one_person import OnePerson
from events.personal import ERASED, Sealed, marked, names_in
from events.terms import Role

NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)


def command_id(name: str = "wish") -> CommandId:
    return CommandId.derived(NOON, name)


def folded(wanted: K, facts: Iterable[Event]) -> K:
    """The knowledge of `wanted` after these facts: those that bear all its tags, in order.

    What falls with people who were erased, and with contacts who ended, is `Erased` in all of them.
    """
    every = list(facts)
    one_person = OnePerson(() if wanted.as_recorded else every)
    wanted = one_person.named(wanted)
    tags = wanted.tags
    erased = {getattr(fact, fact.forgets) for fact in every if fact.forgets}
    for fact in every:
        borne = set(map(one_person.kept, found_by(fact, concealed=wanted.finds_concealed)))
        if None not in tags and borne.issuperset(tags):
            met = unopened(fact) if wanted.unopened else without(erased, fact)
            wanted.learn(one_person.named(met))
    return wanted


class Sharing:
    """Knows what facts say, and gives everybody who asks for one class and tags the same object, as
    the writer's memory does: the one of whoever asked first.

    With `before`, somebody had asked for everything before, in another order of its ids.
    """

    def __init__(self, facts: Sequence[Event], *, before: bool = False) -> None:
        self._facts, self._before = facts, before
        self._held: dict[tuple[type[Knowledge], tuple[str | None, ...]], Knowledge] = {}
        self._one_person = OnePerson(facts)
        self.differ = False

    def __call__(self, wanted: K) -> K:
        if None in wanted.tags:
            return wanted
        wanted = wanted if wanted.as_recorded else self._one_person.named(wanted)
        key = (type(wanted), wanted.tags)
        if key not in self._held:
            others = [one for one in in_other_orders(wanted) if one != wanted]
            self.differ |= bool(others)
            first = others[-1] if others and self._before else wanted
            self._held[key] = folded(first, self._facts)
        return cast("K", self._held[key])


def in_other_orders(wanted: K) -> Iterator[K]:
    """The same question with its ids in every other order under which it is still the same."""
    names = names_of_ids(type(wanted))
    if len(names) > 1:
        _, *others = permutations([getattr(wanted, name) for name in names])
        asked = (type(wanted)(*ids) for ids in others)
        yield from (one for one in asked if one.tags == wanted.tags)


def names_of_ids(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a knowledge that must be given: its ids, in its order."""
    return tuple(one.name for one in fields(kind) if one.default is one.default_factory is MISSING)


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
        asked: datetime | None = None,
        import_id: ImportId | None = None,
    ) -> "Result":
        side = getattr(command, "side", None) if role is Role.CO_CHAIR else None
        who: Any = {"actor": by, "role": role, "side": side, "import_id": import_id}
        act = Act(command_id=command_id(named), time=at, asked_at=asked, **who)
        know = Sharing(self.facts)
        found = self._decided(command, act, know)
        if know.differ:
            other = self._decided(command, act, Sharing(self.facts, before=True))
            assert (type(found.refusal), found.new) == (type(other.refusal), other.new)
        return found

    def _decided(self, command: Any, act: Act, know: Sharing) -> "Result":
        one_person = OnePerson(self.facts)
        command, act = one_person.meant(command), one_person.named(act)
        try:
            new = decided(command, act, known_for(command, know, act.import_id))
            return Result(self.facts, [one_person.recorded(fact) for fact in new], None)
        except Refusal as refusal:
            return Result(self.facts, (), refusal)


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
