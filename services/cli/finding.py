"""Which id somebody means who says a name, a title, a number, or the end of an id.

It is asked at the door for reading, with the token of whoever calls: so they find what they may
read and nothing else, and what is opened for it is noted as every opening. One find is taken;
several are told, and never guessed among. Where nothing is found it is looked for once more, in all
that was recorded by then: what is not to be read yet is not said not to be there.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from nats.aio.client import Client

from services.cli.findable import BESIDE, KINDS, PERSON
from services.cli.ids import ID, ends_of
from services.cli.searching import NamedThing, Search
from services.door.forms import Form
from services.door.requests import kind_of_id, plain
from services.reading.rows_read import ReadRows, Row

NOBODY: Final = "nobody whom you may find is called so, is reached so, or has an id that ends so"
NOTHING: Final = "nothing that you may read is called so, or has an id that ends so"
SEVERAL: Final = "more than one is found by this: say more, or the end of the id ({})"
NOT_BY_NAME: Final = "is found by its whole id alone"
Data = dict[str, Any]
T = TypeVar("T")


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


class Finder:
    """Finds ids for one call, as whoever shows this token; what was asked once is kept."""

    def __init__(self, client: Client, token: Callable[[], str]) -> None:
        read = ReadRows(client, token)
        self._newest = read.anew()
        self._searches = Search(read), Search(self._newest)

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
        found = await self._looked_for(lambda it: it.found(kind, said.strip(), ids or {}))
        if len(found) != 1:
            raise NotOne.of(field, found, NOBODY if kind == PERSON else NOTHING)
        return found[0]

    async def whose(self, kind: str, key: str) -> str | None:
        """The person whose a thing is, by its id; None if that is not known."""
        return await self._looked_for(lambda it: it.whose(kind, key))

    async def people(self, said: str) -> list[tuple[NamedThing, str]]:
        """Those who are found by words, and their names alone; who is called just so goes before
        whoever has these words in a longer name.
        """
        return await self._looked_for(lambda it: it.people(said))

    async def names_of(self, people: Iterable[str]) -> dict[str, str]:
        """What these are called, as far as that may be read."""
        return await self._searches[0].names_of(people)

    async def rows(self, model: str, where: Mapping[str, str]) -> list[Row]:
        """All rows of a read model for which something holds, opened as far as they may be, with
        all that was recorded before they were asked for.
        """
        return await self._newest.rows(model, where, opened=True)

    async def rows_shut(self, model: str) -> list[Row]:
        """The same, as far as they stand in the clear."""
        return await self._newest.rows(model, {})

    async def _looked_for(self, look: Callable[[Search], Awaitable[T]]) -> T:
        """What is found; if that is nothing, in what is newest."""
        first, newest = self._searches
        return await look(first) or await look(newest)


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
