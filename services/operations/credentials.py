"""Credentials of those outside, who follow the stream or ask: made and withdrawn, and at once in
force.

What is written down stands in `services/engines/credentials.py`. It counts when the servers of the
bus have read it, which they are asked to do in their own account; then they are asked whom they let
in, for a server may read another file than ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.engines import credentials
from services.engines.addresses import BusAddress, Engines
from services.engines.bus import SYSTEM_USER
from services.engines.credentials import NoSuchCredential, Subscriber, write_conf
from services.engines.faults import kind_of
from services.stream import servers, subscriptions
from services.stream.connections import connection_of

OWNER: Final = "owner"
TO_DO: Final = (
    "The bus could not be told. {file} says who may come in: have every server of the bus read it"
    " (`nats-server --signal reload`), and it is in force."
)
READS_ANOTHER: Final = (
    "A server of the bus has read its configuration and {does} {name}, so it reads another file"
    " than {file}: have the configuration of every server include that file, as deploy/nats.conf"
    " does, read it again (`nats-server --signal reload`), and it is in force."
)
STILL_IN, NOT_IN = "still lets in", "does not know"


@dataclass(frozen=True)
class Told:
    """What somebody has to do, in a sentence, if what was written down is not in force on the bus.
    `seed` is that of a new credential, and kept nowhere.
    """

    to_do: str = ""
    seed: str = field(default="", repr=False)

    @property
    def is_in_force(self) -> bool:
        """Whether every server of the bus, as far as they know of each other, goes by it."""
        return not self.to_do


async def make_subscriber(
    engines: Engines,
    data: Path,
    name: str,
    subjects: Sequence[str],
    *,
    who: str,
    now: datetime,
    after: int = 0,
) -> Told:
    """A new credential of a service that follows, with its seed. There is a consumer for it, which
    begins behind position `after`.

    Raises NoSuchCredential if it can't be made, NotFoundError if there is no stream.
    """
    credentials.must_be_new(data, name)
    credentials.must_be_followed(subjects)
    async with connection_of(OWNER, engines.nats[OWNER]) as client:
        jetstream = client.jetstream()
        await subscriptions.begin_elsewhere(jetstream, name, subjects, after)
    seed = credentials.make_subscriber(data, name, subjects, who=who, now=now, after=after)
    return await _let_in(engines, data, name, seed)


async def make_asker(engines: Engines, data: Path, name: str, *, who: str, now: datetime) -> Told:
    """A new credential of somebody who asks, with its seed.

    Raises NoSuchCredential if it can't be made.
    """
    seed = credentials.make_asker(data, name, who=who, now=now)
    return await _let_in(engines, data, name, seed)


async def withdraw(
    engines: Engines, data: Path, name: str, *, who: str, why: str, now: datetime
) -> Told:
    """Whoever has this credential is out: the servers don't know it, its connections are closed,
    its consumer is gone. It is withdrawn, even if the bus can't be told; then it is told with the
    next call. Raises NoSuchCredential if there was none, NatsError or OSError if the bus is away.
    """
    of_that_name = [one for one in credentials.every(data) if one.name == name]
    try:
        credentials.withdraw(data, name, who=who, why=why, now=now)
    except NoSuchCredential:
        if not of_that_name:
            raise
    told = await put_out(engines, data, name)
    # Not at once: while a server reads its configuration, JetStream answers nobody for a moment.
    await _without_consumer(engines, name, of_that_name)
    return told


async def _without_consumer(
    engines: Engines, name: str, had: Sequence[credentials.Credential]
) -> None:
    """Take away the consumer of this name, if whoever had credentials of it ever followed."""
    if any(isinstance(one, Subscriber) for one in had):
        async with connection_of(OWNER, engines.nats[OWNER]) as client:
            await subscriptions.remove(client.jetstream(), name)


async def _let_in(engines: Engines, data: Path, name: str, seed: str) -> Told:
    """Have the servers read who may come in, of whom this is one, with a new seed."""
    file, system = write_conf(data), engines.nats[SYSTEM_USER]
    try:
        async with connection_of(SYSTEM_USER, system) as client:
            await servers.read_again(client)
            known = await servers.letting_in(client, name)
    except (NatsError, OSError):
        return Told(to_do=TO_DO.format(file=file), seed=seed)
    # By an older file a server may know somebody of that name, with another key.
    if all(known) and await _can_come_in(system.known_as(name, seed), name):
        return Told(seed=seed)
    return replace(_reads_another(file, name, NOT_IN), seed=seed)


async def _can_come_in(address: BusAddress, name: str) -> bool:
    try:
        async with connection_of(name, address):
            return True
    except (NatsError, OSError):
        return False


async def put_out(engines: Engines, data: Path, name: str) -> Told:
    """Have the servers read who may come in, of whom this is none, and close what connections it
    still has: these also where a server could not read. Raises NatsError or OSError if the bus is
    away.
    """
    file, is_there, has_read = write_conf(data), False, False
    try:
        async with connection_of(SYSTEM_USER, engines.nats[SYSTEM_USER]) as client:
            is_there = True
            await servers.read_again(client)
            has_read = True
    except (NatsError, OSError) as fault:
        if not is_there:
            return _not_told(file, fault)
    try:
        async with connection_of(SYSTEM_USER, engines.nats[SYSTEM_USER]) as client:
            is_still_known = await _close_connections(client, name)
    except (NatsError, OSError) as fault:
        return _not_told(file, fault)
    if not has_read:
        return Told(to_do=TO_DO.format(file=file))
    return _reads_another(file, name, STILL_IN) if is_still_known else Told()


def _not_told(file: Path, fault: Exception) -> Told:
    """What to do where the bus does not let us tell it; raises `fault` where it is away."""
    if kind_of(fault).kind == "away":
        raise fault
    return Told(to_do=TO_DO.format(file=file))


async def _close_connections(client: Client, name: str) -> bool:
    """Close what connections somebody still has; whether they can come back."""
    await servers.close_connections(client, name)
    return any(await servers.letting_in(client, name))


def _reads_another(file: Path, name: str, does: str) -> Told:
    return Told(to_do=READS_ANOTHER.format(file=file, name=name, does=does))
