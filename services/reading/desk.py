"""Where questions come in on the bus: who asks is found out, and each is answered in a thread.

A question is a task of its own, so a slow or a bad one holds up no other. Nobody waits longer than
seconds; when too many wait, whoever comes is told to come again. Nobody waits for anything of whom
it is not known that they may read it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from math import inf
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError

from domain.decision import Refusal
from services.clock import Clock
from services.crew import QUERIES
from services.door.in_hand import InHand, OfEach
from services.door.inboxes import InboxesOnly, Requests
from services.door.reception import ROOM, size_of
from services.engines.faults import EngineFault, kind_of
from services.identity.comers import Comer, Comers
from services.identity.identities import TooManyWait
from services.log.lost import LostPart
from services.reading.answering import Reader
from services.reading.fair_threads import FairThreads
from services.reading.questions import CantBeAsked, NamedQuery, parse
from services.reading.reaching import has_reached
from services.reading.refusals import NotThereYet, TooLarge
from services.reading.replies import ReadingReply
from services.vault.vault import UNOPENED

THREADS: Final = 6
MANY: Final = 256  # questions that wait or are being answered
OF_ONE: Final = 16  # of them, of one person
PATIENCE: Final = 6.0  # seconds after which whoever waits is told to ask again
QUEUE: Final = "reader"
BUSY: Final = ReadingReply(
    status="busy", sentence="Too many ask at this moment. Please ask again in a moment."
)
RESTING: Final = ReadingReply(
    status="busy", sentence="Nothing is to be read for a while. Please ask again later."
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
        self._threads = FairThreads(THREADS)
        self._in_hand = InHand(MANY, ROOM)
        self._of_each = OfEach()
        self.resting = False
        self.heard = asyncio.Event()
        self.complain: Callable[[EngineFault], None] = lambda _: None

    async def serve(self, client: Client, stop: asyncio.Event) -> None:
        """Answer until `stop`; then what was taken in, and return."""
        asked = InboxesOnly(client)
        requests = Requests(f"{QUERIES}>", QUEUE, partial(self._take, client))
        try:
            await asked.hear_until(stop, requests, self.heard, asked.tell)
            await self._in_hand.empty()
        finally:
            asked.tell(inf)
            self._threads.close()

    async def _take(self, client: Client, message: Msg) -> None:
        """Take a question in, and wait for nothing."""
        size = size_of(message)
        if self.resting:
            await _answer(client, message, RESTING)
        elif self._in_hand.has_room(size):
            self._in_hand.see_to(self._handle(client, message), size)
        else:
            await _answer(client, message, BUSY)

    async def _handle(self, client: Client, message: Msg) -> None:
        """Answer one question, whatever comes of it."""
        try:
            asked = parse(message.subject, message.data)
            async with asyncio.timeout(PATIENCE):
                reply = await self._answered(asked, message, monotonic() + PATIENCE)
        except CantBeAsked as problem:
            reply = problem.reply
        except Refusal as refusal:
            logger.info("query.refused", code=refusal.code)
            reply = refused(refusal)
        except (TimeoutError, TooManyWait):
            reply = BUSY
        except (psycopg.Error, LostPart, *UNOPENED) as error:
            self._say(error)
            reply = AWAY
        except Exception:
            logger.exception("query.failed")
            reply = FAILED
        await _answer(client, message, reply)

    async def _answered(self, asked: NamedQuery, message: Msg, until: float) -> ReadingReply:
        comer = await self._comers.comes(message.headers, self._now())
        if self._of_each.of(comer.sender) >= OF_ONE:
            raise TooManyWait
        with self._of_each.one(comer.sender):
            if asked.question.position is not None:
                wanted = await self._apart(comer, self._reader.awaited, asked, comer, self._now())
                if not await has_reached(partial(self._position, asked, comer), wanted):
                    raise NotThereYet
            return await self._apart(comer, self._reader.answer, asked, comer, self._now(), until)

    def _now(self) -> datetime:
        return self._clock.now()

    async def _position(self, asked: NamedQuery, comer: Comer) -> int:
        """How far what is read has come."""
        return await self._apart(comer, self._reader.position, asked.name)

    async def _apart(self, comer: Comer, work: Callable[..., T], *given: Any) -> T:
        return await self._threads.work(comer.sender, work, *given)

    def _say(self, error: Exception) -> None:
        told = isinstance(error, (LostPart, *UNOPENED))
        problem = str(error) if told else kind_of(error).problem
        logger.warning("reader.unavailable", problem=problem)
        self.complain(EngineFault(kind_of(error).kind, problem))


def refused(refusal: Refusal) -> ReadingReply:
    """The answer to what may not be read."""
    return ReadingReply(status="refused", code=refusal.code, sentence=refusal.sentence)


async def _answer(client: Client, message: Msg, reply: ReadingReply) -> None:
    """Without headers: a message that answers itself would send back those of whoever asks."""
    with suppress(NatsError):  # who asked may be gone
        try:
            await client.publish(message.reply, reply.encoded())
        except MaxPayloadError:
            await client.publish(message.reply, refused(TooLarge()).encoded())
