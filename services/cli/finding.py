"""Which id somebody means who says a name, a title, a number, or the end of an id.

It is asked at the door for reading, with the token of whoever calls: so they find what they may
read and nothing else, and what is opened for it is noted as every opening. One find is taken;
several are told, and never guessed among.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nats.aio.client import Client

from services.cli.ids import ID, Piece, ends_of, fits, piece_in
from services.door.forms import Form
from services.door.requests import kind_of_id, plain
from services.escaping import is_text
from services.reading.asking import ask_to_read
from services.reading.replies import ReadingReply
from services.vault.words import same_name

AT_ONCE: Final = 8  # questions of one call; the reader takes a few more of one person
PAGE: Final = 500
MOST_FOUND: Final = 20
LONGEST: Final = 200  # letters by which something is looked for
PEOPLE, FIND, PERSON = "people", "people.find", "person"
LATELY: Final = (0.3, 0.7, 1.0)  # seconds: what was recorded just now is to be read in a moment
NOBODY: Final = "nobody whom you may find is called so, is reached so, or has an id that ends so"
NOTHING: Final = "nothing that you may read is called so, or has an id that ends so"
SEVERAL: Final = "more than one is found by this: say more, or the end of the id ({})"
NOT_BY_NAME: Final = "is found by its whole id alone"
Row = dict[str, Any]
Data = dict[str, Any]


class Findable(NamedTuple):
    """How things of a kind are found: in a read model, under `key`; by what they are `called`, or
    by the names of `people`. Other ids that are known narrow it (`within`); `tells` is shown too.
    Where all that stands in the clear, nothing `opens` for it.

    What has parts has its key, and what it is called, as `milestones.title`.
    """

    model: str
    key: str
    called: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    opens: bool = True


# In the order in which they are looked for: what narrows others comes before them.
KINDS: Final[Mapping[str, Findable]] = {
    "cohort": Findable("cohort_board", "cohort_id", ("title",), tells=("state", "starts_on")),
    PERSON: Findable(PEOPLE, "person_id", ("full_name",)),
    "workshop": Findable(
        "workshop_register",
        "workshop_id",
        ("title", "number", "venue"),
        within=("cohort_id",),
        tells=("starts_at", "state"),
    ),
    "application": Findable(
        "application_queue",
        "application_id",
        people=("person_id",),
        within=("cohort_id", "person_id"),
        tells=("side", "cohort_id"),
    ),
    "import": Findable(
        "imports",
        "import_id",
        ("begun_at",),
        within=("cohort_id",),
        tells=("state",),
    ),
    "pairing": Findable(
        "pairing_board",
        "pairing_id",
        people=("patient_leader_id", "healthcare_leader_id"),
        within=("cohort_id",),
        tells=("state",),
    ),
    "matching": Findable(
        "matching_runs", "run_id", ("state", "asked_at"), within=("cohort_id",), opens=False
    ),
    "project": Findable(
        "project_shelf", "project_id", ("title",), within=("cohort_id", "pairing_id")
    ),
    "milestone": Findable(
        "project_shelf",
        "milestones.milestone_id",
        ("milestones.title",),
        within=("cohort_id", "project_id"),
        tells=("title", "milestones.due_on"),
    ),
    "contact": Findable(
        "contacts", "contact_id", ("full_name",), within=("cohort_id", "person_id")
    ),
    "reflection": Findable(
        "reflections", "reflection_id", people=("person_id",), within=("workshop_id",)
    ),
    "notice": Findable(
        "messages", "notice_id", ("template",), within=("cohort_id",), tells=("state",)
    ),
    "rules": Findable("rules", "rules_id", ("state", "in_force_from")),
    "task": Findable("tasks", "key", ("need", "says"), within=("cohort_id",), tells=("about",)),
}
BY_THEIR_ID_ALONE: Final = {
    "concern": "who may not read it is not to learn that there is one",
    "tie": "it is in no read model, and its subject is nobody's to search for",
}
BESIDE: Final = {kind.key: name for name, kind in KINDS.items() if "." not in kind.key}
"""Fields that say within what something is looked for, though a command has no such field."""


class NamedThing(NamedTuple):
    """An id, and what tells whoever asks what it is."""

    id: str
    called: str


class NotOne(Exception):
    """What is said in a field means nothing, or more than one thing (`found`)."""

    def __init__(self, field: str, problem: str, found: Collection[NamedThing] = ()) -> None:
        super().__init__(field)
        self.field, self.problem, self.found = field, problem, found

    @classmethod
    def of(
        cls, field: str, found: Collection[NamedThing], none: str, several: str = SEVERAL
    ) -> "NotOne":
        """That there are several of these, which their ends tell apart, or that there is none."""
        ends = ", ".join(ends_of(one.id for one in found))
        return cls(field, several.format(ends) if found else none, found)


class CantLook(Exception):
    """It can't be looked for; `reply` says why."""

    def __init__(self, reply: ReadingReply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Finder:
    """Finds ids for one call, as whoever shows this token; what was asked once is kept."""

    def __init__(self, client: Client, token: Callable[[], str]) -> None:
        self._client, self._token = client, token
        self._room = asyncio.Semaphore(AT_ONCE)
        self._kept: dict[tuple[Any, ...], asyncio.Task[list[Row]]] = {}
        self._turns: dict[int, asyncio.Task[None]] = {}

    async def resolved(
        self, fields: Mapping[str, Form], said: Mapping[str, Any]
    ) -> tuple[Data, list[NamedThing]]:
        """The same data with ids in place of names, and what was found for them; what only narrows
        is left out. Raises NotOne and CantLook.
        """
        ids, data, taken = dict[str, str](), dict(said), list[NamedThing]()
        for kind, name in _in_order(fields, said):
            given = said[name]
            if isinstance(given, list):
                some = [await self.one(kind, name, one) for one in given]
                data[name] = [one.id for one in some]
            else:
                some = [await self.one(kind, name, given, ids)]
                data[name] = ids[name] = some[0].id
            taken += [one for one in some if one.called]
        wanted = {name for name in data if name in fields or name not in BESIDE}
        return {name: value for name, value in data.items() if name in wanted}, taken

    async def one(
        self, kind: str, field: str, said: Any, ids: Mapping[str, str] | None = None
    ) -> NamedThing:
        """The one thing of a kind that is meant, also by its id, within what is known by its `ids`;
        raises as above.
        """
        if not isinstance(said, str) or ID.fullmatch(said) or not said.strip():
            return NamedThing(said, "")  # whatever it is, the door says
        if kind not in KINDS:
            raise NotOne(field, NOT_BY_NAME)
        found = await self._found_lately(kind, said.strip(), ids or {})
        if len(found) != 1:
            raise NotOne.of(field, found, NOBODY if kind == PERSON else NOTHING)
        return found[0]

    async def whose(self, kind: str, key: str) -> str | None:
        """The person whose a thing is, by its id; None if that is not known."""
        if kind == PERSON:
            return key
        of = KINDS.get(kind)
        if of is None or len(of.people) != 1:
            return None
        rows = await self._rows(of.model, {"key": key})
        return next((row.get(of.people[0]) for row in rows), None)

    async def _found_lately(self, kind: str, said: str, ids: Mapping[str, str]) -> list[NamedThing]:
        """What is found, also if it was recorded a moment ago. All who find nothing wait together,
        and what was read is read anew once for all of them.
        """
        for turn, pause in enumerate(LATELY):
            if found := await self._found(kind, said, ids):
                return found
            if turn not in self._turns:
                self._turns[turn] = asyncio.create_task(self._forget_after(pause))
            await self._turns[turn]
        return await self._found(kind, said, ids)

    async def _forget_after(self, pause: float) -> None:
        await asyncio.sleep(pause)
        self._kept.clear()

    async def _found(self, kind: str, said: str, ids: Mapping[str, str]) -> list[NamedThing]:
        piece = piece_in(said)
        is_sure = piece is not None and piece.sure
        if not is_sure and (found := await self._by_name(kind, said, ids)):
            return found
        by_end = await self._by_end(kind, piece, ids) if piece else []
        return by_end or (await self._by_name(kind, said, ids) if is_sure else [])

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
                for row in _within(of, ids, await self._rows(of.model, {field: person.id})):
                    yield row, called

    async def people(self, said: str) -> list[tuple[NamedThing, str]]:
        """Those who are found by words, and their names alone; who is called just so goes before
        whoever has these words in a longer name.
        """
        can_be = said.strip() and len(said) <= LONGEST and is_text(said)
        rows = await self._rows(FIND, {}, words=said) if can_be else []
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
        rows = await self._rows(PEOPLE, {"key": person}, opened=True)
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
        for row in await self._rows(of.model, {"key": key}, opened=of.opens and bool(of.called)):
            people = [await self.name_of(row[one]) for one in of.people if row.get(one)]
            return ", ".join(filter(None, [" and ".join(people), _line(row, of.called)]))
        return ""

    async def _all(self, of: Findable, ids: Mapping[str, str], *, opened: bool) -> list[Row]:
        where = {"cohort_id": ids["cohort_id"]} if {"cohort_id"} & {*of.within} & {*ids} else {}
        rows = await self._rows(of.model, where, opened=opened)
        return _within(of, ids, [part for row in rows for part in _parts(of, row)])

    async def rows(self, model: str, where: Mapping[str, str]) -> list[Row]:
        """All rows of a read model for which something holds, opened as far as they may be."""
        return await self._rows(model, where, opened=True)

    async def rows_shut(self, model: str) -> list[Row]:
        """All rows of a read model, as far as they stand in the clear."""
        return await self._rows(model, {})

    async def _rows(
        self, model: str, where: Mapping[str, str], *, opened: bool = False, words: str = ""
    ) -> list[Row]:
        asked = model, tuple(where.items()), opened, words
        if asked not in self._kept:
            self._kept[asked] = asyncio.create_task(self._read(*asked))
        return await self._kept[asked]

    async def _read(
        self, model: str, where: tuple[tuple[str, str], ...], opened: bool, words: str
    ) -> list[Row]:
        """All rows, page by page."""
        found, after = list[Row](), None
        while True:
            asked: dict[str, Any] = {"where": dict(where), "open": opened, "limit": PAGE}
            asked |= {"after": after} if after else {}
            if words:
                asked = {"words": words, "open": True, "limit": MOST_FOUND}
            async with self._room:
                reply = await ask_to_read(self._client, model, asked, self._token())
            if reply.status != "answered":
                raise CantLook(reply)
            found += reply.rows or []
            if (after := reply.after) is None:
                return found


def _in_order(fields: Mapping[str, Form], said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The kinds and names of the fields that hold ids, those that narrow others first."""
    kinds = {name: BESIDE[name] for name in said if name in BESIDE}
    for name in said.keys() & fields.keys():
        form = plain(fields[name])
        if kind := kind_of_id(form.get("items", form)):
            kinds[name] = kind
        else:
            kinds.pop(name, None)
    known = [*KINDS]
    for name in sorted(
        kinds, key=lambda one: known.index(kinds[one]) if kinds[one] in known else 99
    ):
        yield kinds[name], name


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
