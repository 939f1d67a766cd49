"""Where questions come in on the bus: who asks is found out, and each is answered in a thread.

A question is a task of its own, so a slow or a bad one holds up no other. Nobody waits longer than
seconds; when too many wait, whoever comes is told to come again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import inf
from typing import Any, Final, TypeVar

import psycopg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from domain.decision import Refusal
from services.clock import Clock
from services.crew import QUERIES
from services.door.inboxes import InboxesOnly
from services.door.reception import told_apart
from services.engines.faults import EngineFault, kind_of
from services.identity.comers import Comers
from services.reading.answering import Reader
from services.reading.questions import CantBeAsked, NamedQuery, ReadingReply, parse
from services.reading.refusals import NotThereYet
from services.vault.vault import UNOPENED

THREADS: Final = 6
MANY: Final = 256  # questions that wait or are being answered
OF_ONE: Final = 16  # of them, of one person
PATIENCE: Final = 6.0  # seconds after which whoever waits is told to ask again
REACHED: Final = 3.0  # seconds for which a position is waited for
LOOK: Final = 0.05  # seconds between two looks whether it was reached
TELL: Final = 1.0  # seconds between two looks at what was not heard
QUEUE: Final = "reader"
BUSY: Final = ReadingReply(
    status="busy", sentence="Too many ask at this moment. Please ask again in a moment."
)
AWAY: Final = ReadingReply(
    status="busy", sentence="What is to be read can't be reached. Please ask again in a moment."
)
FAILED: Final = ReadingReply(
    status="failed", sentence="Something went wrong here, and it was noted. Please ask again later."
)
T = TypeVar("T")
logger = structlog.get_logger()


class Desk:
    """Takes questions in, and answers each."""

    def __init__(self, reader: Reader, comers: Comers, clock: Clock) -> None:
        self._reader, self._comers, self._clock = reader, comers, clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reading")
        self._tasks = set[asyncio.Task[None]]()
        self._of_each: Counter[str] = Counter()
        self.resting = False
        self.heard = asyncio.Event()
        self.complain: Callable[[EngineFault], None] = lambda _: None

    async def serve(self, client: Client, stop: asyncio.Event) -> None:
        """Answer until `stop`; then what was taken in, and return."""
        told_apart(client)
        asked = InboxesOnly(client)
        heard = await asked.subscribe(f"{QUERIES}>", queue=QUEUE, cb=self._take)
        try:
            await client.flush()
            self.heard.set()
            while not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), TELL)
                asked.tell(asyncio.get_running_loop().time())
            with suppress(NatsError):
                await heard.unsubscribe()
            await asyncio.gather(*self._tasks)
        finally:
            asked.tell(inf)
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _take(self, message: Msg) -> None:
        """Take a question in, and wait for nothing."""
        if self.resting or len(self._tasks) >= MANY:
            await _answer(message, BUSY)
            return
        task = asyncio.create_task(self._handle(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, message: Msg) -> None:
        """Answer one question, whatever comes of it."""
        try:
            asked = parse(message.subject, message.data)
            async with asyncio.timeout(PATIENCE):
                reply = await self._answered(asked, message)
        except CantBeAsked as problem:
            reply = problem.reply
        except Refusal as refusal:
            logger.info("query.refused", code=refusal.code)
            reply = refused(refusal)
        except TimeoutError:
            reply = BUSY
        except (psycopg.Error, *UNOPENED) as error:
            self._say(error)
            reply = AWAY
        except Exception:
            logger.exception("query.failed")
            reply = FAILED
        await _answer(message, reply)

    async def _answered(self, asked: NamedQuery, message: Msg) -> ReadingReply:
        now = self._clock.now()
        comer = await self._comers.comes(message.headers, now)
        if self._of_each[comer.sender] >= OF_ONE:
            return BUSY
        self._of_each[comer.sender] += 1
        try:
            await self._reached(asked)
            return await self._apart(self._reader.answer, asked, comer, now)
        finally:
            self._of_each[comer.sender] -= 1
            self._of_each += Counter()  # forget who waits for nothing

    async def _reached(self, asked: NamedQuery) -> None:
        """Wait until what is read has come to the position that is asked for."""
        wanted = asked.question.position
        if wanted is None:
            return
        try:
            async with asyncio.timeout(REACHED):
                while await self._apart(self._reader.position, asked.name) < wanted:  # noqa: ASYNC110 - of a database
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise NotThereYet from None

    async def _apart(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _say(self, error: Exception) -> None:
        problem = str(error) if isinstance(error, UNOPENED) else kind_of(error).problem
        logger.warning("reader.unavailable", problem=problem)
        self.complain(EngineFault(kind_of(error).kind, problem))


def refused(refusal: Refusal) -> ReadingReply:
    """The answer to what may not be read."""
    return ReadingReply(status="refused", code=refusal.code, sentence=refusal.sentence)


async def _answer(message: Msg, reply: ReadingReply) -> None:
    with suppress(NatsError):  # who asked may be gone
        await message.respond(reply.encoded())
