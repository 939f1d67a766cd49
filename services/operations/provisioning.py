"""What must exist before a worker begins: tables, rights, checkpoints, the stream and consumers."""

import asyncio

import psycopg

from projections.catalogue import ALL
from services.crew import FOLLOWERS
from services.engines import schema
from services.engines.addresses import Engines, EnginesUnavailable
from services.process import checkpoints
from services.read_models.builds import serving
from services.stream import provisioning
from services.stream.connections import connected


async def provision(engines: Engines, replicas: int = 1) -> None:
    """Make all of it that is not there, as the owner. Safe at every start.

    Raises EnginesUnavailable if an engine does not answer.
    """
    try:
        begun = await asyncio.to_thread(databases, engines)
    except psycopg.OperationalError as error:
        raise EnginesUnavailable(
            "PostgreSQL does not answer. Is it running, and is LT_DATABASE_URL right?"
        ) from error
    try:
        client = await connected("owner", engines.nats["owner"])
    except Exception as error:
        raise EnginesUnavailable(
            "NATS does not answer. Is it running, and is LT_NATS_URL right?"
        ) from error
    try:
        await provisioning.provision(client, begun, replicas=replicas)
    finally:
        await client.close()


def databases(engines: Engines) -> dict[str, int]:
    """Tables, rights and checkpoints; how far each follower is. Raises psycopg.Error."""
    schema.provision(engines.programme["owner"], engines.vault["owner"])
    with psycopg.connect(engines.programme["owner"]) as connection:
        checkpoints.begin(connection)
        return _reached(connection)


def _reached(connection: psycopg.Connection) -> dict[str, int]:
    """The checkpoint of each follower; the projector's is that of the build that is last."""
    own = {one.worker: one.position for one in checkpoints.checkpoints(connection)}
    projected = min((one.position for one in serving(connection, ALL)), default=0)
    return {name: own.get(name, projected) for name in FOLLOWERS}
