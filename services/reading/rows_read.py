"""Rows of read models, asked for with the token of whoever calls; what was asked once is kept."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Self

from nats.aio.client import Client

from services.reading.asking import FIND, MOST_KEYS, MOST_ROWS, NEWEST, ask_to_read
from services.reading.replies import ReadingReply

AT_ONCE: Final = 8  # questions of one call; the reader takes a few more of one person
MOST_FOUND: Final = 20
Row = dict[str, Any]


class CantLook(Exception):
    """It may not be read, or can't be now; `reply` says why."""

    def __init__(self, reply: ReadingReply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class ReadRows:
    """What is read for one call, as whoever shows this token. Raises CantLook."""

    def __init__(
        self,
        client: Client,
        token: Callable[[], str],
        *,
        newest: bool = False,
        room: asyncio.Semaphore | None = None,
    ) -> None:
        """With `newest` nothing is missing that was recorded before it was asked for."""
        self._client, self._token, self._newest = client, token, newest
        self._room = room or asyncio.Semaphore(AT_ONCE)
        self._kept: dict[tuple[str, str], asyncio.Task[list[Row]]] = {}

    def anew(self) -> Self:
        """The same, read anew with nothing missing."""
        return type(self)(self._client, self._token, newest=True, room=self._room)

    async def rows(
        self,
        model: str,
        where: Mapping[str, str],
        *,
        opened: bool = False,
        fields: Collection[str] = (),
    ) -> list[Row]:
        """All rows of a read model for which something holds, page by page; of each only these
        fields, if any are named.
        """
        asked = {"where": dict(where), "open": opened, "limit": MOST_ROWS, "fields": [*fields]}
        return await self._once(model, asked)

    async def of_keys(
        self, model: str, keys: Sequence[str], *, opened: bool = False, fields: Collection[str] = ()
    ) -> list[Row]:
        """The same of the rows of these keys, by hundreds."""
        asked = {"open": opened, "limit": MOST_ROWS, "fields": [*fields]}
        parts = [[*keys[at : at + MOST_KEYS]] for at in range(0, len(keys), MOST_KEYS)]
        found = await asyncio.gather(*(self._once(model, {**asked, "keys": one}) for one in parts))
        return [row for rows in found for row in rows]

    async def people(self, words: str) -> list[Row]:
        """The first of those who are found by words."""
        return await self._once(FIND, {"words": words, "open": True, "limit": MOST_FOUND})

    async def _once(self, name: str, question: Row) -> list[Row]:
        asked = name, json.dumps(question)
        if asked not in self._kept:
            self._kept[asked] = asyncio.create_task(self._read(name, question))
        return await self._kept[asked]

    async def _read(self, name: str, question: Row) -> list[Row]:
        found, more = list[Row](), NEWEST if self._newest else {}
        while True:
            asked = {**question, **more}
            async with self._room:
                reply = await ask_to_read(self._client, name, asked, self._token())
            if reply.status != "answered":
                raise CantLook(reply)
            found += reply.rows or []
            if reply.after is None:
                return found
            more = {"after": reply.after}
