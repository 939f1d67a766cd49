"""What the writer knows: folded knowledge in memory, as far as the log's head, and bounded."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import psycopg
from pydantic_core import from_json

from domain.decision import K, Knowledge
from events.catalogue import CATALOGUE
from events.event import Event
from services.log import Stored

Key = tuple[type[Knowledge], tuple[str | None, ...]]
BUDGET: Final = 1_000_000  # facts folded into what is held; some hundred bytes each

LOAD: Final = """
    SELECT w.wanted, e.position, e.type, e.tags, e.document
    FROM unnest(%b::int[], %b::text[], %b::text[]) AS w(wanted, tag, type)
    JOIN log.tags t ON t.tag = w.tag AND t.type = w.type AND t.position <= %b
    JOIN log.events e ON e.position = t.position
    ORDER BY e.position
"""
# The lists are short and the tables long: always look up, never scan (the planner can't know).
LOOK_UP: Final = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan"
)


class Memory:
    """Knowledge by class and tags, each folded to `head`. Not safe for threads: one writer's own.

    `open` opens what the panel alone may read, since rules read it.
    """

    def __init__(self, head: int, open_: Callable[[Event], Event], budget: int = BUDGET) -> None:
        self.head = head
        self._open = open_
        self._budget = budget
        self._held: OrderedDict[Key, Knowledge] = OrderedDict()
        self._costs: dict[Key, int] = {}
        self._by_tag: dict[str, dict[Key, None]] = {}
        self._missing: dict[Key, Knowledge] = {}
        self._placed: list[tuple[Event, frozenset[str]]] = []
        self.cost = 0

    def know(self, wanted: K) -> K:
        """What is held of `wanted`; if nothing is, `wanted` itself, noted as missing."""
        tags = wanted.tags
        if None in tags:
            return wanted
        key: Key = (type(wanted), tags)
        held = self._held.get(key)
        if held is None:
            self._missing.setdefault(key, wanted)
            return wanted
        self._held.move_to_end(key)
        return held  # type: ignore[return-value]  # the key holds its class

    def fill(self, cursor: psycopg.Cursor[Any], asking: Iterable[Callable[[], object]]) -> None:
        """Load what these calls of `needs` miss, one batched read a round, until nothing is."""
        calls = list(asking)
        while True:
            self._missing.clear()
            for call in calls:
                call()
            if not self._missing:
                return
            self._load(cursor, dict(self._missing))

    def place(self, event: Event, tags: Iterable[str]) -> None:
        """Take in a fact that has its position in this turn and is not written yet."""
        self._placed.append((event, frozenset(tags)))
        self.learn(event, tags)

    def advance(self, head: int) -> None:
        """All that was placed is in the log now, and `head` is its last position."""
        self._placed.clear()
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
        while self.cost > self._budget and self._held:
            key, _ = self._held.popitem(last=False)
            self.cost -= self._costs.pop(key)
            self._by_tag[str(key[1][0])].pop(key)
            if not self._by_tag[str(key[1][0])]:
                del self._by_tag[str(key[1][0])]

    def _teach(self, key: Key, event: Event) -> None:
        if type(event) in key[0].facts:
            self._held[key].learn(event)
            self._costs[key] += 1
            self.cost += 1

    def _load(self, cursor: psycopg.Cursor[Any], missing: dict[Key, Knowledge]) -> None:
        keys = list(missing)
        wanted = list(_wanted(keys))
        columns = [list(column) for column in zip(*wanted, strict=True)] or [[], [], []]
        cursor.execute(LOAD, (*columns, self.head))
        costs = dict.fromkeys(keys, 1)
        for number, _, kind, tags, document in cursor.fetchall():
            key = keys[number]
            if set(tags).issuperset(key[1]):
                missing[key].learn(self._open(_fact(kind, document)))
                costs[key] += 1
        # Held only now: what a fault left half folded must not be taken for the whole.
        for key, knowledge in missing.items():
            self._hold(key, knowledge, costs[key])

    def _hold(self, key: Key, knowledge: Knowledge, cost: int) -> None:
        self._held[key] = knowledge
        self._costs[key] = cost
        self.cost += cost
        for event, borne in self._placed:  # not in the log yet, so they were not loaded
            if borne.issuperset(key[1]):
                self._teach(key, event)
        # Under its rarest tag only, so that a fact of a whole cohort meets few of them.
        self._by_tag.setdefault(str(key[1][0]), {})[key] = None


def _fact(kind: str, document: bytes) -> Event:
    """The fact in a document, without its envelope, which no rule asks for."""
    return CATALOGUE[kind].model_validate(from_json(document)["data"])


def _wanted(keys: list[Key]) -> Iterator[tuple[int, str, str]]:
    for number, (kind, tags) in enumerate(keys):
        for fact in kind.facts:
            yield number, str(tags[0]), fact.wire_name()
