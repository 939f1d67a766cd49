"""What somebody is shown of a row: only fields that have a cell, opened only where it says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from events.personal import Beside, Erased, Sealed
from projections.projection import Shown
from services.reading.by_the_log import ERASED_TEXT
from services.reading.cells import OPENED, Cell, Readable
from services.reading.trail import people_in
from services.secrecy import SHUT
from services.vault.opening import closed_in

Opener = Callable[[Sealed | Beside], Any]
NOTHING: Final = Cell("")


class Sight:
    """How whoever has these relations to a row sees it. The same for all rows of such."""

    def __init__(
        self,
        readable: Readable,
        relations: Iterable[str],
        me: frozenset[str],
        cohorts: frozenset[str],
    ) -> None:
        self._readable, self._me, self._cohorts = readable, me, cohorts
        self._cells = [readable.cells[one] for one in relations]
        self._structure = _above(readable.fields)
        self._granted = _above(name for cells in self._cells for name in cells)

    @cached_property
    def opens(self) -> frozenset[str]:
        """The stored fields that are opened for what somebody may have opened."""
        comes_of = self._readable.comes_of
        return frozenset(
            comes_of.get(name.partition(".")[0], name)
            for cells in self._cells
            for name, cell in cells.items()
            if cell.sight == OPENED
        )

    def whose_are_opened(self, stored: Shown) -> set[str]:
        """Under whose keys that lies which is opened for them; nothing is opened yet."""
        found = set[str]()

        def collect(sealed: Sealed | Beside) -> str:
            found.update(people_in(sealed.audience))
            return SHUT

        self._stored(stored, collect)
        return found

    def told_by(self, stored: Shown, opener: Opener) -> Shown:
        """The row as it is shown to them; `opener` is given what they may have opened."""
        projection = self._readable.projection
        open_row, shut_row = self._stored(stored, opener), _shut(stored)
        if projection is not None:
            open_row, shut_row = projection.shown(open_row), projection.shown(shut_row)
        return {
            name: self._picked(name, value, shut_row.get(name), theirs=True)
            for name, value in open_row.items()
            if self._has(name)
        }

    def _stored(self, stored: Shown, opener: Opener) -> Shown:
        """The stored row with what they may have opened opened, but for others' parts."""
        return {
            name: self._opened(name, value, opener, theirs=True) for name, value in stored.items()
        }

    def _opened(self, path: str, value: Any, opener: Opener, *, theirs: bool) -> Any:
        if (sealed := closed_in(value)) is not None:
            return opener(sealed) if self._may_open(path, theirs=theirs) else SHUT
        if isinstance(value, list):
            return [
                self._opened(path, one, opener, theirs=theirs and self._theirs(path, one))
                for one in value
            ]
        if isinstance(value, dict):
            return {
                name: self._opened(under, one, opener, theirs=mine)
                for name, one, under, mine in self._named(path, value, theirs=theirs)
            }
        return value

    def _may_open(self, path: str, *, theirs: bool) -> bool:
        """Whether a stored field is opened: by its own cell, or for what is told of it."""
        if path in self._readable.comes_of.values():
            return path in self.opens
        return self._cell(path, theirs=theirs).sight == OPENED

    def _picked(self, path: str, open_value: Any, shut_value: Any, *, theirs: bool) -> Any:
        """A value with nothing but what has a cell."""
        if path not in self._structure:
            cell = self._cell(path, theirs=theirs)
            return self._leaf(path, open_value if cell.sight == OPENED else shut_value)
        if isinstance(open_value, list):
            closed = shut_value if isinstance(shut_value, list) else [None] * len(open_value)
            pairs = zip(open_value, closed, strict=True)
            return [found for pair in pairs if (found := self._part(path, *pair)) is not None]
        if isinstance(open_value, dict):
            shut = shut_value if isinstance(shut_value, dict) else {}
            return {
                name: self._picked(under, one, shut.get(name), theirs=mine)
                for name, one, under, mine in self._named(path, open_value, theirs=theirs)
                if self._has(under, theirs=mine)
            }
        return open_value  # told as shut

    def _part(self, path: str, open_part: Any, shut_part: Any) -> Any | None:
        mine = self._theirs(path, open_part)
        found = self._picked(path, open_part, shut_part, theirs=mine)
        return found or None

    def _leaf(self, path: str, value: Any) -> Any:
        """A list or a set of names of which somebody sees what is theirs, if the cell says so."""
        if not self._cell(path, theirs=False).sight:
            if isinstance(value, list):
                return [one for one in value if self._theirs(path, one)]
            if isinstance(value, dict):
                return {name: one for name, one in value.items() if self._theirs(path, name)}
        return value

    def _named(
        self, path: str, value: Mapping[str, Any], *, theirs: bool
    ) -> Iterator[tuple[str, Any, str, bool]]:
        """The parts of an object: name, value, the field's path, and whether it is theirs."""
        by_name = f"{path}.*" in self._structure
        for name, one in value.items():
            if by_name:
                yield name, one, f"{path}.*", theirs
            elif path in self._structure:
                yield name, one, f"{path}.{name}", theirs
            else:
                yield name, one, path, theirs and self._theirs(path, name)

    def _theirs(self, path: str, part: Any) -> bool:
        known = self._readable.theirs.get(path)
        return known is None or known.holds(part, self._me, self._cohorts)

    def _has(self, path: str, *, theirs: bool = True) -> bool:
        """Whether a field has a cell, or something within it."""
        return path in self._granted or bool(self._cell(path, theirs=theirs).sight)

    def _cell(self, path: str, *, theirs: bool) -> Cell:
        """The best cell of a field, among those of which the part is not others'."""
        found = [one for cells in self._cells if (one := cells.get(path)) is not None]
        fitting = [one for one in found if theirs or not one.some]
        return max(fitting, key=lambda one: one.sight == OPENED, default=NOTHING)


def _above(fields: Iterable[str]) -> frozenset[str]:
    """All fields that have parts."""
    return frozenset(name[:at] for name in fields for at, it in enumerate(name) if it == ".")


def opener_with(open_one: Opener) -> Opener:
    """Opens a value with all that lies in it of the same people; of others it stays shut."""

    def opened(sealed: Sealed | Beside) -> Any:
        plain = open_one(sealed)
        return ERASED_TEXT if isinstance(plain, Erased) else _within(plain, _whose(sealed))

    def _within(value: Any, people: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [_within(one, people) for one in value]
        if (inner := closed_in(value)) is not None:
            return opened(inner) if people.issuperset(_whose(inner)) else SHUT
        if isinstance(value, dict):
            return {name: _within(one, people) for name, one in value.items()}
        return value

    return opened


def _whose(sealed: Sealed | Beside) -> frozenset[str]:
    return frozenset(people_in(sealed.audience))


def shut_with(_: Sealed | Beside) -> str:
    """Opens nothing."""
    return SHUT


def _shut(value: Any) -> Any:
    if isinstance(value, list):
        return [_shut(one) for one in value]
    if closed_in(value) is not None:
        return SHUT
    return {name: _shut(one) for name, one in value.items()} if isinstance(value, dict) else value
