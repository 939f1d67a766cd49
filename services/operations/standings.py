"""Those who have a credential, as operators see them: whether each is connected, how far it is and
how far behind. And where one is to go on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from nats.errors import Error as NatsError

from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.bus import SYSTEM_USER
from services.engines.credentials import BusAsker, Subscriber, listed, move
from services.engines.faults import kind_of
from services.operations.bus import Consumer, others_consumers
from services.stream import subscriptions
from services.stream.connections import connection_of
from services.stream.servers import connections


class Beyond(RuntimeError):
    """Nobody can begin further on than with what happens next. `tail` is where the stream ends."""

    def __init__(self, tail: int) -> None:
        super().__init__(f"the stream ends at position {tail}")
        self.tail = tail


class CredentialStanding(NamedTuple):
    """How somebody stands who has a credential: when the oldest of their connections was made (None
    if they have none), whether that is known, their consumer (None if they have none, as whoever
    only asks), and whether that can be seen.
    """

    credential: Subscriber | BusAsker
    connected_since: datetime | None
    is_known: bool
    consumer: Consumer | None
    is_consumer_known: bool


async def standings(engines: Engines, data: Path) -> list[CredentialStanding]:
    """Everybody who has a credential, by name. Raises what keeps us from the bus."""
    there = listed(data)
    begun = await _connections(engines, [one.name for one in there])
    seen = await others_consumers(engines)
    consumers = {one.name: one for one in seen or ()}
    return [
        CredentialStanding(
            one,
            min(begun[one.name], default=None) if begun else None,
            begun is not None,
            consumers.get(one.name) if isinstance(one, Subscriber) else None,
            seen is not None,
        )
        for one in there
    ]


async def _connections(
    engines: Engines, names: Sequence[str]
) -> Mapping[str, Sequence[datetime]] | None:
    """When each connection was made that these have; None if we may not see it."""
    try:
        async with connection_of(SYSTEM_USER, engines.nats[SYSTEM_USER]) as client:
            return await connections(client, names)
    except (NatsError, OSError) as fault:
        if kind_of(fault).kind == "away":
            raise
        return None


async def begun_at(engines: Engines, first: int | None) -> int:
    """The position with which one begins who names it, or none and means what happens next.

    Raises Beyond; NotFoundError if there is no stream.
    """
    async with connection_of("client", engines.nats["client"]) as client:
        tail = (await client.jetstream().stream_info(STREAM)).state.last_seq
    if first is not None and first > tail + 1:
        raise Beyond(tail)
    return tail + 1 if first is None else first


async def go_on_with(engines: Engines, data: Path, name: str, first: int | None) -> int:
    """Let a subscriber go on with this position, or with what happens next; that position.

    Raises NoSuchCredential, Beyond; NotFoundError if there is no stream.
    """
    begins = await begun_at(engines, first)
    one = move(data, name, after=begins - 1)
    async with connection_of("owner", engines.nats["owner"]) as client:
        await subscriptions.begin_elsewhere(client.jetstream(), name, one.subjects, one.after)
    return begins
