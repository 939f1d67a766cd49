"""Rows of read models, asked for with the token of whoever calls; what was asked once is kept."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from nats.aio.client import Client

from services.reading.asking import HEAD, ask_to_read
from services.reading.replies import ReadingReply

AT_ONCE: Final = 8  # questions of one call; the reader takes a few more of one person
PAGE: Final = 500
MOST_FOUND: Final = 20
FIND: Final = "people.find"
NEWEST: Final = {"position": HEAD}
Row = dict[str, Any]


class CantLook(Exception):
    """It can't be looked for; `reply` says why."""

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
        self, model: str, where: Mapping[str, str], *, opened: bool = False
    ) -> list[Row]:
        """All rows of a read model for which something holds, page by page."""
        return await self._once(model, {"where": dict(where), "open": opened, "limit": PAGE})

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
