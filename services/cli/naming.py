"""What ids are called, and which ids somebody means who says a name, a title or a piece of one.

Names are looked up as far as whoever looks may read them, and what is opened for them is noted as
every opening; nothing else of a row is opened.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from projections.projection import Shown
from services.cli.findable import KINDS, PERSON
from services.cli.ids import ID, by_whom, fits, kind_of, piece_in
from services.vault.opening import SHUT

BY_THEIR_OWN_NAME: Final = (PERSON, "cohort", "workshop", "project")
BY_THEIR_PEOPLE: Final = ("application", "pairing")
AND: Final = " and "


class NamedBy(NamedTuple):
    """In which read model, under their own key, things of a kind have what they are called: fields
    that are sealed, or else ids of what they are called by.
    """

    model: str
    fields: tuple[str, ...]
    sealed: bool = True


NAMED_BY: Final[Mapping[str, NamedBy]] = {
    **{kind: NamedBy(KINDS[kind].model, KINDS[kind].called[:1]) for kind in BY_THEIR_OWN_NAME},
    **{
        kind: NamedBy(KINDS[kind].model, KINDS[kind].people, sealed=False)
        for kind in BY_THEIR_PEOPLE
    },
}


class NameSource(Protocol):
    """Where names are asked for: nobody is refused here, but told nothing that is not theirs."""

    def some(self, model: str, keys: Collection[str], by: NamedBy) -> list[Shown]:
        """The rows of these keys, with the fields by which they are called."""

    def plain(self, model: str, field: str) -> list[Shown]:
        """All rows, as far as a field of them stands open."""

    def people(self, words: str) -> list[str]:
        """The ids of people who are found by words, as `people find` finds them."""


class Nowhere:
    """Nobody is called anything."""

    def some(self, model: str, keys: Collection[str], by: NamedBy) -> list[Shown]:  # noqa: ARG002 - as NameSource
        """None."""
        return []

    def plain(self, model: str, field: str) -> list[Shown]:  # noqa: ARG002 - as NameSource
        """None."""
        return []

    def people(self, words: str) -> list[str]:  # noqa: ARG002 - as NameSource
        """Nobody."""
        return []


class Names:
    """What ids are called. Whatever was looked up once is not opened again."""

    def __init__(self, source: NameSource) -> None:
        self.source = source
        self._called: dict[str, str] = {}

    def learn(self, ids: Iterable[str]) -> None:
        """Look up what these are called, all of a kind at once."""
        new = {one: named for one in ids if (named := by_whom(one)) not in self._called}
        of_kind = defaultdict[str, list[str]](list)
        for one in sorted({*new.values()}):
            if (kind := kind_of(one)) in NAMED_BY:
                of_kind[kind].append(one)
        for kind, keys in of_kind.items():
            by = NAMED_BY[kind]
            self._called |= dict.fromkeys(keys, "")
            rows = self.source.some(by.model, keys, by)
            told = {str(row["key"]): _values(row, by.fields) for row in rows}
            if not by.sealed:
                self.learn(other for others in told.values() for other in others)
                told = {key: list(map(self.of, others)) for key, others in told.items()}
            self._called |= {key: AND.join(filter(None, it)) for key, it in told.items()}

    def of(self, one: str) -> str:
        """What a thing is called that was looked up; nothing, if that is not known."""
        return self._called.get(by_whom(one), "")

    def meant(self, found: Collection[str], said: str) -> list[str]:
        """Which of these ids somebody means: by their end, as they are shown, or by what they are
        called.
        """
        piece = piece_in(said)
        by_piece = {one for one in found if piece and piece.is_of(one)}
        return sorted(by_piece | self._by_name(found, said))

    def _by_name(self, found: Collection[str], said: str) -> set[str]:
        of_kind = defaultdict[str, set[str]](set)
        for one in found:
            of_kind[kind_of(by_whom(one))].add(one)
        people = {*self.source.people(said)} if _is_of_people(of_kind) else set[str]()
        meant = of_kind.pop(PERSON, set()) and people
        for kind, ids in of_kind.items():
            if (by := NAMED_BY.get(kind)) is None:
                continue
            if by.sealed:
                self.learn(ids)
                meant |= {one for one in ids if fits(said, self.of(one))}
            else:
                subjects = {by_whom(one) for one in ids}
                rows = self.source.some(by.model, sorted(subjects), by)
                theirs = {
                    str(row["key"]) for row in rows if people.intersection(_values(row, by.fields))
                }
                meant |= {one for one in ids if by_whom(one) in theirs}
        return meant


def _is_of_people(kinds: Iterable[str]) -> bool:
    return any(one == PERSON or (one in NAMED_BY and not NAMED_BY[one].sealed) for one in kinds)


def _values(row: Shown, fields: Iterable[str]) -> list[str]:
    found = (row.get(name) for name in fields)
    return [one for one in found if isinstance(one, str) and one != SHUT]


def is_called_itself(one: str) -> bool:
    """Whether a thing has a name or title of its own, and not that of others."""
    by = NAMED_BY.get(kind_of(one))
    return by is not None and by.sealed


def ids_in(value: Any) -> Iterator[str]:
    """All whole ids in what is shown of a row."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ids_in(name)
            yield from ids_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from ids_in(one)
    elif isinstance(value, str):
        yield from (one for one in value.split("/") if ID.fullmatch(one))


def with_names(value: Any, names: Names) -> Any:
    """The same, and beside each id what it is called."""
    if isinstance(value, dict):
        return {with_names(name, names): with_names(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [with_names(one, names) for one in value]
    if isinstance(value, str) and ID.fullmatch(value) and (called := names.of(value)):
        return f"{value} ({called})"
    return value
