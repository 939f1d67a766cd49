"""The questions of a fault run: somebody who coordinates, and somebody who has applied, read.

What is wrong with an answer is kept, and whose values it opened; what was refused, or came to
nothing, is asked again.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.engines.addresses import BusAddress
from services.identity.at_home import OwnTokens
from services.reading.asking import ask_to_read
from services.reading.cells import OPENED
from services.reading.replies import ReadingReply
from services.reading.table import TABLE
from services.secrecy import SHUT
from tests.chaos.reaching import reached
from tests.scenes.judging import seen_in, walk
from tests.scenes.readable import Shown, WholeRow

PAUSE: Final = 0.4  # seconds between two questions of one person
ASKS: Final = "asks"  # a word of the name of who has applied, and of nobody else's
FOUND: Final = {"words": ASKS}
MODELS: Final = ("people", "application_queue", "cohort_board", "tasks")
OF_COORDINATORS: Final = (*MODELS, "journey", "agenda", "people.find")
OF_ANYBODY: Final = ("people", "application_queue", "cohort_board", "journey", "openings")
OF_NOBODY_ELSE: Final = ("agenda", "people.find", "tasks")
IN_TIME: Final = {"reading.not-there-yet", "reading.too-slow", "reading.not-recorded"}
NOT_YOURS: Final = "reading.not-yours"
ANSWERED: Final = "answered"
NO_ANSWER: Final = "no answer"
TRIES: Final = 60
Rows = dict[str, Shown]


class Questions:
    """Two people who read all the time, each a few times a second, until told to stop."""

    def __init__(self, url: Callable[[], BusAddress], tokens: OwnTokens) -> None:
        self._url, self._tokens = url, tokens
        self._coordinator = self._applicant = self._cohort = ""
        self._reached: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.counts: Counter[str] = Counter()
        self.opened: Counter[tuple[str, str, str]] = Counter()
        """How often who has opened, by which name, whose values."""
        self.wrong: list[str] = []
        self.at_last: dict[str, Rows] = {}

    def begin(self, coordinator: str, applicant: str, cohort: str) -> None:
        """Who asks, and for which cohort one of them has applied."""
        self._coordinator, self._applicant, self._cohort = coordinator, applicant, cohort

    async def ask(self, stop: asyncio.Event) -> None:
        """One question after the other, of each of the two."""
        async with asyncio.TaskGroup() as askers:
            askers.create_task(self._asks(self._coordinator, OF_COORDINATORS, stop))
            askers.create_task(self._asks(self._applicant, (*OF_ANYBODY, *OF_NOBODY_ELSE), stop))

    async def afterwards(self) -> None:
        """All rows that whoever coordinates reads, when nothing is to do any more."""
        client = await reached(self._url())
        for name in MODELS:
            rows, after = Rows(), None
            while True:
                more = {"limit": 200} | ({"after": after} if after else {})
                reply = await self._until_answered(client, name, more)
                rows |= {str(row["key"]): row for row in reply.rows or []}
                after = reply.after
                if after is None:
                    break
            self.at_last[name] = rows
        await client.close()

    def unlike(self, models: Mapping[str, Mapping[str, WholeRow]]) -> Iterator[str]:
        """Where what was read at last is not what stands in the read models."""
        for name in MODELS:
            found, stand = self.at_last.get(name, {}), models[name]
            if found.keys() != stand.keys():
                yield f"{name}: {len(found)} rows were read, and {len(stand)} are there"
            cells = TABLE[name].cells["coordinator"]
            for key in found.keys() & stand.keys() - {self._coordinator}:
                row, seen = stand[key], seen_in(found[key], cells)
                for path, cell in cells.items():
                    told = row.full if cell.sight == OPENED else row.closed
                    if seen.get(path, []) != [one for _, one in walk(told, path.split("."))]:
                        yield f"{name}: {path} of {key} is not as it stands"

    async def _until_answered(self, client: Client, name: str, more: Shown) -> ReadingReply:
        for _ in range(TRIES):
            reply = await self._one(client, self._coordinator, name, more)
            if reply and reply.status == ANSWERED:
                return reply
            await asyncio.sleep(PAUSE)
        raise TimeoutError(f"{name} was never answered")

    async def _asks(self, who: str, names: tuple[str, ...], stop: asyncio.Event) -> None:
        client = await reached(self._url())
        while not stop.is_set():
            for name in names:
                if not stop.is_set():
                    await self._one(client, who, name, FOUND if name == "people.find" else {})
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), PAUSE)
        await client.close()

    async def _one(self, client: Client, who: str, name: str, more: Shown) -> ReadingReply | None:
        """One question; None if the bus was lost meanwhile."""
        question: dict[str, Any] = {"open": True, "limit": 20, **more}
        try:
            reply = await ask_to_read(client, name, question, self._tokens.of(who))
        except (NatsError, OSError):
            self.counts[NO_ANSWER] += 1
            return None
        self.counts[reply.code or reply.status] += 1
        self.wrong += [f"{name}: {one}" for one in self._wrong(who, name, reply)]
        return reply

    def _wrong(self, who: str, name: str, reply: ReadingReply) -> Iterator[str]:
        """What an answer must not be."""
        may = who == self._coordinator or name not in OF_NOBODY_ELSE
        match reply.status:
            case "busy":
                return
            case "refused":
                if reply.code not in IN_TIME | (set() if may else {NOT_YOURS}):
                    yield f"refused with {reply.code}"
                if not reply.sentence:
                    yield "refused without a sentence"
            case "answered" if may:
                yield from self._rows_wrong(who, name, reply)
            case status:
                yield f"it is {status}"

    def _rows_wrong(self, who: str, name: str, reply: ReadingReply) -> Iterator[str]:
        position = reply.position or 0
        if name != "people.find" and position < self._reached[who, name]:
            yield f"position {position} after {self._reached[who, name]}"
        self._reached[who, name] = max(position, self._reached[who, name])
        for row in reply.rows or []:
            if row.get("full_name", SHUT) != SHUT:
                self.opened[who, name, str(row["key"])] += 1
            about = row.get("whose") or row.get("person_id") or row["key"]
            if who == self._applicant and about not in {who, self._cohort}:
                yield "somebody is shown who is not theirs to see"
            if name == "people.find" and about != self._applicant:
                yield "somebody is found who has not this name"
