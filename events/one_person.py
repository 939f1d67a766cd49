"""Who of those who were registered is one person by now, and under which id: one place says it, and
whoever folds facts asks it.

Rules know a person under one id, whatever they were called when a fact was recorded. What is
recorded of them in a cohort stands under the id with which they came to it, so that two people who
were taken for one by mistake can be parted again as they were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from events.event import Event
from events.ids import PersonId
from events.people import PersonMerged, PersonParted
from events.personal import Beside, Erased, Sealed

T = TypeVar("T")
JOINING: Final = (PersonMerged, PersonParted)
"""The facts by which people become one, or two again."""
SHUT: Final = (Sealed, Beside, Erased)


class OnePerson:
    """The ids of people that were merged into others, after a prefix of the log.

    Nobody is merged into somebody who was merged, so every id leads at once to the one that is
    kept.
    """

    def __init__(self, facts: Iterable[Event] = ()) -> None:
        self.merged: dict[str, PersonId] = {}
        """Who was merged, and into whom."""
        self._others: dict[str, tuple[PersonId, ...]] = {}
        self._there: dict[str, dict[str, PersonId]] = {}
        for fact in facts:
            self.learn(fact)

    def __bool__(self) -> bool:
        """Whether anybody is merged at all."""
        return bool(self.merged)

    def learn(self, fact: Event) -> None:
        """Take in that two are one, or are two again; other facts say nothing of it."""
        if isinstance(fact, PersonMerged):
            self.merged[fact.merged_id] = fact.person_id
            self._others[fact.person_id] = (*self._others.get(fact.person_id, ()), fact.merged_id)
            for thing in (*fact.applications, *fact.cohorts):
                self._there.setdefault(thing, {})[fact.person_id] = fact.merged_id
        elif isinstance(fact, PersonParted):
            self.merged.pop(fact.merged_id, None)
            others = self._others.get(fact.person_id, ())
            self._others[fact.person_id] = tuple(it for it in others if it != fact.merged_id)
            for ids in self._there.values():
                if ids.get(fact.person_id) == fact.merged_id:
                    del ids[fact.person_id]

    def kept(self, who: str) -> str:
        """The id under which rules know somebody."""
        return self.merged.get(who, who)

    def ids(self, who: str) -> tuple[str, ...]:
        """All ids of somebody: the one that is kept, then those that were merged into it."""
        kept = self.kept(who)
        return (kept, *self._others.get(kept, ()))

    def are_kept(self, ids: Iterable[str | None]) -> bool:
        """Whether none of these ids was merged into another."""
        return self.merged.keys().isdisjoint(ids)

    def named(self, thing: T) -> T:
        """A fact, a command or a knowledge with everybody in it under the id that is kept."""
        return _renamed(thing, self.merged) if self.merged else thing

    def meant(self, command: Any) -> Any:
        """A command with everybody under the id that is kept: who names another one means them."""
        return command if command.as_recorded else self.named(command)

    def recorded(self, fact: Event) -> Event:
        """A fact as it is recorded: with the ids under which its application, or else what people
        have in its cohort, began.
        """
        if not self._there:
            return fact
        thing = getattr(fact, "application_id", None) or getattr(fact, "cohort_id", None)
        ids = self._there.get(thing or "")
        return _renamed(fact, ids) if ids else fact


def _renamed(thing: Any, ids: Mapping[str, PersonId]) -> Any:
    """The same with other ids; itself if it has none of them. What is sealed stays as it is."""
    if isinstance(thing, str):
        return ids.get(thing, thing)
    if isinstance(thing, BaseModel):
        return thing if isinstance(thing, SHUT) else _model(thing, ids)
    if is_dataclass(thing) and not isinstance(thing, type):
        changed = _changed({one.name: getattr(thing, one.name) for one in fields(thing)}, ids)
        return replace(thing, **changed) if changed else thing
    return _parts(thing, ids)


def _parts(thing: Any, ids: Mapping[str, PersonId]) -> Any:
    """As above, of what holds several things, and of what can't hold an id."""
    if isinstance(thing, Mapping):
        return {_renamed(key, ids): _renamed(one, ids) for key, one in thing.items()}
    if isinstance(thing, tuple | list | set | frozenset):
        parts = [_renamed(one, ids) for one in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return thing


def _model(thing: BaseModel, ids: Mapping[str, PersonId]) -> BaseModel:
    """A model with other ids, also in what nobody outside can say in it."""
    private = _changed(thing.__pydantic_private__ or {}, ids)
    changed = _changed(vars(thing), ids)
    if not (changed or private):
        return thing
    another = thing.model_copy(update=changed)
    for name, one in private.items():
        setattr(another, name, one)
    return another


def _changed(parts: Mapping[str, Any], ids: Mapping[str, PersonId]) -> dict[str, Any]:
    found = {name: _renamed(one, ids) for name, one in parts.items()}
    return {name: one for name, one in found.items() if one != parts[name]}
