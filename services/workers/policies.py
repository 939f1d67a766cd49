"""The worker `policies`: what follows from a fact by itself is asked for at the door.

Each wish has an id derived from cause, rule and target, so a batch that comes again asks for
nothing new.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, Final, NoReturn

import psycopg
import structlog

from domain.catalogue import POLICIES
from domain.decision import Command
from domain.policy import rule_of
from events.catalogue import CATALOGUE, Recorded, decode
from events.ids import CommandId
from services.clock import Clock
from services.dead_letters.faults import TryAgain
from services.door.asking import by_itself, following
from services.door.from_threads import Ask, asking
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.log.log import Stored
from services.patience import stopped
from services.process.following import Urls, catch_up, follow
from services.process.in_order import InOrder
from services.process.station import Station

WORKER = "policies"
DOOR_OPENS = 0.3  # seconds until a door that was not open is tried again
ATTEMPTS: Final = 5  # at what the door says it failed at
A_MOMENT: Final = timedelta(minutes=5)  # so long all wait for a door whose clock is behind
logger = structlog.get_logger()


class DoorBusy(TryAgain):
    """The door could not take a wish; it is asked again."""


class DoorFailed(RuntimeError):
    """The door can't make anything of a wish, which is our fault: the event is parked."""


class Policies:
    """Reads facts in order and asks for what follows from them."""

    def __init__(self, url: str, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._failures: Counter[int] = Counter()
        self._in_order = InOrder(WORKER, url, clock, self._follow)
        self.checkpoint, self.take = self._in_order.checkpoint, self._in_order.take
        self.mend, self.close = self._in_order.mend, self._in_order.close

    def _follow(self, _: psycopg.Connection, row: Stored) -> None:
        """Ask for what follows from one fact. DoorBusy: later; DoorFailed: it is to be parked."""
        kind = CATALOGUE.get(row.type)
        if kind is not None and kind not in POLICIES:
            return
        fact = decode(row.document)
        for policy in POLICIES.get(type(fact.event), ()):
            for number, command in enumerate(policy(fact)):
                self._wish(fact, rule_of(policy), number, command)
        self._failures.pop(row.position, None)

    def _wish(self, fact: Recorded[Any], rule: str, number: int, command: Command) -> None:
        cause = fact.envelope
        named = CommandId.derived(cause.recorded, cause.id, rule, str(number))
        body = by_itself(named, command.model_dump(mode="json", exclude_none=True))
        reply: Reply = self._ask(command.name, following(body, cause.origin, cause.id))
        if reply.status not in ("accepted", "refused"):
            self._not_done(command.name, cause.position, reply.status)
        if reply.time and reply.time < cause.origin.time:
            self._too_early(command.name, cause.position, cause.origin.time - reply.time)
        if reply.status == "refused":
            logger.info("policy.refused", rule=rule, position=cause.position, code=reply.code)

    def _too_early(self, name: str, position: int, behind: timedelta) -> NoReturn:
        """It follows from what has happened, and the door's clock has not come to that yet: its
        clock has gone back, or it is another door's. In a moment it is right.
        """
        logger.warning("clocks.differ", whose="the door's", seconds=behind.total_seconds())
        if behind <= A_MOMENT:
            raise DoorBusy(f"{name} after position {position}: too early by the door's clock")
        raise DoorFailed(f"{name} after position {position}: the door's clock is far behind")

    def _not_done(self, name: str, position: int, status: str) -> NoReturn:
        """A fault of the door may pass, a wish that it does not understand stays one."""
        self._failures[position] += status == "failed"
        may_pass = status == "failed" and self._failures[position] < ATTEMPTS
        if may_pass or status in TO_BE_ASKED_AGAIN:
            raise DoorBusy(f"{name} after position {position}: {status}")
        raise DoorFailed(f"{name} after position {position}: {status}")


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Follow the stream and ask for what follows, until `stop`."""
    url, own = station.engines.nats[WORKER], station.engines.programme[WORKER]
    async with asking(WORKER, url) as ask:
        policies = Policies(own, ask, station.clock)
        try:
            await _caught_up(policies, own, stop)
            await follow(WORKER, Urls(url, own), policies, ready, stop)
        finally:
            await asyncio.to_thread(policies.close)


async def _caught_up(policies: Policies, url: str, stop: asyncio.Event) -> None:
    """Workers start side by side, so the door may not be open yet."""
    while not stop.is_set():
        try:
            await catch_up(policies, url, stop)
            break
        except DoorBusy:
            logger.info("policies.waiting")
            await stopped(stop, DOOR_OPENS)
