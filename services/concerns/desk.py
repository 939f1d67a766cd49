"""Where people tell in confidence: each request is seen to in turn, and nothing of it is noted in
any log of ours but the one that is kept for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Final

import psycopg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro.request import Request as NatsRequest

from domain.roles.acting import NotTied
from services.clock import Clock
from services.concerns.casebook import Casebook
from services.crew import CASES
from services.door.answers import FAILED, RESTING, busy, send, turned_away, unanswered
from services.door.in_hand import InHand
from services.door.inboxes import InboxesOnly, Requests
from services.door.reception import ROOM, Reception, size_of
from services.door.wire import Malformed, parse
from services.identity.comers import Comer, Comers
from services.log.wishes import Wish
from services.vault.vault import UNOPENED

PATIENCE: Final = 6.0  # seconds after which whoever waits is told to try again
AGAIN: Final = 0.25  # seconds until a database that was away is asked again
MANY: Final = 64  # who may wait at one time
QUEUE: Final = "safeguarding"
logger = structlog.get_logger()


class CaseDesk:
    """Takes in what people tell, and answers each."""

    def __init__(self, casebook: Casebook, comers: Comers, clock: Clock) -> None:
        self._casebook = casebook
        self._reception = Reception(comers, clock, self._take, PATIENCE)
        self._in_hand = InHand(MANY, ROOM)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="casebook")
        self.resting = False
        self.heard = asyncio.Event()
        self.answered: Callable[[], None] = lambda: None

    async def serve(self, client: Client, stop: asyncio.Event) -> None:
        """Answer until `stop`; then what was taken in, and return."""
        asked = InboxesOnly(client)

        async def hear(message: Msg) -> None:
            await self._reception.hear(NatsRequest(message))

        def tell(now: float) -> None:
            asked.tell(now)
            self._reception.tell(now)

        try:
            requests = Requests(f"{CASES}>", QUEUE, hear)
            await asked.hear_until(stop, requests, self.heard, tell)
            await self._reception.empty()
            await self._in_hand.empty()
        finally:
            tell(inf)
            await asyncio.to_thread(self._thread.shutdown)

    async def _take(self, message: NatsRequest, comer: Comer | None, until: float) -> None:
        """Take a request in, and wait for nothing."""
        size = size_of(message)
        if self.resting:
            await send(message, busy(sentence=RESTING))
        elif self._in_hand.has_room(size):
            self._in_hand.see_to(self._see_to(message, comer, until), size)
        else:
            await send(message, busy())

    async def _see_to(self, message: NatsRequest, comer: Comer | None, until: float) -> None:
        await send(message, await self._answer(message, comer, until))
        self.answered()

    async def _answer(self, message: NatsRequest, comer: Comer | None, until: float) -> bytes:
        """The answer to one request, whatever comes of it."""
        try:
            wish = self._casebook.wish(parse(message.subject, message.data, comer))
            return await self._decided(wish, until)
        except Malformed as malformed:
            return malformed.reply.encoded()
        except NotTied as refusal:
            return turned_away(refusal)
        except UNOPENED as error:
            logger.error("safeguarding.unavailable", problem=str(error))  # noqa: TRY400
            return busy()
        except Exception as error:  # noqa: BLE001 - what it says may repeat what was told
            logger.error("safeguarding.failed", kind=type(error).__name__)  # noqa: TRY400 - as above
            return FAILED

    async def _decided(self, wish: Wish, until: float) -> bytes:
        """What the casebook answers; it is asked again while the database is away, as at the door:
        after a restart of it every connection that was kept is found dead once.
        """
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            try:
                async with asyncio.timeout_at(until):
                    work = loop.run_in_executor(self._thread, self._casebook.answer, wish)
                    return (await work).encoded()
            except TimeoutError:
                return unanswered(wish)
            except psycopg.Error:
                await asyncio.sleep(AGAIN)
        return unanswered(wish) if wish.unsure else busy(wish)
