"""Which column of a table holds the answer to which question, found by what stands above it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.importing.cells import Cell, NotATable, SheetRow
from services.importing.questions import PARTS_OF_A_NAME, QUESTIONS, REQUIRED, TITLES, asked_by
from services.importing.words import YES, key, line

MOST_NAMED, LONGEST_TITLE = 40, 100  # titles, and characters of one, in a sentence
ENOUGH: Final = 4  # titles that must be known for a row to be a header
IN_UTC: Final = re.compile(r"\(UTC\)", re.IGNORECASE)
PARTS: Final = frozenset(one.field for one in PARTS_OF_A_NAME)
NOT_TICKED: Final = frozenset({"no", "n", "false", "0", "notselected", "unchecked"})


class Place(NamedTuple):
    """A column in which an answer may stand, and the option that it ticks, if it is for one."""

    at: int
    option: str | None = None


@dataclass(frozen=True)
class Columns:
    """Where each answer stands; `unread` are titles of columns that ask nothing we know, or what
    another column asks better; `in_utc`, if the title says it of the times.
    """

    places: Mapping[str, tuple[Place, ...]]
    unread: tuple[str, ...]
    width: int
    in_utc: bool = False

    def answers(self, cells: Sequence[Cell]) -> dict[str, Cell]:
        """The cells of a row by question; "" where the column or the cell is absent."""
        found: dict[str, Cell] = dict.fromkeys((question.field for question in QUESTIONS), "")
        for field, places in self.places.items():
            said = [one for place in places if (one := _at(place, cells))]
            if len(said) > 1 and places[0].option is not None:
                found[field] = ";".join(map(str, said))
            elif said:
                found[field] = said[0]
        if found.keys() >= PARTS:
            found["name"] = f"{found.pop('first')} {found.pop('last')}"
        return {field: found[field] for field in (one.field for one in QUESTIONS)}


def _at(place: Place, cells: Sequence[Cell]) -> Cell:
    """What a row says there; of an option, its words if it is ticked."""
    cell = cells[place.at] if place.at < len(cells) else ""
    if isinstance(cell, str) and not cell.strip():
        return ""
    if place.option is None:
        return cell
    said = key(str(cell))
    if said in NOT_TICKED:
        return ""
    return place.option if said in YES else cell


def columns(header: Sequence[str], rows: Sequence[SheetRow] = ()) -> Columns:
    """The columns of a table; NotATable if a question is missing, or stands above two columns that
    say different things.
    """
    found: dict[str, dict[int, list[Place]]] = defaultdict(lambda: defaultdict(list))
    unread: dict[int, str] = {}
    for at, title in enumerate(header):
        asked, option = _asked(title)
        if asked is not None:
            found[asked[0]][asked[1]].append(Place(at, option))
        elif key(title):
            unread[at] = line(title)
    places = dict(_best(found))
    _refuse_missing(places, header)
    _refuse_two(places, header, rows)
    taken = {place.at for some in places.values() for place in some}
    known = [one.at for ranks in found.values() for some in ranks.values() for one in some]
    unread |= {at: line(header[at]) for at in known if at not in taken}
    in_utc = any(IN_UTC.search(header[one.at]) for one in places["timestamp"])
    return Columns(places, tuple(unread[at] for at in sorted(unread)), len(header), in_utc)


def _asked(title: str) -> tuple[tuple[str, int] | None, str | None]:
    """Of which field and rank a title is, and which option it stands for."""
    text = line(title)
    before, bracket, option = text.rpartition("[")
    if bracket and option.endswith("]") and (asked := asked_by(before)):
        return asked, option[:-1]
    return asked_by(title), None


def _best(
    found: Mapping[str, Mapping[int, Sequence[Place]]],
) -> Iterator[tuple[str, tuple[Place, ...]]]:
    in_parts = "name" not in found and found.keys() >= PARTS
    for field, ranks in found.items():
        if field not in PARTS or in_parts:
            yield field, tuple(ranks[min(ranks)])


def _refuse_missing(places: Mapping[str, object], header: Sequence[str]) -> None:
    if len(places) < ENOUGH:  # the first row may well be a person's, so it is not shown
        raise NotATable("The first row must hold the titles of the columns, as the form has them.")
    has = {*places, *(("name",) if "first" in places else ())}
    missing = [one.title for one in REQUIRED if one.field not in has]
    if missing:
        found = named([title for title in header if line(title)]) or "none"
        raise NotATable(f"These columns are missing: {named(missing)}. The file has: {found}.")


def _refuse_two(
    places: Mapping[str, Sequence[Place]], header: Sequence[str], rows: Sequence[SheetRow]
) -> None:
    """Two columns for one answer are one if no row says two things there."""
    for field, some in places.items():
        if len(some) > 1 and any(one.option is None for one in some):
            for row in rows:
                if len({line(str(said)) for one in some if (said := _at(one, row.cells))}) > 1:
                    title = header[some[0].at] or TITLES[field]
                    raise NotATable(
                        f"Two columns are called {named([title])}. Please leave one out."
                    )


def named(titles: Sequence[str]) -> str:
    """Titles in a sentence: each in quotation marks and not longer than one is, and not all of too
    many.
    """
    told = [f'"{_shortened(line(title))}"' for title in titles[:MOST_NAMED]]
    left = len(titles) - len(told)
    return ", ".join([*told, f"and {left} more"] if left else told)


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"
