"""The door: commands come in as NATS requests and are answered when they are durable.

It is a service of the NATS micro protocol, so `nats micro info commands` finds it. Those that wait
together go to the writer together. A request costs no task and no timer of its own: taking it in
only puts it into the queue, and a group is answered as one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any, Final, TypeVar, cast

import psycopg
import structlog
from nats import micro
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.micro.request import Request as NatsRequest

from domain.identities.tying import TieIdentity
from domain.people.person import RegisterPerson
from domain.roles.acting import NotTied
from events.ids import PersonId, TieId
from services.clock import Clock
from services.crew import OF_WORKERS, REQUESTS
from services.door.answers import FAILED, busy, encoded, send, turned_away, unanswered
from services.door.inboxes import InboxesOnly
from services.door.meeting import Meetings
from services.door.reception import ROOM, Reception, size_of
from services.door.replies import Reply
from services.door.ties import Tying
from services.door.wire import Malformed, Parsed, parse
from services.door.wishing import wish_of
from services.door.within import FromWithin
from services.engines.faults import EngineFault, kind_of
from services.identity.comers import Comer, Comers
from services.log.wishes import Accepted, Failed, Refused, Wish
from services.log.writer import Writer
from services.vault.vault import UNOPENED, Vault

GROUP: Final = 256
MAX_WAITING: Final = 4096
PATIENCE: Final = 6.0  # seconds after which whoever waits is told to try again
LOOK: Final = 0.25  # seconds between looks at who has waited too long
AGAIN: Final = 0.25  # seconds until a database that was away is asked again
T = TypeVar("T")
logger = structlog.get_logger()


@dataclass(slots=True)
class Waiting:
    """A command that waits for its answer, until when; `answered` once it has one. `in_hand` while
    the writer decides on it. `newcomer` is who registers, if they are new. `size` is in bytes.
    """

    wish: Wish
    message: NatsRequest
    until: float
    size: int
    answered: bool = False
    in_hand: bool = False
    newcomer: PersonId | None = None


class Door:
    """Takes requests in, hands them to the writer in groups, and answers."""

    def __init__(
        self,
        writer: Writer,
        meetings: Meetings,
        vault: Vault,
        clock: Clock,
        source: str,
        *,
        comers: Comers,
        tying: Tying,
        fresh: Callable[[], str],
    ) -> None:
        """`fresh` gives text that never repeats, for requests that bring no id."""
        self._reception = Reception(comers, clock, self._take, PATIENCE)
        self._tying = tying
        self._writer, self._meetings, self._vault, self._clock = writer, meetings, vault, clock
        self._source, self._fresh = source, fresh
        self._arriving: list[Waiting] = []
        self._waiting: list[Waiting] = []
        self._in_hand: list[Waiting] = []
        self._met: list[Waiting] = []
        self._bytes = 0
        self._came = asyncio.Event()
        self._arrived = asyncio.Event()
        self._open = True
        self._meeting = True
        self.complain: Callable[[EngineFault], None] = lambda _: None
        self.resting: str | None = None  # what whoever asks is told while the door is closed
        self.heard = asyncio.Event()
        self._names: Counter[str] = Counter()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._other_thread = ThreadPoolExecutor(1, thread_name_prefix="meeting")

    async def serve(self, client: Client, stop: asyncio.Event) -> None:
        """Answer until `stop`; then answer all that was taken in, and return."""
        asked = InboxesOnly(client)
        service = await micro.add_service(
            cast("Client", asked),
            name="commands",
            version="0.1.0",
            description="Decides the programme's commands and records what follows",
        )
        for name, subjects in (("commands", REQUESTS), ("workers", OF_WORKERS)):
            await service.add_endpoint(
                name=name, subject=f"{subjects}>", handler=self._reception.hear
            )
        try:
            async with asyncio.TaskGroup() as tasks:
                newcomers = tasks.create_task(self._meet_groups())
                groups = tasks.create_task(self._decide_groups())
                hurrying = tasks.create_task(self._hurry(asked))
                self.heard.set()
                await stop.wait()
                with suppress(NatsError):
                    await service.stop()
                await self._reception.empty()
                self._meeting = False
                self._came.set()
                await newcomers
                self._open = False
                self._arrived.set()
                await groups
                hurrying.cancel()
        finally:
            asked.tell(inf)
            self._reception.tell(inf)
            await asyncio.to_thread(self._thread.shutdown)
            await asyncio.to_thread(self._other_thread.shutdown)

    async def ask_within(self, name: str, body: Mapping[str, Any], worker: str) -> Reply:
        """The answer to what the worker asks for in which the door is."""
        message = FromWithin(name, body, worker)
        until = asyncio.get_running_loop().time() + PATIENCE
        await self._take(cast("NatsRequest", message), None, until)
        return await message.answered()

    async def _take(self, message: NatsRequest, comer: Comer | None, until: float) -> None:
        """Take a request in, of a worker or of somebody who is known."""
        try:
            await self._queue(message, parse(message.subject, message.data, comer), until)
        except Malformed as malformed:
            await self._turn_away(message, malformed)
        except NotTied as refusal:
            await send(message, turned_away(refusal))

    async def _queue(self, message: NatsRequest, parsed: Parsed, until: float) -> None:
        wish, size = self._wish(parsed), size_of(message)
        if self.resting:
            await send(message, busy(wish, self.resting))
        elif self._full(size):
            await send(message, busy(wish))
        else:
            one = Waiting(wish, message, until, size)
            self._bytes += one.size
            registers = isinstance(wish.command, RegisterPerson) and _may_register(wish)
            if registers or isinstance(wish.command, TieIdentity):
                one.newcomer = self._newcomer(wish) if registers else None
                self._arriving.append(one)
                self._came.set()
            else:
                self._waiting.append(one)
                self._arrived.set()

    def _newcomer(self, wish: Wish) -> PersonId:
        """Who it is if they are new; two may come under one id, and at one moment."""
        recorded = wish.act.command_id
        again = self._names[recorded]
        if len(self._names) > MAX_WAITING:
            self._names.clear()
        self._names[recorded] = again + 1
        return PersonId.derived(self._clock.now(), recorded, str(again))

    def _full(self, size: int) -> bool:
        """Whether nobody more with a request of so many bytes can wait: they are told to come
        again.
        """
        many = len(self._waiting) + len(self._arriving)
        return many >= MAX_WAITING or self._bytes + self._reception.bytes + size > ROOM

    def _weigh(self) -> None:
        """Some have gone: see how much those have who wait."""
        self._bytes = sum(one.size for one in self._all())

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits."""
        return next(self._all(), None) is None

    async def _turn_away(self, message: NatsRequest, malformed: Malformed) -> None:
        logger.info(f"command.{malformed.reply.status}")
        await send(message, malformed.reply.encoded())

    def _wish(self, parsed: Parsed) -> Wish:
        return wish_of(parsed, self._clock.now(), self._vault, self._source, self._fresh)

    async def _hurry(self, asked: InboxesOnly) -> None:
        """Whatever the writer waits for, nobody waits longer than PATIENCE for an answer.

        Who is told to be too many is not decided any more. What the writer has in hand, or had when
        the database went away in a commit, may be recorded: of that nobody knows yet.
        """
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK)
            now = loop.time()
            asked.tell(now)
            self._reception.tell(now)
            for one in [one for one in self._all() if one.until < now]:
                if not one.answered:
                    one.answered = True
                    unknown = one.in_hand or one.wish.unsure
                    await send(one.message, (unanswered if unknown else busy)(one.wish))

    def _all(self) -> Iterator[Waiting]:
        return chain(self._met, self._in_hand, self._arriving, self._waiting)

    async def _meet_groups(self) -> None:
        """Have those met who register, while others are decided."""
        while self._meeting or self._arriving:
            await self._came.wait()
            self._came.clear()
            while self._arriving:
                group, self._arriving = self._arriving[:GROUP], self._arriving[GROUP:]
                self._met = group = [one for one in group if not one.answered]
                try:
                    await self._meet(group)
                    self._waiting += group
                    self._arrived.set()
                except (psycopg.Error, *UNOPENED) as error:
                    self._say("vault.unavailable", error)
                    self._arriving = group + self._arriving
                    self._came.set()
                    await asyncio.sleep(AGAIN)
                except Exception:
                    logger.exception("group.not-met", commands=len(group))
                    for one in group:
                        if not one.answered:
                            one.answered = True
                            await send(one.message, FAILED)
                self._met = []
                self._weigh()

    async def _meet(self, group: Sequence[Waiting]) -> None:
        coming = [one for one in group if one.newcomer]
        newcomers = [one.newcomer for one in coming if one.newcomer]
        kept = await self._apart(self._meetings.meet, [one.wish for one in coming], newcomers)
        for one in coming:
            one.newcomer = one.newcomer if one.newcomer in kept else None
        if ties := [one.wish for one in group if isinstance(one.wish.command, TieIdentity)]:
            await self._apart(self._tying.look, ties)

    def _say(self, event: str, error: Exception) -> None:
        problem = str(error) if isinstance(error, UNOPENED) else kind_of(error).problem
        logger.warning(event, problem=problem)
        self.complain(EngineFault(kind_of(error).kind, problem))

    async def _apart(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._other_thread, work, *given)

    async def _leave(self, group: Sequence[Waiting]) -> None:
        """Keep nothing of those who were met and did not become known."""
        strangers = [one.newcomer for one in group if one.newcomer and _is_stranger(one)]
        if strangers:
            try:
                await self._apart(self._meetings.leave, strangers)
            except psycopg.Error as error:
                self._say("vault.unavailable", error)
        if ties := self._not_tied(group):
            try:
                await self._apart(self._tying.leave, ties)
            except psycopg.Error as error:
                self._say("vault.unavailable", error)

    def _not_tied(self, group: Sequence[Waiting]) -> list[TieId]:
        """The ties of refused wishes, but for those for which somebody waits under the same id."""
        acts = [
            one.wish.act
            for one in group
            if isinstance(one.wish.command, TieIdentity) and isinstance(one.wish.answer, Refused)
        ]
        if not acts:  # as a rule; and those who wait may be thousands
            return []
        waiting = {one.wish.act.command_id for one in self._all() if one.wish.answer is None}
        return [act.new(TieId) for act in acts if act.command_id not in waiting]

    async def _decide_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._open or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            await self._gathered()
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                # Who was told to try again does not wait any more.
                self._in_hand = group = [one for one in group if not one.answered]
                wishes = [one.wish for one in group]
                _all_are(group, in_hand=True)
                try:
                    await loop.run_in_executor(self._thread, self._decide, wishes)
                except psycopg.Error as error:
                    self._say("writer.unavailable", error)
                    _all_are(group, in_hand=False)
                    self._waiting = group + self._waiting
                    await asyncio.sleep(AGAIN)
                else:
                    # While what some need is loaded, they wait on.
                    _all_are(group, in_hand=False)
                    self._waiting = await _tell(group) + self._waiting
                    await self._leave(group)
                self._in_hand = []
                self._weigh()

    async def _gathered(self) -> None:
        """Let those in that have come with the first, so that they share its commit."""
        seen = 0
        while seen < len(self._waiting):
            seen = len(self._waiting)
            await asyncio.sleep(0)

    def _decide(self, wishes: list[Wish]) -> None:
        """Have a group decided; psycopg.Error if the database is away.

        A fault of ours spoils a whole group, so each is tried alone, and the others go on.
        """
        try:
            self._writer.decide(wishes)
        except psycopg.Error:
            raise
        except Exception:
            logger.exception("group.failed", commands=len(wishes))
            if len(wishes) == 1:
                wishes[0].answer = Failed(problem="We could not decide this. We were told.")
            for one in wishes if len(wishes) > 1 else ():
                self._decide([one])


def _all_are(group: Sequence[Waiting], *, in_hand: bool) -> None:
    for one in group:
        one.in_hand = in_hand


async def _tell(group: list[Waiting]) -> list[Waiting]:
    """Answer those who can be; the others are returned."""
    for one in group:
        if one.wish.answer is not None and not one.answered:
            one.answered = True
            await send(one.message, encoded(one.wish))
    return [one for one in group if one.wish.answer is None]


def _may_register(wish: Wish) -> bool:
    """Whether the role that somebody names, if any, can be one in which people are registered."""
    return wish.act.role is None or wish.act.role in wish.command.roles


def _is_stranger(one: Waiting) -> bool:
    """Whether who was met is known by now that they did not become known."""
    return one.wish.answer is not None and not (
        isinstance(one.wish.answer, Accepted) and one.newcomer in one.wish.about
    )
