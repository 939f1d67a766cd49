"""What the writer knows: folded knowledge in memory, as far as the log's head, and bounded."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, Protocol, TypeVar

from domain.decision import K, Knowledge
from events.catalogue import CATALOGUE
from events.envelope import data_of
from events.event import Cover, Event
from events.ids import ContactId, PersonId
from events.one_person import JOINING, OnePerson
from services.log.finding import Needed, Source, joinings
from services.log.forgetting import FORGETTING, falls_with, whom_it_forgets, with_keys
from services.log.log import Stored

KnowledgeKey = tuple[type[Knowledge], tuple[str | None, ...]]
Basis = tuple[KnowledgeKey, Knowledge, int]
"""One of the things on which an answer rests, and from how many facts it was folded then."""
T = TypeVar("T")
BUDGET: Final = 1_000_000  # facts folded into what is held; some hundred bytes each

JOINS: Final = frozenset(kind.wire_name() for kind in JOINING)

KEPT_KEYS: Final = (PersonId.prefix, ContactId.prefix)
"""How the ids begin that have keys of their own, which are loaded many at once."""

SLICE: Final = 2000  # facts of one kind that are loaded at once; whoever needs more comes again


class Partial(NamedTuple):
    """Knowledge that is not whole yet: folded up to a position, from so many facts."""

    knowledge: Knowledge
    upto: int
    cost: int


class Found(NamedTuple):
    """A row that was looked for, and by which tag it was found."""

    tag: str
    row: Stored


class Anticipated(NamedTuple):
    """A fact of this turn: as it will be stored, as rules know it, and the ids that it bears."""

    stored: Event
    known: Event
    borne: frozenset[str]


class BorneIds(NamedTuple):
    """The ids that a fact bears, as they are recorded, and as rules know them."""

    recorded: frozenset[str]
    kept: frozenset[str]

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.recorded if self.recorded is self.kept else self.recorded | self.kept

    def by(self, kind: type[Knowledge]) -> frozenset[str]:
        """Those by which a kind of knowledge finds it."""
        return self.recorded if kind.as_recorded else self.kept


class Opener(Protocol):
    """Opens what rules read in a fact, and nothing of whom it was told to forget."""

    def __call__(self, event: Event) -> Event:
        """The fact, opened as far as rules read it; from under its cover, if it has one."""

    def forget(self, name: str) -> None:
        """Open nothing any more that falls with whoever has this id."""

    def hidden_tag(self, name: str) -> str:
        """The tag by which facts that conceal a person are found."""

    def look_anew(self) -> None:
        """Have no key at hand any more: somebody has just been forgotten."""

    def hold(self, people: Iterable[str]) -> None:
        """Have the keys of these people at hand, at one look."""


class Memory:
    """Knowledge by class and tags, each folded to `head`. Not safe for threads: one writer's own.

    When somebody is forgotten (a person is erased, a contact ends), all is dropped that may rest on
    what falls with them, and folded anew when it is asked for: so what is held is always what a
    fold of the log gives. Contacts end often, and little rests on them.
    """

    def __init__(self, head: int, opener: Opener, budget: int = BUDGET) -> None:
        """`opener` is this memory's own."""
        self.head = head
        self._open = opener
        self._budget = budget
        self._held: OrderedDict[KnowledgeKey, Knowledge] = OrderedDict()
        self._costs: dict[KnowledgeKey, int] = {}
        self._by_tag: dict[str, dict[KnowledgeKey, None]] = {}
        self._missing: dict[KnowledgeKey, Knowledge] = {}
        self._parts: dict[KnowledgeKey, Partial] = {}
        self._anticipated: list[Anticipated] = []
        self._asked: dict[KnowledgeKey, Knowledge] | None = None
        self._lacks = False
        self._begun = head == 0
        self.one_person = OnePerson()
        """Who is one person, after what was learned so far."""
        self.cost = 0

    def know(self, wanted: K) -> K:
        """What is held of `wanted`; if nothing is, `wanted` itself, noted as missing."""
        tags, one_person = wanted.tags, self.one_person
        if one_person.merged and not (wanted.as_recorded or one_person.are_kept(tags)):
            wanted = one_person.named(wanted)
            tags = wanted.tags
        key: KnowledgeKey = (type(wanted), tags)
        held = self._held.get(key)
        if held is None:
            if None not in tags:
                self._lacks = True
                self._missing.setdefault(key, wanted)
            return wanted
        if self._asked is not None:
            self._asked[key] = held
        self._held.move_to_end(key)
        return held  # type: ignore[return-value]  # the key holds its class

    def answer(self, asking: Callable[[], T]) -> tuple[T, Sequence[Basis] | None]:
        """What a call of `needs` gives, and on what that rests; None if something is missing."""
        self._lacks, self._asked = False, {}
        try:
            found = asking()
            if self._lacks:
                return found, None
            return found, [(key, one, self._costs[key]) for key, one in self._asked.items()]
        finally:
            self._asked = None

    def stands(self, basis: Sequence[Basis]) -> bool:
        """Whether all on which an answer rests is held, and has learned nothing since."""
        held, costs = self._held, self._costs
        return all(held.get(key) is one and costs[key] == cost for key, one, cost in basis)

    def fill(
        self, source: Source, asking: Iterable[Callable[[], T]], *, heavy: bool = True
    ) -> list[T] | None:
        """What these calls of `needs` give once all that they ask for is loaded, one batched read
        a round.

        None if something is so heavy that only a part of it is loaded: call again for the next,
        after whatever should not wait for all of it. Without `heavy` no such part is loaded.
        """
        self._begin(source)
        calls, begun = list(asking), set[KnowledgeKey]() if heavy else set(self._parts)
        while True:
            self._missing.clear()
            found = [call() for call in calls]
            missing = {key: one for key, one in self._missing.items() if key not in begun}
            if not missing:
                return None if self._missing else found
            self._load(source, missing)
            begun |= missing.keys()

    def anticipate(self, stored: Event, known: Event, tags: Iterable[str]) -> None:
        """Take in a fact that has its position in this turn and is not written yet: as it will be
        stored, and as rules know it.
        """
        borne = frozenset(tags)
        self._anticipated.append(Anticipated(stored, known, borne))
        self.learn(stored, known, borne)

    def advance(self, head: int) -> None:
        """All that was anticipated is in the log now, and `head` is its last position."""
        self._anticipated.clear()
        self.head = head

    def learn(self, stored: Event, known: Event, tags: Iterable[str]) -> None:
        """Take one new fact in, wherever it is of concern."""
        if stored.forgets:
            self._forget(stored)
        if isinstance(stored, JOINING):
            self._join(stored)
        borne, named = self._borne(tags), self.one_person.named
        keys = [key for tag in borne.every for key in self._by_tag.get(tag, ())]
        learning = [key for key in keys if borne.by(key[0]).issuperset(key[1])]
        meant = (named(stored), named(known)) if learning else (stored, known)
        for key in learning:
            told = (stored, known) if key[0].as_recorded else meant
            self._teach(key, told[0] if key[0].unopened else told[1])

    def learn_stored(self, row: Stored) -> None:
        """Take a row of the log in, decoded only if somebody wants to know."""
        conceals = _conceals(row.type)
        wanting = self._wanting(row)
        if conceals or row.type in FORGETTING or row.type in JOINS or wanting:
            stored = _fact(row.type, row.document)
            read = conceals or any(not kind.unopened for kind in wanting)
            known = self._open(stored) if read else stored
            self.learn(stored, known, {*known.tags(), *row.tags} if conceals else row.tags)
            if conceals and isinstance(known, Cover):
                self._drop_what_is_sealed()  # whom it conceals is found when all is folded anew

    def _wanting(self, row: Stored) -> set[type[Knowledge]]:
        """What of that which is held learns from facts of this kind."""
        tags = self._borne(row.tags).every
        keys = (key for tag in tags for key in self._by_tag.get(tag, ()))
        return {kind for kind, _ in keys if row.type in kind.wire_names()}

    def forget_some(self) -> None:
        """Drop what was not asked for the longest time, until the rest is within the budget."""
        while self.cost > self._budget and self._parts:
            self.cost -= self._parts.pop(next(iter(self._parts))).cost
        while self.cost > self._budget and self._held:
            self._drop(next(iter(self._held)))

    def _forget(self, fact: Event) -> None:
        """Whatever may rest on their sealed values is folded anew, without them."""
        self._open.forget(whom_it_forgets(fact))
        kind = type(fact)
        if with_keys(kind):
            self._open.look_anew()
        self._anticipated = [
            one._replace(known=self._open(one.stored))
            if falls_with(type(one.stored), kind)
            else one
            for one in self._anticipated
        ]
        if with_keys(kind):
            self._drop_what_is_sealed()
        else:
            self._drop_all(lambda held: any(falls_with(one, kind) for one in held.facts))

    def _join(self, fact: Event) -> None:
        """Whoever was known under two ids is known under one, or the other way round: all may have
        met them, and is folded anew.
        """
        self.one_person.learn(fact)
        self._drop_all(lambda _: True)

    def _borne(self, tags: Iterable[str]) -> BorneIds:
        recorded = frozenset(tags)
        if not self.one_person:
            return BorneIds(recorded, recorded)
        return BorneIds(recorded, frozenset(map(self.one_person.kept, recorded)))

    def _named(self, kind: type[Knowledge], fact: Event) -> Event:
        """A fact as a knowledge of this kind meets it."""
        return fact if kind.as_recorded else self.one_person.named(fact)

    def _drop_what_is_sealed(self) -> None:
        self._drop_all(lambda held: held.rests_on_what_is_sealed())

    def _drop_all(self, falls: Callable[[type[Knowledge]], bool]) -> None:
        for key in [key for key in self._held if falls(key[0])]:
            self._drop(key)
        for key in [key for key in self._parts if falls(key[0])]:
            self.cost -= self._parts.pop(key).cost

    def _drop(self, key: KnowledgeKey) -> None:
        del self._held[key]
        self.cost -= self._costs.pop(key)
        tag = str(key[1][0])
        self._by_tag[tag].pop(key)
        if not self._by_tag[tag]:
            del self._by_tag[tag]

    def _teach(self, key: KnowledgeKey, event: Event) -> None:
        if type(event) in key[0].facts:
            self._held[key].learn(event)
            self._costs[key] += 1
            self.cost += 1

    def _load(self, source: Source, missing: Mapping[KnowledgeKey, Knowledge]) -> None:
        keys = list(missing)
        parts = [self._parts.get(key) or Partial(missing[key], 0, 1) for key in keys]
        rows: list[list[Found]] = [[] for _ in keys]
        needed = self._needed(keys, parts)
        for number, tag, position, kind, tags, document in source.find(needed, self.head, SLICE):
            rows[number].append(Found(tag, Stored(position, kind, tags, document)))
        opened = zip(keys, rows, strict=True)
        self._open.hold(_people(found for (one, _), found in opened if not one.unopened))
        for key, part, found in zip(keys, parts, rows, strict=True):
            self._fold(key, part, found)

    def opened(self, event: Event, source: Source) -> Event:
        """A fact of the log as rules know it, as far as the head."""
        self._begin(source)
        return self.one_person.named(self._open(event))

    def _begin(self, source: Source) -> None:
        """Before anything is asked for: learn who was forgotten, and who is one person."""
        if self._begun:
            return
        for wire_name in FORGETTING:
            for document in source.of_type(wire_name, self.head):
                self._open.forget(whom_it_forgets(_fact(wire_name, document)))
        for _, fact in joinings(source, self.head):
            self.one_person.learn(fact)
        self._begun = True

    def _needed(self, keys: Sequence[KnowledgeKey], parts: Sequence[Partial]) -> list[Needed]:
        """What to look for; people whom facts conceal are looked for by a keyed tag as well."""
        needed: list[Needed] = []
        for number, ((kind, tags), part) in enumerate(zip(keys, parts, strict=True)):
            names, concealing = kind.wire_names(), tuple(filter(_conceals, kind.wire_names()))
            for one in self._ids(kind, str(tags[0])):
                looks = [(one, names)]
                if kind.finds_concealed:
                    looks.append((self._open.hidden_tag(one), concealing))
                needed += [
                    {"number": number, "after": part.upto, "tag": tag, "types": types}
                    for tag, types in looks
                ]
        return needed

    def _ids(self, kind: type[Knowledge], tag: str) -> tuple[str, ...]:
        """The ids under which facts of concern may be recorded."""
        return (tag,) if kind.as_recorded else self.one_person.ids(tag)

    def _fold(self, key: KnowledgeKey, part: Partial, found: Sequence[Found]) -> None:
        # Kept only when folded: what a fault left half done must not be taken for knowledge.
        if self._parts.pop(key, None):
            self.cost -= part.cost
        upto = _known_upto(found) if len(found) >= SLICE else None
        rows = {one.row.position: one.row for one in found}  # one may be found by several ids
        some = [row for at, row in rows.items() if upto is None or at <= upto]
        borne = [row for row in some if self._bears(row, key)]
        for row in borne:
            fact = _fact(row.type, row.document)
            read = fact if key[0].unopened else self._open(fact)
            part.knowledge.learn(self._named(key[0], read))
        cost = part.cost + len(borne)
        if upto is None:
            self._hold(key, part.knowledge, cost)
        else:
            self._parts[key] = Partial(part.knowledge, upto, cost)
            self.cost += cost

    def _hold(self, key: KnowledgeKey, knowledge: Knowledge, cost: int) -> None:
        self._held[key] = knowledge
        self._costs[key] = cost
        self.cost += cost
        for one in self._anticipated:  # not in the log yet, so they were not loaded
            if self._borne(one.borne).by(key[0]).issuperset(key[1]):
                told = one.stored if key[0].unopened else one.known
                self._teach(key, self._named(key[0], told))
        # Under its rarest tag only, so that a fact of a whole cohort meets few of them.
        self._by_tag.setdefault(str(key[1][0]), {})[key] = None

    def _bears(self, row: Stored, key: KnowledgeKey) -> bool:
        """Whether a row bears all tags of a knowledge, openly or as one that it conceals."""
        kind, tags = key
        return all(
            any(
                one in row.tags or (kind.finds_concealed and self._open.hidden_tag(one) in row.tags)
                for one in self._ids(kind, str(tag))
            )
            for tag in tags
        )


@cache
def _conceals(wire_name: str) -> bool:
    """Whether facts of this kind are found by keyed tags of people whom they don't show."""
    kind = CATALOGUE[wire_name]
    return issubclass(kind, Cover) and kind.hidden_tags > 0


def _people(rows: Iterable[Iterable[Found]]) -> set[str]:
    tags = {tag for found in rows for one in found for tag in one.row.tags}
    return {tag for tag in tags if tag.startswith(KEPT_KEYS)}


def _fact(kind: str, document: bytes) -> Event:
    """The fact in a document, without its envelope, which no rule asks for."""
    return CATALOGUE[kind].model_validate_json(data_of(document))


def _known_upto(found: Sequence[Found]) -> int | None:
    """The position up to which no kind of fact lacks; None if none does at all."""
    counts = Counter((one.tag, one.row.type) for one in found)
    last = {(one.tag, one.row.type): one.row.position for one in found}
    return min((last[kind] for kind, count in counts.items() if count == SLICE), default=None)
