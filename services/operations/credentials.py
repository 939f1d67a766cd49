"""Credentials of services that follow the stream: made and withdrawn, and at once in force.

What is written down stands in `services/engines/subscribers.py`. It counts when the servers of the
bus have read it, which they are asked to do in their own account.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nats.errors import Error as NatsError

from services.engines import subscribers
from services.engines.addresses import Engines
from services.engines.bus import SYSTEM_USER
from services.engines.subscribers import NoSuchCredential, write_conf
from services.stream import servers, subscriptions
from services.stream.connections import connection_of

OWNER: Final = "owner"
TO_DO: Final = (
    "The bus could not be told. {file} says who may come in: have every server of the bus read it"
    " (`nats-server --signal reload`), and it is in force."
)


@dataclass(frozen=True)
class Told:
    """What somebody has to do, in a sentence, if the bus has not read who may come in. `seed` is
    that of a new credential, and kept nowhere.
    """

    to_do: str = ""
    seed: str = field(default="", repr=False)

    @property
    def is_read(self) -> bool:
        """Whether the bus has read it, so that it is in force."""
        return not self.to_do


async def make(
    engines: Engines,
    data: Path,
    name: str,
    subjects: Sequence[str],
    *,
    who: str,
    now: datetime,
    after: int = 0,
) -> Told:
    """A new credential, with its seed. There is a consumer for it, which begins behind position
    `after`.

    Raises NoSuchCredential if it can't be made, NotFoundError if there is no stream.
    """
    subscribers.must_be_new(data, name, subjects)
    async with connection_of(OWNER, engines.nats[OWNER]) as client:
        jetstream = client.jetstream()
        await subscriptions.begin_elsewhere(jetstream, name, subjects, after)
    seed = subscribers.make(data, name, subjects, who=who, now=now, after=after)
    return replace(await read_by_the_bus(engines, data), seed=seed)


async def withdraw(
    engines: Engines, data: Path, name: str, *, who: str, why: str, now: datetime
) -> Told:
    """Whoever has this credential is out: the servers don't know it, its connections are closed,
    its consumer is gone. It is withdrawn, even if the bus can't be told; then it is told with the
    next call. Raises NoSuchCredential if there was none.
    """
    try:
        subscribers.withdraw(data, name, who=who, why=why, now=now)
    except NoSuchCredential:
        if all(one.name != name for one in subscribers.every(data)):
            raise
    told, gone = await asyncio.gather(
        read_by_the_bus(engines, data, gone=name),
        _without_consumer(engines, name),
        return_exceptions=True,
    )
    if isinstance(gone, BaseException):
        raise gone
    if isinstance(told, BaseException):
        raise told
    return told


async def _without_consumer(engines: Engines, name: str) -> None:
    async with connection_of(OWNER, engines.nats[OWNER]) as client:
        await subscriptions.remove(client.jetstream(), name)


async def read_by_the_bus(engines: Engines, data: Path, *, gone: str | None = None) -> Told:
    """Have the servers read who may come in, and close what connections `gone` still has."""
    file = write_conf(data)
    try:
        async with connection_of(SYSTEM_USER, engines.nats[SYSTEM_USER]) as client:
            await servers.read_again(client)
            if gone:
                await servers.close_connections(client, gone)
    except (NatsError, OSError):
        return Told(to_do=TO_DO.format(file=file))
    return Told()
