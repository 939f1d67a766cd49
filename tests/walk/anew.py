"""Everything that is held, folded anew from the facts as they were decided: by other means than the
memory and the read models have.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, Final, cast

from domain.decision import K, Knowledge
from events.catalogue import EVERY, Recorded
from events.envelope import Origin
from events.event import Event
from events.one_person import OnePerson
from events.personal import ERASED, Erased, marked, names_in
from projections.catalogue import ALL
from projections.projection import Projection, Row
from services.log.memory import KnowledgeKey
from tests.scenes.given import audience_over, found_by, names_of_ids

NOBODY: Final = OnePerson()
"""Nobody was registered twice."""
Index = defaultdict[tuple[str | None, type[Event]], list[int]]


class Anew:
    """All facts of a walk in three forms: as decided, as rules know them now, and as stored."""

    def __init__(self) -> None:
        self.known: list[Event] = []
        self.opened: list[Event] = []
        self.stored: list[Recorded[Event]] = []
        self.origins: list[Origin] = []
        self.erased: set[str] = set()
        self._bears: list[tuple[frozenset[str], frozenset[str]]] = []
        self._at: tuple[Index, Index] = (defaultdict(list), defaultdict(list))
        self.one_person = OnePerson()
        self._of_row: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def take(self, known: Event, stored: Recorded[Event], origin: Origin) -> None:
        """One more fact, as rules knew it when it was decided and as the log has it; `origin` is
        the true one, also of a fact that is veiled.
        """
        self.origins.append(origin)
        number = len(self.known)
        self.one_person.learn(known)
        self.known.append(known)
        self.opened.append(fallen(self.erased, known))
        self.stored.append(stored)
        openly = frozenset(found_by(known, concealed=False))
        concealed = frozenset(found_by(known, concealed=True)) if known.cover else openly
        self._bears.append((openly, concealed))
        for index, tags in zip(self._at, (openly, concealed), strict=True):
            for tag in tags:
                index[tag, type(known)].append(number)
        for projection in ALL:
            for key in projection.keys(stored.event):
                self._of_row[projection.name, key].append(number)

    def erase(self, name: str) -> None:
        """From now on nothing is known that falls with whoever has this id."""
        self.erased.add(name)
        self.opened = [fallen(self.erased, one) for one in self.known]

    def knowledge(self, like: Knowledge) -> Knowledge:
        """The same knowledge, as all facts so far give it."""
        kind: Any = type(like)
        names, types = asked_by(kind)
        one_person = NOBODY if kind.as_recorded else self.one_person
        found: Knowledge = one_person.named(kind(*[getattr(like, name) for name in names]))
        first, *others = map(one_person.ids, filter(None, found.tags))
        concealed = kind.finds_concealed
        at, bears = self._at[concealed], self._bears
        some = sorted({it for tag in first for one in types for it in at.get((tag, one), ())})
        for ids in others:
            some = [number for number in some if not bears[number][concealed].isdisjoint(ids)]
        for number in some:
            fact = self.stored[number].event if kind.unopened else self.opened[number]
            found.learn(one_person.named(fact))
        return found

    def know(self, wanted: K) -> K:
        """As a decision asks."""
        return wanted if None in wanted.tags else cast("K", self.knowledge(wanted))

    def row(self, projection: Projection[Any], key: str) -> Row | None:
        """A row, as all facts so far give it."""
        row: Row | None = None
        for number in self._of_row[projection.name, key]:
            row = projection.fold(row, self.stored[number], key)
        return row

    def rows(self) -> Iterator[tuple[str, str]]:
        """Every row that a fact ever touched: the read model and the key."""
        yield from self._of_row


def fallen(erased: AbstractSet[str], fact: Event) -> Event:
    """A fact as rules know it once these people were erased; what they never read stays sealed."""
    if not erased:
        return fact
    if fact.cover and not erased.isdisjoint(names_in(audience_over(fact))):
        return fact.cover.model_construct(None, content=ERASED, **fact.cover.ids_over(fact))
    gone = {
        name: ERASED
        for name, mark in marked(type(fact), for_rules=True)
        if getattr(fact, name) is not None
        and not isinstance(getattr(fact, name), Erased)
        and not erased.isdisjoint({*names_in(mark.audience(fact)), *mark.holders(fact)})
    }
    return fact.model_copy(update=gone) if gone else fact


@cache
def asked_by(kind: Any) -> tuple[Sequence[str], Sequence[type[Event]]]:
    """The names of a knowledge's ids, and the facts that it may learn from, also those of which
    only the cover is left.
    """
    facts = [one for one in EVERY if one in kind.facts or one.cover in kind.facts]
    return names_of_ids(kind), facts


def differing(held: dict[KnowledgeKey, Knowledge], anew: Anew) -> Iterator[KnowledgeKey]:
    """What is held otherwise than it is folded anew."""
    for key, one in held.items():
        if one != anew.knowledge(one):
            yield key
