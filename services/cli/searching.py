"""How things are found in what is read: by what they are called, or by the end of an id."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from services.cli.findable import BESIDE, KINDS, PEOPLE, PERSON, Findable
from services.cli.ids import Piece, fits, piece_in
from services.escaping import is_text
from services.reading.rows_read import ReadRows, Row
from services.vault.words import same_name

LONGEST: Final = 200  # letters by which something is looked for


class NamedThing(NamedTuple):
    """An id, and what tells whoever asks what it is."""

    id: str
    called: str


class Search:
    """Looks for things in what is read for one call. Raises CantLook."""

    def __init__(self, read: ReadRows) -> None:
        self._read = read

    async def found(self, kind: str, said: str, ids: Mapping[str, str]) -> list[NamedThing]:
        """All that is meant, within what is known by its `ids`."""
        piece = piece_in(said)
        is_sure = piece is not None and piece.sure
        if not is_sure and (found := await self._by_name(kind, said, ids)):
            return found
        by_end = await self._by_end(kind, piece, ids) if piece else []
        return by_end or (await self._by_name(kind, said, ids) if is_sure else [])

    async def whose(self, kind: str, key: str) -> str | None:
        """The person whose a thing is, by its id; None if that is not known."""
        if kind == PERSON:
            return key
        of = KINDS.get(kind)
        if of is None or len(of.people) != 1:
            return None
        rows = await self._read.rows(of.model, {"key": key})
        return next((row.get(of.people[0]) for row in rows), None)

    async def _by_end(self, kind: str, piece: Piece, ids: Mapping[str, str]) -> list[NamedThing]:
        of = KINDS[kind]
        rows = [row for row in await self._all(of, ids, opened=False) if piece.is_of(row[of.key])]
        return [NamedThing(row[of.key], await self._title(kind, row[of.key])) for row in rows]

    async def _by_name(self, kind: str, said: str, ids: Mapping[str, str]) -> list[NamedThing]:
        if kind == PERSON:
            return [one for one, _ in await self.people(said)]
        of = KINDS[kind]
        if of.people:
            return await self._by_people(of, said, ids)
        rows = [
            (row, _texts(row, of.called))
            for row in await self._all(of, ids, opened=of.opens)
            if fits(said, " ".join(_texts(row, of.called)))
        ]
        whole = [row for row, texts in rows if same_name(said) in map(same_name, texts)]
        return [
            NamedThing(row[of.key], _line(row, (*of.called, *of.tells)))
            for row in whole or [row for row, _ in rows]
        ]

    async def _by_people(self, of: Findable, said: str, ids: Mapping[str, str]) -> list[NamedThing]:
        """Things of those who are all named: of a pair one may name both (“Ada and Ben”)."""
        found = dict[str, NamedThing]()
        names = re.split(r"\s+(?:and|&)\s+", said)
        groups = [[it async for it in self._theirs(of, name, ids)] for name in names]
        for row, called in groups[0]:
            if all(any(row == it for it, _ in group) for group in groups[1:]):
                words = ", ".join([called, *[await self._tells(row, one) for one in of.tells]])
                found[row[of.key]] = NamedThing(row[of.key], words)
        return [*found.values()]

    async def _tells(self, row: Row, field: str) -> str:
        """What a field says; of which cohort it is, by its title."""
        said = str(row.get(field) or "")
        kind = BESIDE.get(field)
        return (await self._title(kind, said) if kind and said else "") or said

    async def _theirs(self, of: Findable, name: str, ids: Mapping[str, str]) -> Any:
        for person, called in await self.people(name):
            for field in of.people:
                for row in _within(of, ids, await self._read.rows(of.model, {field: person.id})):
                    yield row, called

    async def people(self, said: str) -> list[tuple[NamedThing, str]]:
        """Those who are found by words, and their names alone; who is called just so goes before
        whoever has these words in a longer name.
        """
        can_be = said.strip() and len(said) <= LONGEST and is_text(said)
        rows = await self._read.people(said) if can_be else []
        just_so = [row for row in rows if same_name(said) == same_name(row["full_name"])]
        found = dict[str, tuple[NamedThing, str]]()
        for row in just_so or rows:
            kept, name = row.get("merged_into") or row["person_id"], row["full_name"]
            found[kept] = (
                NamedThing(kept, _line(row, ("full_name", "town", "email", "phone"))),
                name,
            )
        return [*found.values()]

    async def name_of(self, person: str) -> str:
        """What somebody is called, if that may be read; else nothing."""
        rows = await self._read.rows(PEOPLE, {"key": person}, opened=True)
        return next((str(row.get("full_name") or "") for row in rows), "")

    async def names_of(self, people: Iterable[str]) -> dict[str, str]:
        """The same of many."""
        some = sorted({*people})
        return dict(zip(some, await asyncio.gather(*map(self.name_of, some)), strict=True))

    async def _title(self, kind: str, key: str) -> str:
        """What something is called whose id is known."""
        of = KINDS[kind]
        if kind == PERSON:
            return await self.name_of(key)
        if "." in of.key:
            return ""
        opened = of.opens and bool(of.called)
        for row in await self._read.rows(of.model, {"key": key}, opened=opened, fields=of.fields):
            people = [await self.name_of(row[one]) for one in of.people if row.get(one)]
            return ", ".join(filter(None, [" and ".join(people), _line(row, of.called)]))
        return ""

    async def _all(self, of: Findable, ids: Mapping[str, str], *, opened: bool) -> list[Row]:
        where = {"cohort_id": ids["cohort_id"]} if {"cohort_id"} & {*of.within} & {*ids} else {}
        rows = await self._read.rows(of.model, where, opened=opened, fields=of.fields)
        return _within(of, ids, [part for row in rows for part in _parts(of, row)])


def _within(of: Findable, ids: Mapping[str, str], rows: Iterable[Row]) -> list[Row]:
    return [
        row for row in rows if all(row.get(one) == ids.get(one, row.get(one)) for one in of.within)
    ]


def _parts(of: Findable, row: Row) -> list[Row]:
    """A row, or a row for each of its parts if things of a kind are such."""
    name, dot, _ = of.key.partition(".")
    if not dot:
        return [row]
    parts = row.get(name)
    some = parts if isinstance(parts, list) else []
    return [row | {f"{name}.{key}": value for key, value in one.items()} for one in some]


def _texts(row: Row, names: Iterable[str]) -> list[str]:
    return [str(row[name]) for name in names if isinstance(row.get(name), str | int)]


def _line(row: Row, names: Iterable[str]) -> str:
    return ", ".join(_texts(row, names))
