"""What the writer knows: folded knowledge in memory, as far as the log's head, and bounded."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import psycopg
from psycopg.types.json import Jsonb
from pydantic_core import from_json, to_json

from domain.decision import K, Knowledge
from events.catalogue import CATALOGUE
from events.event import Event
from services.log.log import Stored
from services.log.statements import FACTS

KnowledgeKey = tuple[type[Knowledge], tuple[str | None, ...]]
T = TypeVar("T")
BUDGET: Final = 1_000_000  # facts folded into what is held; some hundred bytes each

SLICE: Final = 2000  # facts of one kind that are loaded at once; whoever needs more comes again


class Partial(NamedTuple):
    """Knowledge that is not whole yet: folded up to a position, from so many facts."""

    knowledge: Knowledge
    upto: int
    cost: int


class Memory:
    """Knowledge by class and tags, each folded to `head`. Not safe for threads: one writer's own.

    `open` opens what the panel alone may read, since rules read it.
    """

    def __init__(self, head: int, open_: Callable[[Event], Event], budget: int = BUDGET) -> None:
        self.head = head
        self._open = open_
        self._budget = budget
        self._held: OrderedDict[KnowledgeKey, Knowledge] = OrderedDict()
        self._costs: dict[KnowledgeKey, int] = {}
        self._by_tag: dict[str, dict[KnowledgeKey, None]] = {}
        self._missing: dict[KnowledgeKey, Knowledge] = {}
        self._parts: dict[KnowledgeKey, Partial] = {}
        self._anticipated: list[tuple[Event, frozenset[str]]] = []
        self.cost = 0

    def know(self, wanted: K) -> K:
        """What is held of `wanted`; if nothing is, `wanted` itself, noted as missing."""
        tags = wanted.tags
        if None in tags:
            return wanted
        key: KnowledgeKey = (type(wanted), tags)
        held = self._held.get(key)
        if held is None:
            self._missing.setdefault(key, wanted)
            return wanted
        self._held.move_to_end(key)
        return held  # type: ignore[return-value]  # the key holds its class

    def fill(
        self, cursor: psycopg.Cursor[Any], asking: Iterable[Callable[[], T]], *, heavy: bool = True
    ) -> list[T] | None:
        """What these calls of `needs` give once all that they ask for is loaded, one batched read
        a round.

        None if something is so heavy that only a part of it is loaded: call again for the next,
        after whatever should not wait for all of it. Without `heavy` no such part is loaded.
        """
        calls, begun = list(asking), set[KnowledgeKey]() if heavy else set(self._parts)
        while True:
            self._missing.clear()
            found = [call() for call in calls]
            missing = {key: one for key, one in self._missing.items() if key not in begun}
            if not missing:
                return None if self._missing else found
            self._load(cursor, missing)
            begun |= missing.keys()

    def anticipate(self, event: Event, tags: Iterable[str]) -> None:
        """Take in a fact that has its position in this turn and is not written yet."""
        self._anticipated.append((event, frozenset(tags)))
        self.learn(event, tags)

    def advance(self, head: int) -> None:
        """All that was anticipated is in the log now, and `head` is its last position."""
        self._anticipated.clear()
        self.head = head

    def learn(self, event: Event, tags: Iterable[str]) -> None:
        """Take one new fact in, wherever it is of concern."""
        borne = set(tags)
        for tag in borne:
            for key in self._by_tag.get(tag, ()):
                if borne.issuperset(key[1]):
                    self._teach(key, event)

    def learn_stored(self, row: Stored) -> None:
        """Take a row of the log in, decoded only if somebody wants to know."""
        if any(self._by_tag.get(tag) for tag in row.tags):
            self.learn(self._open(_fact(row.type, row.document)), row.tags)

    def forget_some(self) -> None:
        """Drop what was not asked for the longest time, until the rest is within the budget."""
        while self.cost > self._budget and self._parts:
            self.cost -= self._parts.pop(next(iter(self._parts))).cost
        while self.cost > self._budget and self._held:
            key, _ = self._held.popitem(last=False)
            self.cost -= self._costs.pop(key)
            self._by_tag[str(key[1][0])].pop(key)
            if not self._by_tag[str(key[1][0])]:
                del self._by_tag[str(key[1][0])]

    def _teach(self, key: KnowledgeKey, event: Event) -> None:
        if type(event) in key[0].facts:
            self._held[key].learn(event)
            self._costs[key] += 1
            self.cost += 1

    def _load(self, cursor: psycopg.Cursor[Any], missing: Mapping[KnowledgeKey, Knowledge]) -> None:
        keys = list(missing)
        parts = [self._parts.get(key) or Partial(missing[key], 0, 1) for key in keys]
        cursor.execute(FACTS, (Jsonb(_needed(keys, parts), to_json), self.head, SLICE))
        rows: list[list[Stored]] = [[] for _ in keys]
        for number, *row in cursor.fetchall():
            rows[number].append(Stored(*row))
        for key, part, found in zip(keys, parts, rows, strict=True):
            self._fold(key, part, found)

    def _fold(self, key: KnowledgeKey, part: Partial, rows: Sequence[Stored]) -> None:
        # Kept only when folded: what a fault left half done must not be taken for knowledge.
        if self._parts.pop(key, None):
            self.cost -= part.cost
        upto = _known_upto(rows) if len(rows) >= SLICE else None
        borne = [row for row in rows if set(row.tags).issuperset(key[1])]
        learned = borne if upto is None else [row for row in borne if row.position <= upto]
        for row in learned:
            part.knowledge.learn(self._open(_fact(row.type, row.document)))
        cost = part.cost + len(learned)
        if upto is None:
            self._hold(key, part.knowledge, cost)
        else:
            self._parts[key] = Partial(part.knowledge, upto, cost)
            self.cost += cost

    def _hold(self, key: KnowledgeKey, knowledge: Knowledge, cost: int) -> None:
        self._held[key] = knowledge
        self._costs[key] = cost
        self.cost += cost
        for event, borne in self._anticipated:  # not in the log yet, so they were not loaded
            if borne.issuperset(key[1]):
                self._teach(key, event)
        # Under its rarest tag only, so that a fact of a whole cohort meets few of them.
        self._by_tag.setdefault(str(key[1][0]), {})[key] = None


def _fact(kind: str, document: bytes) -> Event:
    """The fact in a document, without its envelope, which no rule asks for."""
    return CATALOGUE[kind].model_validate(from_json(document)["data"])


def _needed(keys: Sequence[KnowledgeKey], parts: Sequence[Partial]) -> list[dict[str, Any]]:
    return [
        {"number": number, "tag": tags[0], "types": kind.wire_names(), "after": part.upto}
        for number, ((kind, tags), part) in enumerate(zip(keys, parts, strict=True))
    ]


def _known_upto(rows: Sequence[Stored]) -> int | None:
    """The position up to which no kind of fact lacks; None if none does at all."""
    counts, last = Counter(row.type for row in rows), {row.type: row.position for row in rows}
    return min((last[kind] for kind, count in counts.items() if count == SLICE), default=None)
