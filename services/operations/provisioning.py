"""What must exist before anybody begins: tables, rights, checkpoints, the stream and consumers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from nats.errors import Error as NatsError

from projections.catalogue import ALL
from services.crew import FOLLOWERS
from services.engines import schema
from services.engines.addresses import Engines, EnginesUnavailable
from services.engines.connecting import connect
from services.engines.credentials import Subscriber
from services.engines.faults import kind_of
from services.log.log import head_of_log
from services.process import checkpoints, complaints
from services.read_models.builds import serving
from services.stream import provisioning
from services.stream.connections import connection_of
from services.stream.consumers import saved_consumers


class Begun(NamedTuple):
    """The last position of the log, the checkpoint of each follower, and how many consumers wait
    until the stream is made anew.
    """

    head: int
    checkpoints: dict[str, int]
    saved: int


async def provision(
    engines: Engines, replicas: int = 1, subscribers: Sequence[Subscriber] = ()
) -> None:
    """Make all of it that is not there, as the owner. Safe at every start.

    `subscribers` are those that have a credential. Raises EnginesUnavailable if an engine does not
    answer.
    """
    with _away("PostgreSQL does not answer. Is it running, and is LT_DATABASE_URL right?"):
        begun = await asyncio.to_thread(databases, engines)
    with _away("NATS does not answer. Is it running, and is LT_NATS_URL right?"):
        async with connection_of("owner", engines.nats["owner"]) as client:
            there = () if begun.saved else subscribers  # theirs come back with their places
            await provisioning.provision(
                client, begun.checkpoints, there, head=begun.head, replicas=replicas
            )


@contextmanager
def _away(words: str) -> Iterator[None]:
    """What to say if an engine does not answer; whatever else it says goes through."""
    try:
        yield
    except (psycopg.Error, NatsError, OSError) as error:
        if kind_of(error).kind != "away":
            raise
        raise EnginesUnavailable(words) from error


def databases(engines: Engines) -> Begun:
    """Tables, rights and checkpoints; how far log and followers are. Raises psycopg.Error."""
    schema.provision(engines.programme["owner"], engines.vault["owner"])
    with connect(engines.programme["owner"]) as connection:
        checkpoints.begin(connection)
        complaints.begin(connection)
        return Begun(head_of_log(connection), _reached(connection), saved_consumers(connection))


def _reached(connection: psycopg.Connection) -> dict[str, int]:
    """The checkpoint of each follower; the projector's is that of the build that is last."""
    own = {one.worker: one.position for one in checkpoints.checkpoints(connection)}
    projected = min((one.position for one in serving(connection, ALL)), default=0)
    return {name: own.get(name, projected) for name in FOLLOWERS}
