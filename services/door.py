"""The door: commands come in as NATS requests and are answered when they are durable.

It is a service of the NATS micro protocol, so `nats micro info commands` finds it. Each request
has a task of its own; those that wait together go to the writer together.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import psycopg
import structlog
from nats import micro
from nats.aio.client import Client
from nats.micro.request import Request as Asked

from events.ids import CommandId, PersonId
from services.clock import Clock
from services.deciding import Accepted, Answer, Failed, Refused, Wish, Writer
from services.requests import (
    SUBJECT,
    Malformed,
    Reply,
    Wanted,
    act_of,
    cause_of,
    content_of,
    parse,
)
from services.vault import Vault

GROUP: Final = 256
MAX_WAITING: Final = 4096
PATIENCE: Final = 8.0  # seconds after which whoever waits is told to try again
AGAIN: Final = 0.25  # seconds until a database that was away is asked again
log = structlog.get_logger()

Waiting = tuple[Wish, "asyncio.Future[Reply]"]


class Door:
    """Takes requests in, hands them to the writer in groups, and answers."""

    def __init__(
        self, writer: Writer, vault: Vault, clock: Clock, source: str, *, fresh: Callable[[], str]
    ) -> None:
        """`fresh` gives text that never repeats, for the ids of requests that bring none."""
        self._writer, self._vault, self._clock = writer, vault, clock
        self._source, self._fresh = source, fresh
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._open = True
        self.resting = False
        self.heard = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def serve(self, client: Client, stop: asyncio.Event) -> None:
        """Answer until `stop`; then answer all that has come in, and return."""
        service = await micro.add_service(
            client,
            name="commands",
            version="0.1.0",
            description="Decides the programme's commands and records what follows",
        )
        await service.add_endpoint(name="commands", subject=f"{SUBJECT}>", handler=self._take)
        groups = asyncio.create_task(self._decide_groups())
        self.heard.set()
        await stop.wait()
        await service.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._open = False
        self._arrived.set()
        await groups
        self._thread.shutdown()

    async def _take(self, asked: Asked) -> None:
        """A task per request: nats.micro awaits its handler, one request at a time."""
        task = asyncio.create_task(self._answer(asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Asked) -> None:
        try:
            reply = await self.reply_to(asked.subject, asked.data)
        except Exception:
            log.exception("request.failed", subject=asked.subject)
            reply = Reply(status="failed", sentence="We could not answer this. We were told.")
        await asked.respond(reply.encoded())

    async def reply_to(self, subject: str, body: bytes) -> Reply:
        """The answer to one message."""
        try:
            wanted = await self._identified(parse(subject, body))
            wish = self._wish(wanted)
        except Malformed as malformed:
            log.info(f"command.{malformed.reply.status}")
            return malformed.reply
        except psycopg.Error:
            return Reply(status="busy", sentence=BUSY)
        if self.resting:
            return _busy(wish, RESTING)
        if len(self._waiting) >= MAX_WAITING:
            return _busy(wish)
        reply = await self._decided(wish)
        return reply.model_copy(update={"ids": _ids(wanted.command)})

    async def _decided(self, wish: Wish) -> Reply:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        self._waiting.append((wish, future))
        self._arrived.set()
        # Whatever the writer waits for, nobody waits longer than this for an answer.
        patience = loop.call_later(PATIENCE, lambda: _settle(future, _busy(wish)))
        reply = await future
        patience.cancel()
        return reply

    async def _identified(self, wanted: Wanted) -> Wanted:
        """A newcomer's e-mail address or telephone number becomes the id of who that is."""
        command = wanted.command
        if command.name != "person.register":
            return wanted
        named = wanted.request.id or self._fresh()
        newcomer = command.person_id or PersonId.derived(self._clock.now(), named)
        contacts = [one for one in (command.email, command.phone) if one]
        person = await asyncio.to_thread(self._vault.identify, contacts, newcomer)
        if command.person_id not in (None, person):
            raise Malformed(SOMEBODY_ELSE)
        return Wanted(command.model_copy(update={"person_id": PersonId(person)}), wanted.request)

    def _wish(self, wanted: Wanted) -> Wish:
        now = self._clock.now()
        command_id = wanted.request.id or CommandId.derived(now, self._fresh())
        act = act_of(wanted.request, now, command_id)
        digest = self._vault.digest(content_of(wanted))
        return Wish(wanted.command, act, cause_of(wanted, act, self._source, digest))

    async def _decide_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._open or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            await self._gathered()
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                # Who was told to try again does not wait any more.
                group = [one for one in group if not one[1].done()]
                try:
                    await loop.run_in_executor(self._thread, self._decide, group)
                except psycopg.Error as error:
                    log.warning("writer.unavailable", problem=type(error).__name__)
                    self._waiting = group + self._waiting
                    await asyncio.sleep(AGAIN)
                else:
                    self._waiting = _tell(group) + self._waiting

    async def _gathered(self) -> None:
        """Let those in that have come with the first, so that they share its commit."""
        seen = 0
        while seen < len(self._waiting):
            seen = len(self._waiting)
            await asyncio.sleep(0)

    def _decide(self, group: list[Waiting]) -> None:
        """Have a group decided; psycopg.Error if the database is away.

        A fault of ours spoils a whole group, so each is tried alone, and the others go on.
        """
        wishes = [wish for wish, _ in group]
        try:
            self._writer.decide(wishes)
        except psycopg.Error:
            raise
        except Exception:
            log.exception("group.failed", commands=len(group))
            if len(group) == 1:
                wishes[0].answer = Failed(problem="We could not decide this. We were told.")
            for one in group if len(group) > 1 else ():
                self._decide([one])


SOMEBODY_ELSE: Final = Reply(
    status="refused",
    code="person.somebody-else",
    sentence="We know somebody else by this address or number. Leave the id out, and we find them.",
)
BUSY: Final = "We can't take this just now. Please send it again, with the same id, in a moment."


RESTING: Final = "The door is closed for a while. Please send it again later, with the same id."


def _busy(wish: Wish, sentence: str = BUSY) -> Reply:
    return Reply(status="busy", command=wish.act.command_id, sentence=sentence)


def _tell(group: list[Waiting]) -> list[Waiting]:
    """Answer those who can be; the others wait on, while what they need is loaded."""
    for wish, future in group:
        if wish.answer is not None:
            _settle(future, _reply(wish, wish.answer))
    return [one for one in group if one[0].answer is None]


def _settle(future: "asyncio.Future[Reply]", reply: Reply) -> None:
    if not future.done():
        future.set_result(reply)


def _reply(wish: Wish, answer: Answer) -> Reply:
    command_id = wish.act.command_id
    if isinstance(answer, Accepted):
        return Reply(status="accepted", command=command_id, events=answer.written)
    if isinstance(answer, Refused):
        log.info(f"{wish.command.name}.refused", code=answer.code, command_id=command_id)
        return Reply(
            status="refused", command=command_id, code=answer.code, sentence=answer.sentence
        )
    return Reply(status="failed", command=command_id, sentence=answer.problem)


def _ids(command: Any) -> dict[str, str] | None:
    """The ids that the command names, so that who registers somebody learns who it is."""
    found = {
        name: value
        for name in type(command).model_fields
        if name.endswith("_id") and (value := getattr(command, name)) is not None
    }
    return found or None
