"""The bus: connections that never give up, and what must exist on JetStream before we begin."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

import nats
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from services.engines.access import inbox_prefix

STREAM: Final = "EVENTS"
EVENTS: Final = "lt.event."
log = structlog.get_logger()


def options(user: str, url: str) -> dict[str, Any]:
    """How a client of ours connects: for ever, under its own name, quietly."""
    last = ""

    async def lost() -> None:
        log.info("bus.lost", user=user)

    async def back() -> None:
        nonlocal last
        last = ""
        log.info("bus.back", user=user)

    async def trouble(error: Exception) -> None:
        nonlocal last
        problem = type(error).__name__
        if problem != last:  # each attempt to connect again fails alike: once is enough
            log.warning("bus.trouble", user=user, problem=problem)
        last = problem

    parts = urlsplit(url)
    return {
        "servers": parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        # Apart from the address: of the other servers of a cluster the client hears only that.
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "name": f"leading-together {user}",
        "inbox_prefix": inbox_prefix(user).encode(),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 5,
        "disconnected_cb": lost,
        "reconnected_cb": back,
        "error_cb": trouble,
    }


async def connected(user: str, url: str) -> Client:
    """A connection; raises at once if nobody answers, and then never gives up."""
    given = options(user, url)
    first = {**given, "allow_reconnect": False, "max_reconnect_attempts": 1}
    probe = await nats.connect(**{**first, "disconnected_cb": None, "error_cb": _quiet})
    await probe.close()
    return await nats.connect(**given)


async def _quiet(error: Exception) -> None:
    """The probe's error is raised; it need not be told twice."""


async def provision(client: Client, places: dict[str, int], *, replicas: int = 1) -> None:
    """Make the stream and one consumer per worker, if they are not there.

    `places` are the workers' own: a consumer that has to be made begins behind the place.
    """
    jetstream = client.jetstream()
    await make_stream(jetstream, replicas)
    for worker, place in places.items():
        await _consumer(jetstream, worker, place)


async def make_stream(jetstream: JetStreamContext, replicas: int) -> None:
    """The stream of events, if it is not there."""
    try:
        await jetstream.stream_info(STREAM)
    except NotFoundError:
        await jetstream.add_stream(
            StreamConfig(
                name=STREAM,
                description="Every event of the programme: its sequence is the log's position",
                subjects=[f"{EVENTS}>"],
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                discard=DiscardPolicy.NEW,
                deny_delete=True,
                deny_purge=True,
                allow_direct=True,
                allow_atomic=True,
                num_replicas=replicas,
            )
        )


async def _consumer(jetstream: JetStreamContext, worker: str, place: int) -> None:
    try:
        await jetstream.consumer_info(STREAM, worker)
    except NotFoundError:
        await jetstream.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=worker,
                description=f"The place of the worker {worker}",
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=place + 1,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=60,
                max_deliver=-1,
                max_ack_pending=5000,
            ),
        )
