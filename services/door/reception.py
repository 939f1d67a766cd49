"""Who asks is found out before anything else is looked at: neither what they ask, nor under which
id, nor whether there is such a command is anything for whoever can't say who they are.

Mostly it is known at once. Where keys or ties must be asked for, somebody waits in a task of their
own, and nobody behind them.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import psycopg
import structlog
from nats.aio.msg import Msg
from nats.micro.request import Request as NatsRequest

from domain.decision import Refusal
from services.clock import Clock
from services.crew import OF_WORKERS
from services.door.answers import FAILED, busy, send, turned_away
from services.door.in_hand import InHand
from services.identity.comers import Comer, Comers
from services.identity.identities import TooManyWait
from services.identity.refusals import NotIdentified
from services.identity.showing import HEADER

WAITING: Final = 512  # who may wait until it is known who they are; others are told to come again
ROOM: Final = 64 * 2**20  # bytes of requests, with their headers, that wait at one time
EVERY: Final = 60.0  # seconds between two words about who was not identified
Take = Callable[[NatsRequest, Comer | None, float], Awaitable[None]]
logger = structlog.get_logger()


class Reception:
    """Lets those on who are known, with who they are; None of a worker, known by its subject."""

    def __init__(self, comers: Comers, clock: Clock, take: Take, patience: float) -> None:
        """`take` gets a request, who it is, and until when they wait, in seconds of the event loop;
        `patience` is for how long anybody waits for an answer.
        """
        self._comers, self._clock, self._take, self._patience = comers, clock, take, patience
        self._just_seen: dict[str, Comer] = {}
        self._unknown = InHand(WAITING, ROOM)
        self._refused: Counter[str] = Counter()
        self._tell_at = 0.0

    async def hear(self, message: NatsRequest) -> None:
        """Hear a request, and wait for nothing: nats.micro awaits its handler, one by one."""
        until = asyncio.get_running_loop().time() + self._patience
        try:
            if message.subject.startswith(OF_WORKERS):
                await self._take(message, None, until)
            elif comer := self._known(message):
                await self._take(message, comer, until)
            elif self._unknown.has_room(size := size_of(message)):
                self._unknown.see_to(self._find_out(message, until), size)
            else:
                await send(message, busy())
        except NotIdentified as refusal:
            await self._turn_away(message, refusal)
        except Exception:
            logger.exception("request.failed")
            await send(message, FAILED)

    def _known(self, message: NatsRequest) -> Comer | None:
        """Who it is, if that is known at once; looked at once for all who show the same and have
        come by now, so that whoever comes after a key was withdrawn is judged without it.
        """
        shown = message.headers.get(HEADER, "") if message.headers else ""
        comer = self._just_seen.get(shown)
        if comer is None and (comer := self._comers.at_once(message.headers, self._clock.now())):
            if not self._just_seen:
                asyncio.get_running_loop().call_soon(self._just_seen.clear)
            self._just_seen[shown] = comer
        return comer

    async def _find_out(self, message: NatsRequest, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                comer = await self._comers.comes(message.headers, self._clock.now())
            await self._take(message, comer, until)
        except NotIdentified as refusal:
            await self._turn_away(message, refusal)
        except (TooManyWait, TimeoutError, psycopg.Error):
            await send(message, busy())
        except Exception:
            logger.exception("request.failed")
            await send(message, FAILED)

    async def _turn_away(self, message: NatsRequest, refusal: Refusal) -> None:
        self._refused[refusal.code] += 1
        await send(message, turned_away(refusal))

    async def empty(self) -> None:
        """Return when nobody waits any more."""
        await self._unknown.empty()

    @property
    def bytes(self) -> int:
        """Of the requests of those of whom it is not known yet who they are."""
        return self._unknown.bytes

    def tell(self, now: float) -> None:
        """Say how many were turned away and why, now and then; `now` is as above."""
        if self._refused and now >= self._tell_at:
            logger.warning("requests.not-identified", **self._refused)
            self._refused.clear()
            self._tell_at = now + EVERY


def size_of(message: NatsRequest | Msg) -> int:
    """How many bytes a request has, with its headers."""
    headers = message.headers or {}
    return len(message.data) + len("".join([*headers, *headers.values()]).encode())
