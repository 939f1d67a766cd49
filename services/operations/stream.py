"""The stream as operators see it: what is wrong with it, and how it is made anew, on record."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import Header

from services.crew import EVENTS, STREAM
from services.dead_letters.orders import finish, standing
from services.engines.addresses import Engines
from services.engines.connecting import connect
from services.engines.faults import kind_of
from services.log.log import Log
from services.patience import Progress, unseen
from services.stream.comparing import Verified, verify
from services.stream.connections import connection_of
from services.stream.consumers import may_save, saved_consumers
from services.stream.rebuilding import Rebuilt, StreamRebuild

OPERATOR, OWNER, FILLER = "operator", "owner", "relay"
VERB: Final = "rebuild-stream"
# What each must be allowed, tried with what the bus answers with an error and nothing else: a
# configuration that is none, and a message for another stream that follows one that never comes.
OF_OWNER: Final = (f"$JS.API.STREAM.CREATE.{STREAM}", f"$JS.API.CONSUMER.LIST.{STREAM}")
OF_FILLER: Final = (f"{EVENTS}tried", f"$JS.API.STREAM.MSG.GET.{STREAM}")
FOR_NOBODY: Final = {
    Header.EXPECTED_STREAM.value: "none",
    Header.EXPECTED_LAST_SEQUENCE.value: str(2**62),
}


async def verified(engines: Engines, progress: Progress = unseen) -> Verified:
    """Compare every message with the log. NotFoundError if there is no stream."""
    log = Log(engines.programme[OPERATOR], connections=1)
    try:
        async with connection_of(OPERATOR, engines.nats[OPERATOR]) as client:
            return await verify(client, log, progress)
    finally:
        await asyncio.to_thread(log.close)


async def why_it_may_not_be_rebuilt(engines: Engines) -> str | None:
    """Which right is missing to make the stream anew; nothing is done. None if all are there."""
    with connect(engines.programme[OWNER]) as connection:
        if not may_save(connection):
            return "PostgreSQL does not allow this user what the owner may."
    try:
        for user, subjects in ((OWNER, OF_OWNER), (FILLER, OF_FILLER)):
            async with connection_of(user, engines.nats[user]) as client:
                for subject in subjects:
                    await _must_be_allowed(client, subject)
    except NatsError as error:
        fault = kind_of(error)
        if fault.kind != "refused":
            raise
        return fault.problem
    return None


async def _must_be_allowed(client: Client, subject: str) -> None:
    """Publish to a subject; what the bus refuses, it says at once, beside its answers."""
    await client.publish(subject, headers=FOR_NOBODY)
    await client.flush()
    if client.last_error:
        raise client.last_error


def was_begun(engines: Engines) -> bool:
    """Whether somebody began to make it anew, and did not come to the end."""
    with connect(engines.programme[OWNER]) as connection:
        return saved_consumers(connection) > 0


async def rebuilt(
    engines: Engines, replicas: int, *, log_is_right: bool, progress: Progress = unseen
) -> Rebuilt:
    """Make the stream anew: as its owner, and filled by somebody who may publish events.

    Raises NotDecided and Elsewhere.
    """
    async with (
        connection_of(OWNER, engines.nats[OWNER]) as owner,
        connection_of(FILLER, engines.nats[FILLER]) as filler,
    ):
        one = StreamRebuild(owner, filler, engines.programme[OWNER], replicas=replicas)
        return await one.carry_out(log_is_right=log_is_right, progress=progress)


def finished(engines: Engines, order: int, outcome: Mapping[str, Any], now: datetime) -> None:
    """What came of it, by the owner: operators don't change what is on record. Earlier orders, of
    whom nobody knows more, were interrupted.
    """
    with connect(engines.programme[OWNER]) as connection:
        for earlier in standing(connection, (VERB,)):
            if earlier.number < order:
                finish(connection, earlier.number, {"problem": "it was interrupted"}, now)
        finish(connection, order, outcome, now)
