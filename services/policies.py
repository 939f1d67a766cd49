"""The worker `policies`: what follows from a fact by itself is asked for at the door.

Each wish has an id derived from cause, rule and target, so a batch that comes again asks for
nothing new.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
import structlog

from domain.catalogue import POLICIES
from domain.decision import Command
from domain.policy import Policy
from events.catalogue import Recorded, decode
from events.ids import CommandId
from services.asking import as_system, ask, following
from services.bus import connected
from services.following import Message, catch_up, follow, unseen
from services.log import Log
from services.places import move, place_of
from services.requests import Reply
from services.station import Station

WORKER = "policies"
DOOR_OPENS = 0.3  # seconds until a door that was not open is tried again
log = structlog.get_logger()


class DoorBusy(RuntimeError):
    """The door could not take a wish; the batch comes again."""


Ask = Any  # (name, body) -> Reply, from a thread


class Policies:
    """Reads facts in order and asks for what follows from them."""

    def __init__(self, url: str, asking: Ask) -> None:
        self._url, self._ask = url, asking
        self._log = Log(url, connections=2)

    def close(self) -> None:
        """Give all connections back."""
        self._log.close()

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Ask for what follows from facts that came while we were away; DoorBusy as below."""
        place = await asyncio.to_thread(self._place)
        await catch_up(self._log, place, self.take, stop)

    def _place(self) -> int:
        with psycopg.connect(self._url) as connection:
            return place_of(connection, WORKER)

    def take(self, batch: Sequence[Message]) -> None:
        """Ask for what follows from each new fact; the place moves when all is answered.

        Raises DoorBusy, and then the same batch may come again.
        """
        with psycopg.connect(self._url) as connection:
            place = place_of(connection, WORKER, lock=True)
            new = unseen(self._log, place, batch)
            for _, document in new:
                self._follow(decode(document))
            if new:
                move(connection, WORKER, new[-1][0])

    def _follow(self, fact: Recorded[Any]) -> None:
        for policy in POLICIES.get(type(fact.event), ()):
            for number, command in enumerate(policy(fact)):
                self._wish(fact, rule_of(policy), number, command)

    def _wish(self, fact: Recorded[Any], rule: str, number: int, command: Command) -> None:
        cause = fact.envelope
        named = CommandId.derived(cause.recorded, cause.id, rule, str(number))
        body = as_system(WORKER, named, command.model_dump(mode="json", exclude_none=True))
        reply: Reply = self._ask(command.name, following(body, cause.cause, cause.id))
        if reply.status in ("busy", "failed"):
            raise DoorBusy(f"{command.name} after position {cause.position}: {reply.status}")
        if reply.status != "accepted":
            log.info(
                "policy.refused",
                rule=rule,
                position=cause.position,
                code=reply.code,
                status=reply.status,
            )


def rule_of(policy: Policy) -> str:
    """The name of a rule for ever: its context and its own, `offers.when_offer_lapsed`."""
    return f"{policy.__module__.rpartition('.')[2]}.{policy.__name__}"


async def serve(station: Station, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Follow the stream and ask for what follows, until `stop`."""
    url = station.engines.nats[WORKER]
    client = await connected(WORKER, url)
    loop = asyncio.get_running_loop()

    def asking(name: str, body: dict[str, Any]) -> Reply:
        return asyncio.run_coroutine_threadsafe(ask(client, name, body), loop).result()

    policies = Policies(station.engines.programme[WORKER], asking)
    try:
        await _caught_up(policies, stop)
        await follow(WORKER, url, policies.take, ready, stop)
    finally:
        policies.close()
        await client.close()


async def _caught_up(policies: Policies, stop: asyncio.Event) -> None:
    """Workers start side by side, so the door may not be open yet."""
    while not stop.is_set():
        try:
            await policies.catch_up(stop)
            break
        except DoorBusy:
            log.info("policies.waiting")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), DOOR_OPENS)
