"""The stream as operators see it: what is wrong with it, and how it is made anew, on record."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
from nats.js.errors import NotFoundError

from services.dead_letters.orders import finish
from services.engines.addresses import Engines
from services.log.log import Log
from services.patience import Progress, unseen
from services.stream.comparing import Verified, verify
from services.stream.connections import connection_of
from services.stream.rebuilding import Rebuilt, StreamRebuild, saved_consumers

OPERATOR, OWNER, FILLER = "operator", "owner", "relay"


async def verified(engines: Engines, progress: Progress = unseen) -> Verified:
    """Compare every message with the log. NotFoundError if there is no stream."""
    log = Log(engines.programme[OPERATOR], connections=1)
    try:
        async with connection_of(OPERATOR, engines.nats[OPERATOR]) as client:
            return await verify(client, log, progress)
    finally:
        await asyncio.to_thread(log.close)


async def what_is_wrong(engines: Engines) -> str | None:
    """The first difference between stream and log, if there is one."""
    try:
        return (await verified(engines)).problem
    except NotFoundError:
        return "there is no stream"


def was_begun(engines: Engines) -> bool:
    """Whether somebody began to make it anew, and did not come to the end."""
    with psycopg.connect(engines.programme[OWNER]) as connection:
        return saved_consumers(connection) > 0


async def rebuilt(engines: Engines, replicas: int, progress: Progress = unseen) -> Rebuilt:
    """Make the stream anew: as its owner, and filled by somebody who may publish events."""
    async with (
        connection_of(OWNER, engines.nats[OWNER]) as owner,
        connection_of(FILLER, engines.nats[FILLER]) as filler,
    ):
        one = StreamRebuild(owner, filler, engines.programme[OWNER], replicas=replicas)
        return await one.carry_out(progress)


def finished(engines: Engines, order: int, outcome: dict[str, Any], now: datetime) -> None:
    """What came of it, by the owner: operators don't change what is on record."""
    with psycopg.connect(engines.programme[OWNER]) as connection:
        finish(connection, order, outcome, now)
